// The calls are really made, on this machine's kernel; what strace 6.1 writes
// for the same calls was the model of every line.
#include "notifier/trace/call_formatter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include <csignal>
#include <cstring>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"
#include "notifier/trace/own_call.h"
#include "notifier/trace/socket_options.h"

namespace quiesce {
namespace {

template <typename T>
uint64_t Arg(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<uint64_t>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<uint64_t>(value);
  }
}

CallResult ResultOf(int64_t value) {
  if (value >= 0) return {CallResult::Kind::kValue, value, 0};
  return {CallResult::Kind::kError, 0, errno};
}

std::string Describe(absl::string_view datagram) {
  return absl::StrCat("<", datagram.size(), " bytes of netlink>");
}

// Makes the call and returns its line.
template <typename... Args>
std::string Trace(int number, Args... args) {
  OwnCall call(number, {Arg(args)...});
  const SyscallRow* row = FindSyscall(number);
  if (row == nullptr) return "no such row";
  CallFormatter formatter(*row, call, Describe);
  return formatter.Finish(ResultOf(syscall(number, args...)), *call.memory);
}

// The line of a call that is not made, answered with `result`.
template <typename... Args>
std::string Pretend(CallResult result, int number, Args... args) {
  OwnCall call(number, {Arg(args)...});
  CallFormatter formatter(*FindSyscall(number), call, Describe);
  return formatter.Finish(result, *call.memory);
}

constexpr CallResult kZero = {CallResult::Kind::kValue, 0, 0};

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

TEST(CallFormatterTest, Socket) {
  EXPECT_TRUE(absl::StartsWith(
      Trace(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
      "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) "
      "= "));
  EXPECT_EQ(Pretend(kZero, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
            "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 0");
  EXPECT_EQ(Pretend(kZero, SYS_socket, AF_PACKET, SOCK_DGRAM, htons(3)),
            "socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)) = 0");
  EXPECT_EQ(Trace(SYS_socket, 77, SOCK_STREAM, 0),
            "socket(0x4d /* AF_??? */, SOCK_STREAM, 0) = -1 EAFNOSUPPORT "
            "(Address family not supported by protocol)");
}

TEST(CallFormatterTest, AddressesOfEveryFamily) {
  auto connect = [](auto address, size_t size) {
    return Pretend(kZero, SYS_connect, 7, &address, size);
  };
  sockaddr_in in = Loopback(179);
  EXPECT_EQ(connect(in, sizeof(in)),
            "connect(7, {sa_family=AF_INET, sin_port=htons(179), "
            "sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0");
  EXPECT_EQ(connect(in, 8),
            "connect(7, {sa_family=AF_INET, "
            "sa_data=\"\\0\\263\\177\\0\\0\\1\"}, 8) = 0");
  EXPECT_EQ(connect(in, 1), "connect(7, [0x02], 1) = 0");

  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(80);
  in6.sin6_addr = in6addr_loopback;
  in6.sin6_scope_id = 3;
  EXPECT_EQ(connect(in6, sizeof(in6)),
            "connect(7, {sa_family=AF_INET6, sin6_port=htons(80), "
            "sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::1\", &sin6_addr), "
            "sin6_scope_id=3}, 28) = 0");

  sockaddr_un un = {AF_UNIX, "/run/frr/zserv.api"};
  EXPECT_EQ(connect(un, sizeof(un)),
            "connect(7, {sa_family=AF_UNIX, sun_path=\"/run/frr/zserv.api\"}, "
            "110) = 0");
  EXPECT_EQ(connect(un, 2), "connect(7, {sa_family=AF_UNIX}, 2) = 0");
  std::memcpy(un.sun_path, "\0abc", 4);
  EXPECT_EQ(connect(un, 6),
            "connect(7, {sa_family=AF_UNIX, sun_path=@\"abc\"}, 6) = 0");

  sockaddr_nl nl = {};
  nl.nl_family = AF_NETLINK;
  nl.nl_pid = 12;
  nl.nl_groups = 0x501;
  EXPECT_EQ(connect(nl, sizeof(nl)),
            "connect(7, {sa_family=AF_NETLINK, nl_pid=12, nl_groups=00000501}, "
            "12) = 0");
}

TEST(CallFormatterTest, UnreadableMemoryIsAnAddress) {
  EXPECT_EQ(Trace(SYS_connect, 7, 16, 16),
            "connect(7, 0x10, 16) = -1 EBADF (Bad file descriptor)");
  EXPECT_EQ(Pretend(kZero, SYS_poll, 16, 1, 5),
            "poll(0x10, 1, 5) = 0 (Timeout)");
  EXPECT_EQ(Pretend(kZero, SYS_sendmsg, 7, 16, 0), "sendmsg(7, 0x10, 0) = 0");
  EXPECT_EQ(Pretend(kZero, SYS_openat, AT_FDCWD, 16, O_RDONLY, 0),
            "openat(AT_FDCWD, 0x10, O_RDONLY) = 0");
  // More than there is anywhere.
  EXPECT_EQ(Pretend(kZero, SYS_sendto, 7, 16, ~0ull, MSG_DONTWAIT, nullptr, 0),
            "sendto(7, 0x10, 18446744073709551615, MSG_DONTWAIT, NULL, 0) = 0");
}

TEST(CallFormatterTest, AnswersThatAreNone) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  const std::string pointers =
      absl::StrCat("getsockname(3, 0x", absl::Hex(Arg(&address)), ", [16]) = ");
  EXPECT_EQ(
      Pretend({CallResult::Kind::kNative}, SYS_getsockname, 3, &address, &size),
      pointers + "native");
  EXPECT_EQ(
      Pretend({CallResult::Kind::kGone}, SYS_getsockname, 3, &address, &size),
      pointers + "? (the caller is gone)");
}

TEST(CallFormatterTest, ALifeOfATcpSocket) {
  UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
  const int fd = listener.get();
  sockaddr_in any = Loopback(0);
  EXPECT_EQ(Trace(SYS_bind, fd, &any, sizeof(any)),
            absl::StrCat("bind(", fd,
                         ", {sa_family=AF_INET, sin_port=htons(0), "
                         "sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0"));
  EXPECT_EQ(Trace(SYS_listen, fd, 5), absl::StrCat("listen(", fd, ", 5) = 0"));

  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  const std::string line = Trace(SYS_getsockname, fd, &name, &size);
  const uint16_t port =
      ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
  EXPECT_EQ(line, absl::StrCat("getsockname(", fd,
                               ", {sa_family=AF_INET, sin_port=htons(", port,
                               "), sin_addr=inet_addr(\"127.0.0.1\")}, "
                               "[128 => 16]) = 0"));

  UniqueFd client(socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
  pollfd fds[2] = {{fd, POLLIN | POLLPRI, 0}, {-1, POLLIN, 0}};
  EXPECT_EQ(Trace(SYS_poll, fds, 2, 1000),
            absl::StrCat("poll([{fd=", fd,
                         ", events=POLLIN|POLLPRI}, {fd=-1}], 2, 1000) = 1 "
                         "([{fd=",
                         fd, ", revents=POLLIN}])"));

  sockaddr_in peer;
  size = sizeof(peer);
  const std::string accepted =
      Trace(SYS_accept4, fd, &peer, &size, SOCK_NONBLOCK);
  const std::string expected = absl::StrCat(
      "accept4(", fd, ", {sa_family=AF_INET, sin_port=htons(",
      ntohs(peer.sin_port),
      "), sin_addr=inet_addr(\"127.0.0.1\")}, [16], SOCK_NONBLOCK) = ");
  ASSERT_TRUE(absl::StartsWith(accepted, expected)) << accepted;
  UniqueFd end(std::stoi(accepted.substr(expected.size())));

  EXPECT_EQ(
      Trace(SYS_sendto, client.get(), "hello\n\0017", 8, MSG_NOSIGNAL, nullptr,
            0),
      absl::StrCat("sendto(", client.get(),
                   ", \"hello\\n\\0017\", 8, MSG_NOSIGNAL, NULL, 0) = 8"));
  char buffer[100];
  EXPECT_EQ(Trace(SYS_recvfrom, end.get(), buffer, 100, 0, nullptr, nullptr),
            absl::StrCat("recvfrom(", end.get(),
                         ", \"hello\\n\\0017\", 100, 0, NULL, NULL) = 8"));
  EXPECT_EQ(Trace(SYS_shutdown, end.get(), SHUT_WR),
            absl::StrCat("shutdown(", end.get(), ", SHUT_WR) = 0"));
}

// The guest runs on with its new descriptor before the line is written.
TEST(CallFormatterTest, WhatComesOutIsReadBeforeTheGuestIsAnswered) {
  sockaddr_in peer = {};
  socklen_t size = sizeof(peer);
  OwnCall call(SYS_accept, {3, Arg(&peer), Arg(&size)});
  CallFormatter formatter(*FindSyscall(SYS_accept), call, nullptr);
  peer = Loopback(179);
  formatter.ReadAnswer(kZero, *call.memory);
  std::memset(&peer, 0x55, sizeof(peer));
  size = 77;
  EXPECT_EQ(formatter.Line({CallResult::Kind::kValue, 9, 0}),
            "accept(3, {sa_family=AF_INET, sin_port=htons(179), "
            "sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 9");
  EXPECT_TRUE(
      absl::EndsWith(formatter.Line({CallResult::Kind::kError, 0, EMFILE}),
                     ", [16]) = -1 EMFILE (Too many open files)"));
}

TEST(CallFormatterTest, Options) {
  UniqueFd tcp(socket(AF_INET, SOCK_STREAM, 0));
  const int fd = tcp.get();
  const std::string set = absl::StrCat("setsockopt(", fd, ", ");
  const std::string get = absl::StrCat("getsockopt(", fd, ", ");
  int one = 1;
  EXPECT_EQ(Trace(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, 4),
            set + "SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
  linger bye = {1, 5};
  EXPECT_EQ(Trace(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &bye, 8),
            set + "SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0");
  timeval wait = {3, 4000};
  EXPECT_EQ(Trace(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &wait, 16),
            set +
                "SOL_SOCKET, SO_RCVTIMEO_OLD, {tv_sec=3, tv_usec=4000}, 16) "
                "= 0");
  EXPECT_EQ(Trace(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3),
            set + "SOL_SOCKET, SO_BINDTODEVICE, \"lo\", 3) = 0");
  ip_mreq group = {{inet_addr("224.0.0.5")}, {inet_addr("127.0.0.1")}};
  EXPECT_EQ(Pretend(kZero, SYS_setsockopt, fd, SOL_IP, IP_ADD_MEMBERSHIP,
                    &group, sizeof(group)),
            set +
                "SOL_IP, IP_ADD_MEMBERSHIP, "
                "{imr_multiaddr=inet_addr(\"224.0.0.5\"), "
                "imr_interface=inet_addr(\"127.0.0.1\")}, 8) = 0");

  char value[64];
  socklen_t size = sizeof(value);
  EXPECT_EQ(Trace(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, value, &size),
            get + "SOL_SOCKET, SO_ERROR, [0], [64 => 4]) = 0");
  size = 4;
  EXPECT_EQ(Trace(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, value, &size),
            get + "SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0");
  size = 4;
  EXPECT_EQ(Trace(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, value, &size),
            get + "SOL_SOCKET, SO_DOMAIN, [AF_INET], [4]) = 0");
  size = 4;
  EXPECT_EQ(Trace(SYS_getsockopt, fd, SOL_IP, IP_TTL, value, &size),
            get + "SOL_IP, IP_TTL, [64], [4]) = 0");
  size = 64;
  const std::string no = Trace(SYS_getsockopt, fd, 999, 7, value, &size);
  EXPECT_TRUE(absl::StrContains(no, "0x3e7 /* SOL_??? */, 0x7, 0x")) << no;
}

// The table gives numbers where headers exclude each other.
TEST(CallFormatterTest, OptionNamesAreThoseOfTheHeaders) {
#define SAME(level, name) EXPECT_EQ(FormatSockOption(level, name), #name)
  SAME(SOL_SOCKET, SO_REUSEADDR);
  SAME(SOL_SOCKET, SO_TYPE);
  SAME(SOL_SOCKET, SO_ERROR);
  SAME(SOL_SOCKET, SO_BROADCAST);
  SAME(SOL_SOCKET, SO_SNDBUF);
  SAME(SOL_SOCKET, SO_RCVBUF);
  SAME(SOL_SOCKET, SO_KEEPALIVE);
  SAME(SOL_SOCKET, SO_PRIORITY);
  SAME(SOL_SOCKET, SO_LINGER);
  SAME(SOL_SOCKET, SO_REUSEPORT);
  SAME(SOL_SOCKET, SO_PASSCRED);
  SAME(SOL_SOCKET, SO_PEERCRED);
  SAME(SOL_SOCKET, SO_RCVLOWAT);
  SAME(SOL_SOCKET, SO_BINDTODEVICE);
  SAME(SOL_SOCKET, SO_ATTACH_FILTER);
  SAME(SOL_SOCKET, SO_ACCEPTCONN);
  SAME(SOL_SOCKET, SO_SNDBUFFORCE);
  SAME(SOL_SOCKET, SO_RCVBUFFORCE);
  SAME(SOL_SOCKET, SO_MARK);
  SAME(SOL_SOCKET, SO_PROTOCOL);
  SAME(SOL_SOCKET, SO_DOMAIN);
  SAME(SOL_SOCKET, SO_INCOMING_CPU);
  SAME(SOL_SOCKET, SO_COOKIE);
  SAME(SOL_SOCKET, SO_BINDTOIFINDEX);
  SAME(SOL_IP, IP_TTL);
  SAME(SOL_IP, IP_PKTINFO);
  SAME(SOL_IPV6, IPV6_V6ONLY);
  SAME(SOL_IPV6, IPV6_RECVPKTINFO);
#undef SAME
  EXPECT_EQ(FormatSockOption(SOL_SOCKET, 9999), "0x270f");
}

TEST(CallFormatterTest, Messages) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  UniqueFd left(ends[0]), right(ends[1]);
  char text[] = "ab";
  iovec pieces[2] = {{text, 1}, {text + 1, 1}};
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(2 * sizeof(int));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_len = CMSG_LEN(2 * sizeof(int));
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  int fds[2] = {0, 2};
  std::memcpy(CMSG_DATA(header), fds, sizeof(fds));
  EXPECT_EQ(Trace(SYS_sendmsg, left.get(), &message, MSG_EOR),
            absl::StrCat(
                "sendmsg(", left.get(),
                ", {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"a\", "
                "iov_len=1}, {iov_base=\"b\", iov_len=1}], msg_iovlen=2, "
                "msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET, "
                "cmsg_type=SCM_RIGHTS, cmsg_data=[0, 2]}], msg_controllen=24, "
                "msg_flags=0}, MSG_EOR) = 2"));

  char buffer[10];
  iovec room = {buffer, sizeof(buffer)};
  msghdr received = {};
  received.msg_iov = &room;
  received.msg_iovlen = 1;
  EXPECT_EQ(Trace(SYS_recvmsg, right.get(), &received, 0),
            absl::StrCat("recvmsg(", right.get(),
                         ", {msg_name=NULL, msg_namelen=0, "
                         "msg_iov=[{iov_base=\"ab\", iov_len=10}], "
                         "msg_iovlen=1, msg_controllen=0, "
                         "msg_flags=MSG_CTRUNC}, 0) = 2"));

  // Several at once.
  mmsghdr both[2] = {};
  for (mmsghdr& one : both) {
    one.msg_hdr.msg_iov = pieces;
    one.msg_hdr.msg_iovlen = 1;
  }
  const std::string line = Trace(SYS_sendmmsg, left.get(), both, 2, 0);
  EXPECT_TRUE(absl::StrContains(line, "[{msg_hdr={msg_name=NULL"));
  EXPECT_TRUE(absl::EndsWith(line, "}], 2, 0) = 2")) << line;
}

TEST(CallFormatterTest, ReadvAndWritev) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd in(ends[0]), out(ends[1]);
  char text[] = "abcde", back[8];
  iovec pieces[2] = {{text, 2}, {text + 2, 3}};
  EXPECT_EQ(Trace(SYS_writev, out.get(), pieces, 2),
            absl::StrCat("writev(", out.get(),
                         ", [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cde\", "
                         "iov_len=3}], 2) = 5"));
  iovec room[2] = {{back, 4}, {back + 4, 4}};
  EXPECT_EQ(Trace(SYS_readv, in.get(), room, 2),
            absl::StrCat("readv(", in.get(),
                         ", [{iov_base=\"abcd\", iov_len=4}, {iov_base=\"e\", "
                         "iov_len=4}], 2) = 5"));
}

TEST(CallFormatterTest, Netlink) {
  UniqueFd route(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  struct {
    nlmsghdr header;
    char body[16];
  } request = {{32, 0x4444, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {}};
  EXPECT_EQ(Trace(SYS_sendto, route.get(), &request, sizeof(request), 0,
                  &kernel, sizeof(kernel)),
            absl::StrCat("sendto(", route.get(),
                         ", <32 bytes of netlink>, 32, 0, "
                         "{sa_family=AF_NETLINK, nl_pid=0, "
                         "nl_groups=00000000}, 12) = 32"));
  char buffer[256];
  iovec room = {buffer, sizeof(buffer)};
  sockaddr_nl from;
  msghdr answer = {};
  answer.msg_name = &from;
  answer.msg_namelen = sizeof(from);
  answer.msg_iov = &room;
  answer.msg_iovlen = 1;
  EXPECT_EQ(Trace(SYS_recvmsg, route.get(), &answer, 0),
            absl::StrCat("recvmsg(", route.get(),
                         ", {msg_name={sa_family=AF_NETLINK, nl_pid=0, "
                         "nl_groups=00000000}, msg_namelen=12, "
                         "msg_iov=[{iov_base=<52 bytes of netlink>, "
                         "iov_len=256}], msg_iovlen=1, msg_controllen=0, "
                         "msg_flags=0}, 0) = 52"));
}

TEST(CallFormatterTest, Ioctls) {
  UniqueFd file(socket(AF_INET, SOCK_DGRAM, 0));
  const std::string ioctl = absl::StrCat("ioctl(", file.get(), ", ");
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  EXPECT_EQ(Trace(SYS_ioctl, file.get(), SIOCGIFINDEX, &request),
            ioctl + "SIOCGIFINDEX, {ifr_name=\"lo\", ifr_ifindex=1}) = 0");
  EXPECT_EQ(Trace(SYS_ioctl, file.get(), SIOCGIFNAME, &request),
            ioctl + "SIOCGIFNAME, {ifr_ifindex=1, ifr_name=\"lo\"}) = 0");
  EXPECT_EQ(Trace(SYS_ioctl, file.get(), SIOCGIFADDR, &request),
            ioctl +
                "SIOCGIFADDR, {ifr_name=\"lo\", "
                "ifr_addr={sa_family=AF_INET, sin_port=htons(0), "
                "sin_addr=inet_addr(\"127.0.0.1\")}}) = 0");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  EXPECT_EQ(Pretend(kZero, SYS_ioctl, 3, SIOCSIFFLAGS, &request),
            "ioctl(3, SIOCSIFFLAGS, {ifr_name=\"lo\", "
            "ifr_flags=IFF_UP|IFF_RUNNING}) = 0");
  std::strcpy(request.ifr_name, "none");
  EXPECT_EQ(Trace(SYS_ioctl, file.get(), SIOCGIFMTU, &request),
            ioctl +
                "SIOCGIFMTU, {ifr_name=\"none\"}) = -1 ENODEV (No such "
                "device)");
  int waiting = 7;
  EXPECT_EQ(Trace(SYS_ioctl, file.get(), FIONREAD, &waiting),
            ioctl + "FIONREAD, [0]) = 0");
  EXPECT_EQ(Pretend(kZero, SYS_ioctl, 3, 0x89ff, 0x1000),
            "ioctl(3, 0x89ff, 0x1000) = 0");
}

TEST(CallFormatterTest, Waits) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd in(ends[0]), out(ends[1]);
  fd_set readable, writable;
  FD_ZERO(&readable);
  FD_SET(in.get(), &readable);
  FD_ZERO(&writable);
  FD_SET(out.get(), &writable);
  timespec half = {0, 500'000'000};
  EXPECT_EQ(
      Trace(SYS_pselect6, 64, &readable, &writable, nullptr, &half, nullptr),
      absl::StrCat("pselect6(64, [", in.get(), "], [", out.get(),
                   "], NULL, {tv_sec=0, tv_nsec=500000000}, NULL) = 1 "
                   "(out [",
                   out.get(), "])"));

  UniqueFd epoll(epoll_create1(0));
  epoll_event event = {EPOLLOUT | EPOLLET, {.u64 = 5}};
  ASSERT_EQ(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, out.get(), &event), 0);
  epoll_event events[4];
  EXPECT_EQ(Trace(SYS_epoll_wait, epoll.get(), events, 4, 1000),
            absl::StrCat("epoll_wait(", epoll.get(),
                         ", [{events=EPOLLOUT, data=0x5}], 4, 1000) = 1"));
  EXPECT_EQ(
      Trace(SYS_epoll_wait, epoll.get(), events, 4, 1),
      absl::StrCat("epoll_wait(", epoll.get(), ", [], 4, 1) = 0 (Timeout)"));

  pollfd fd = {in.get(), POLLIN, 0};
  EXPECT_EQ(Trace(SYS_poll, &fd, 1, 1),
            absl::StrCat("poll([{fd=", in.get(),
                         ", events=POLLIN}], 1, 1) = 0 (Timeout)"));
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR2);
  timespec none = {0, 1};
  EXPECT_EQ(Trace(SYS_rt_sigtimedwait, &signals, nullptr, &none, 8),
            "rt_sigtimedwait([USR2], NULL, {tv_sec=0, tv_nsec=1}, 8) = -1 "
            "EAGAIN (Resource temporarily unavailable)");
  int word = 1;
  EXPECT_EQ(Trace(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, &none, nullptr, 0),
            absl::StrCat("futex(0x", absl::Hex(Arg(&word)),
                         ", FUTEX_WAIT_PRIVATE, 2, {tv_sec=0, tv_nsec=1}, "
                         "NULL, 0) = -1 EAGAIN (Resource temporarily "
                         "unavailable)"));
}

TEST(CallFormatterTest, Times) {
  timespec short_while = {0, 1000}, left = {};
  EXPECT_EQ(
      Trace(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &short_while, nullptr),
      "clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=1000}, "
      "NULL) = 0");
  EXPECT_EQ(Pretend({CallResult::Kind::kError, 0, EINTR}, SYS_nanosleep,
                    &short_while, &left),
            absl::StrCat("nanosleep({tv_sec=0, tv_nsec=1000}, 0x",
                         absl::Hex(Arg(&left)),
                         ") = -1 EINTR (Interrupted system call)"));
  timespec now = {12, 34};
  EXPECT_EQ(Pretend(kZero, SYS_clock_gettime, CLOCK_REALTIME, &now),
            "clock_gettime(CLOCK_REALTIME, {tv_sec=12, tv_nsec=34}) = 0");
  itimerspec timer = {{1, 0}, {2, 5}};
  EXPECT_EQ(
      Pretend(kZero, SYS_timerfd_settime, 4, TIMER_ABSTIME, &timer, nullptr),
      "timerfd_settime(4, TIMER_ABSTIME, {it_interval={tv_sec=1, "
      "tv_nsec=0}, it_value={tv_sec=2, tv_nsec=5}}, NULL) = 0");
}

TEST(CallFormatterTest, Signals) {
  EXPECT_EQ(Trace(SYS_kill, getpid(), 0),
            absl::StrCat("kill(", getpid(), ", 0) = 0"));
  EXPECT_EQ(Pretend(kZero, SYS_kill, 12, SIGTERM), "kill(12, SIGTERM) = 0");
  EXPECT_EQ(Pretend(kZero, SYS_tgkill, 1, 2, 34), "tgkill(1, 2, SIGRT_2) = 0");
}

TEST(CallFormatterTest, Opens) {
  const std::string line =
      Trace(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
  EXPECT_TRUE(absl::StartsWith(
      line, "openat(AT_FDCWD, \"/proc/self/status\", O_RDONLY|O_CLOEXEC) = "))
      << line;
  EXPECT_EQ(
      Pretend(kZero, SYS_open, "/tmp/x", O_RDWR | O_CREAT | O_TRUNC, 0644),
      "open(\"/tmp/x\", O_RDWR|O_CREAT|O_TRUNC, 0644) = 0");
  EXPECT_EQ(Pretend(kZero, SYS_openat, 5, "d", O_DIRECTORY, 0),
            "openat(5, \"d\", O_RDONLY|O_DIRECTORY) = 0");
}

// Long buffers are cut, and say so.
TEST(CallFormatterTest, LongBuffers) {
  const std::string bytes(100, 'a');
  EXPECT_EQ(
      Pretend(kZero, SYS_write, 1, bytes.data(), bytes.size()),
      absl::StrCat("write(1, \"", std::string(64, 'a'), "\"..., 100) = 0"));
}

// Every row with nothing, with garbage, and with this process's memory.
TEST(CallFormatterTest, SurvivesAnything) {
  char page[4096] = {};
  for (const SyscallRow& row : SyscallTable()) {
    for (uint64_t value :
         {uint64_t{0}, uint64_t{1}, ~uint64_t{0}, Arg(page), uint64_t{4096}}) {
      OwnCall call(row.number, {value, value, value, value, value, value});
      CallFormatter formatter(row, call, nullptr);
      for (int64_t result : {int64_t{0}, int64_t{1}, int64_t{1} << 40}) {
        const std::string line = formatter.Finish(
            {CallResult::Kind::kValue, result, 0}, *call.memory);
        EXPECT_TRUE(absl::StartsWith(line, absl::StrCat(row.name, "(")));
      }
    }
  }
}

}  // namespace
}  // namespace quiesce
