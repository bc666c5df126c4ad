// What the handlers themselves decide: families, sizes, pointers. What sockets
// decide is tested with the sockets.
#include "notifier/syscalls/socket_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <string>

#include "notifier/testing/toy_world.h"

namespace quiesce {
namespace {

uint64_t At(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

class SocketCallsTest : public testing::Test {
 protected:
  SocketCallsTest() : node_(world_.AddNode("n")) { AddProtocols(node_); }

  Outcome Run(Outcome (*handler)(Call&), std::array<uint64_t, 6> args,
              std::set<int> missing = {}) {
    ToyCall call;
    call.args = args;
    call.missing = missing;
    call.kernel = &node_;
    call.memory = &call.toy_memory;
    call.files = &call.toy_files;
    return handler(call);
  }
  int Error(Outcome (*handler)(Call&), std::array<uint64_t, 6> args,
            std::set<int> missing = {}) {
    Outcome outcome = Run(handler, args, missing);
    return outcome.kind() == Outcome::Kind::kFail ? outcome.error() : 0;
  }
  UniqueFd Make(int family, int type, int protocol = 0) {
    Outcome made = Run(
        SysSocket, {static_cast<uint64_t>(family), static_cast<uint64_t>(type),
                    static_cast<uint64_t>(protocol)});
    EXPECT_EQ(made.kind(), Outcome::Kind::kInstall);
    made.done()(true);
    return std::move(made.fd());
  }

  ToyWorld world_;
  NodeKernel& node_;
};

struct SocketCase {
  int family, type, protocol, error;
};

TEST_F(SocketCallsTest, KindsOfSockets) {
  const SocketCase cases[] = {
      {AF_INET, SOCK_STREAM, 0, 0},
      {AF_INET6, SOCK_STREAM, IPPROTO_TCP, 0},
      {AF_INET, SOCK_STREAM, IPPROTO_UDP, EPROTONOSUPPORT},
      {AF_INET, SOCK_DGRAM, 0, 0},
      {AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_TCP, EPROTONOSUPPORT},
      {AF_INET, SOCK_RAW, 89, 0},
      {AF_INET, SOCK_RAW, 0, EPROTONOSUPPORT},
      {AF_INET, SOCK_RAW, 263, EINVAL},
      {AF_INET, SOCK_SEQPACKET, 0, ESOCKTNOSUPPORT},
      {AF_INET, 11, 0, EINVAL},
      {AF_INET, SOCK_STREAM | 0x40000, 0, EINVAL},
      {-1, SOCK_STREAM, 0, EAFNOSUPPORT},
      {46, SOCK_STREAM, 0, EAFNOSUPPORT},
      {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, 0},
      {AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE, ESOCKTNOSUPPORT},
      {AF_NETLINK, SOCK_RAW, 32, EPROTONOSUPPORT},
  };
  for (const SocketCase& c : cases) {
    EXPECT_EQ(Error(SysSocket, {static_cast<uint32_t>(c.family),
                                static_cast<uint32_t>(c.type),
                                static_cast<uint32_t>(c.protocol)}),
              c.error)
        << c.family << " " << c.type << " " << c.protocol;
  }
  EXPECT_EQ(Error(SysSocket, {AF_INET, SOCK_RAW, 89}, {CAP_NET_RAW}), EPERM);
  EXPECT_EQ(Run(SysSocket, {AF_UNIX, SOCK_STREAM, 0}).kind(),
            Outcome::Kind::kNative);
}

TEST_F(SocketCallsTest, ADescriptorThatCouldNotBeInstalledLeavesNothing) {
  Outcome made = Run(SysSocket, {AF_INET, SOCK_STREAM, 0});
  EXPECT_EQ(node_.socket_count(), 1u);
  made.done()(false);
  EXPECT_EQ(node_.socket_count(), 0u);
}

TEST_F(SocketCallsTest, AddressesAreCheckedBeforeUse) {
  UniqueFd fd = Make(AF_INET, SOCK_STREAM);
  auto s = static_cast<uint64_t>(fd.get());
  sockaddr_in name{};
  name.sin_family = AF_INET;
  EXPECT_EQ(Error(SysBind, {s, At(&name), static_cast<uint32_t>(-1)}), EINVAL);
  EXPECT_EQ(Error(SysBind, {s, At(&name), 129}), EINVAL);
  EXPECT_EQ(Error(SysBind, {s, 0, sizeof(name)}), EFAULT);
  EXPECT_EQ(Error(SysBind, {s, At(&name), sizeof(name)}), 0);
  EXPECT_EQ(Error(SysBind, {~0u, At(&name), sizeof(name)}), EBADF);

  // getsockname() cuts what does not fit, and says how long it is.
  sockaddr_in got{};
  int size = 4;
  EXPECT_EQ(Error(SysGetsockname, {s, At(&got), At(&size)}), 0);
  EXPECT_EQ(size, static_cast<int>(sizeof(got)));
  EXPECT_NE(got.sin_port, 0);
  size = -1;
  EXPECT_EQ(Error(SysGetsockname, {s, At(&got), At(&size)}), EINVAL);
  EXPECT_EQ(Error(SysGetpeername, {s, At(&got), At(&size)}), ENOTCONN);
}

TEST_F(SocketCallsTest, OptionSizes) {
  UniqueFd fd = Make(AF_INET, SOCK_STREAM);
  auto s = static_cast<uint64_t>(fd.get());
  int value = 1;
  EXPECT_EQ(Error(SysSetsockopt, {s, SOL_SOCKET, SO_REUSEADDR, At(&value),
                                  static_cast<uint32_t>(-1)}),
            EINVAL);
  EXPECT_EQ(Error(SysSetsockopt, {s, SOL_SOCKET, SO_REUSEADDR, 0, 4}), EFAULT);
  EXPECT_EQ(Error(SysSetsockopt, {s, SOL_SOCKET, SO_REUSEADDR, At(&value), 4}),
            0);
  int size = 2;
  int got = 0;
  EXPECT_EQ(
      Error(SysGetsockopt, {s, SOL_SOCKET, SO_REUSEADDR, At(&got), At(&size)}),
      0);
  EXPECT_EQ(size, 2);
  EXPECT_EQ(got, 1);
}

TEST_F(SocketCallsTest, RecvmsgFillsInTheHeader) {
  UniqueFd server = Make(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
  UniqueFd client = Make(AF_INET, SOCK_DGRAM);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(53);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto s = static_cast<uint64_t>(server.get());
  ASSERT_EQ(Error(SysBind, {s, At(&name), sizeof(name)}), 0);
  std::string bytes = "datagram";
  iovec out[2] = {{bytes.data(), 4}, {bytes.data() + 4, 4}};
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = sizeof(name);
  message.msg_iov = out;
  message.msg_iovlen = 2;
  EXPECT_EQ(Run(SysSendmsg, {static_cast<uint64_t>(client.get()), At(&message)})
                .value(),
            8);
  char buffer[5] = {};
  sockaddr_in from{};
  iovec in{buffer, sizeof(buffer)};
  msghdr got{};
  got.msg_name = &from;
  got.msg_namelen = 100;
  got.msg_iov = &in;
  got.msg_iovlen = 1;
  EXPECT_EQ(Run(SysRecvmsg, {s, At(&got)}).value(), 5);
  EXPECT_EQ(got.msg_namelen, sizeof(from));
  EXPECT_EQ(got.msg_flags, MSG_TRUNC);
  EXPECT_EQ(got.msg_controllen, 0u);
  EXPECT_EQ(std::string(buffer, 5), "datag");
  EXPECT_EQ(Error(SysRecvmsg, {s, At(&got)}), EAGAIN);
  got.msg_iovlen = 1025;
  EXPECT_EQ(Error(SysRecvmsg, {s, At(&got)}), EMSGSIZE);
}

TEST_F(SocketCallsTest, InterfaceIoctlsOnAnySocket) {
  UniqueFd ours = Make(AF_INET, SOCK_DGRAM);
  UniqueFd unix_socket(socket(AF_UNIX, SOCK_DGRAM, 0));
  for (int fd : {ours.get(), unix_socket.get()}) {
    auto s = static_cast<uint64_t>(fd);
    ifreq request{};
    strcpy(request.ifr_name, "lo");
    EXPECT_EQ(Error(SysIoctl, {s, SIOCGIFINDEX, At(&request)}), 0);
    EXPECT_EQ(request.ifr_ifindex, 1);
    EXPECT_EQ(Error(SysIoctl, {s, SIOCGIFFLAGS, At(&request)}), 0);
    EXPECT_TRUE(request.ifr_flags & IFF_LOOPBACK);
    strcpy(request.ifr_name, "nosuch0");
    EXPECT_EQ(Error(SysIoctl, {s, SIOCGIFINDEX, At(&request)}), ENODEV);
    request.ifr_ifindex = 1;
    EXPECT_EQ(Error(SysIoctl, {s, SIOCGIFNAME, At(&request)}), 0);
    EXPECT_STREQ(request.ifr_name, "lo");
    EXPECT_EQ(Error(SysIoctl, {s, SIOCSIFFLAGS, At(&request)}, {CAP_NET_ADMIN}),
              EPERM);
  }
}

TEST_F(SocketCallsTest, WhatIsAskedForInVainIsConfessed) {
  UniqueFd fd = Make(AF_INET, SOCK_DGRAM);
  auto s = static_cast<uint64_t>(fd.get());
  int one = 1;
  EXPECT_EQ(Error(SysSetsockopt, {s, SOL_SOCKET, SO_BROADCAST, At(&one), 4}),
            0);
  // Refused to such a socket by Linux, too.
  EXPECT_EQ(Error(SysSetsockopt, {s, IPPROTO_TCP, TCP_NODELAY, At(&one), 4}),
            ENOPROTOOPT);
  EXPECT_THAT(world_.confessions, testing::IsEmpty());
  EXPECT_EQ(Error(SysSetsockopt, {s, SOL_SOCKET, 999, At(&one), 4}),
            ENOPROTOOPT);
  ifreq request{};
  EXPECT_EQ(Error(SysIoctl, {s, SIOCBRADDBR, At(&request)}), ENOTTY);
  EXPECT_EQ(Error(SysSocket, {AF_DECnet, SOCK_STREAM, 0}), EAFNOSUPPORT);
  EXPECT_THAT(world_.confessions,
              testing::UnorderedElementsAre(
                  "setsockopt: level 1 option 999 is refused",
                  "ioctl 0x89a0 is refused on sockets",
                  "socket(2) is refused: family 12 type 1 protocol 0"));
}

}  // namespace
}  // namespace quiesce
