// The socket around rtnetlink: names, boundaries, groups, filters.
#include "notifier/netlink_socket/netlink_socket.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>

#include <string>
#include <utility>
#include <vector>

#include "notifier/kernel/guest_message.h"
#include "notifier/netlink_socket/netlink_protocol.h"
#include "notifier/testing/toy_world.h"

namespace quiesce {
namespace {

constexpr int kCapNetAdmin = 12;

SockAddr Name(uint32_t portid, uint32_t groups = 0) {
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_pid = portid;
  name.nl_groups = groups;
  return SockAddr(reinterpret_cast<char*>(&name), sizeof(name));
}

std::string DumpLinks() {
  struct {
    nlmsghdr header;
    ifinfomsg body;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = 7;
  return std::string(reinterpret_cast<char*>(&request), sizeof(request));
}

// Sets lo up or down.
std::string SetLoopback(bool up) {
  struct {
    nlmsghdr header;
    ifinfomsg body;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_NEWLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.body.ifi_index = 1;
  request.body.ifi_change = IFF_UP;
  request.body.ifi_flags = up ? IFF_UP : 0;
  return std::string(reinterpret_cast<char*>(&request), sizeof(request));
}

nlmsghdr HeaderOf(const std::string& bytes) {
  nlmsghdr header{};
  memcpy(&header, bytes.data(), std::min(bytes.size(), sizeof(header)));
  return header;
}

class NetlinkSocketTest : public testing::Test {
 protected:
  NetlinkSocketTest() : node_(world_.AddNode("n")) {}

  ToySocket New(int type = SOCK_RAW) {
    ToySocket maker(node_, UniqueFd());
    ToyResult made =
        maker.Settle(NetlinkSocket::Create(node_, 0, type, true, true));
    EXPECT_EQ(made.error, 0);
    return ToySocket(node_, std::move(made.fd));
  }
  ToyResult Send(ToySocket& s, const std::string& bytes) {
    return s.DoWithFile([&](Socket& socket, Call& call, const GuestFile& file) {
      GuestMessage m;
      m.name = Name(0);
      m.pieces = {
          {static_cast<GuestAddr>(reinterpret_cast<uint64_t>(bytes.data())),
           bytes.size()}};
      return socket.Send(call, file, m);
    });
  }
  ToyResult Receive(ToySocket& s, std::string* bytes, SockAddr* from,
                    int flags = 0) {
    GuestMessage m;
    from->assign(64, '\0');
    m.pieces = {
        {static_cast<GuestAddr>(reinterpret_cast<uint64_t>(bytes->data())),
         bytes->size()}};
    m.name_addr =
        static_cast<GuestAddr>(reinterpret_cast<uint64_t>(from->data()));
    m.name_capacity = from->size();
    m.flags = flags;
    ToyResult r =
        s.DoWithFile([&](Socket& socket, Call& call, const GuestFile& file) {
          Outcome outcome = socket.Receive(call, file, m);
          EXPECT_EQ(WriteOutputs(call, m), 0);
          return outcome;
        });
    from->resize(std::min<size_t>(from->size(), m.name_size));
    return r;
  }

  ToyWorld world_;
  NodeKernel& node_;
};

TEST_F(NetlinkSocketTest, DumpIsReadNatively) {
  ToySocket s = New();
  EXPECT_EQ(s.Poll(), POLLOUT);
  EXPECT_EQ(Send(s, DumpLinks()).value, 32);
  EXPECT_EQ(s.Poll(), POLLIN | POLLOUT);
  nlmsghdr link = HeaderOf(s.Read());
  EXPECT_EQ(link.nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(link.nlmsg_seq, 7u);
  EXPECT_EQ(HeaderOf(s.Read()).nlmsg_type, NLMSG_DONE);
  EXPECT_EQ(s.Read(), "<EAGAIN>");
}

TEST_F(NetlinkSocketTest, NativeRequestIsAnsweredByThePump) {
  ToySocket s = New();
  s.Bind(Name(0));
  EXPECT_EQ(s.Write(DumpLinks()), 32);
  EXPECT_TRUE(node_.Pump());
  EXPECT_EQ(HeaderOf(s.Read()).nlmsg_type, RTM_NEWLINK);
}

TEST_F(NetlinkSocketTest, RepliesComeFromTheKernel) {
  ToySocket s = New();
  Send(s, DumpLinks());
  std::string small(10, '\0');
  SockAddr from;
  // As libraries find out how much room they need.
  ToyResult size = Receive(s, &small, &from, MSG_PEEK | MSG_TRUNC);
  EXPECT_GT(size.value, 100);
  EXPECT_EQ(from, Name(0));
  std::string all(size.value, '\0');
  EXPECT_EQ(Receive(s, &all, &from).value, size.value);
  EXPECT_EQ(HeaderOf(all).nlmsg_len, static_cast<uint32_t>(size.value));
}

TEST_F(NetlinkSocketTest, PortsAreUnique) {
  ToySocket one = New(), two = New(), three = New();
  EXPECT_EQ(one.Bind(Name(500)).error, 0);
  EXPECT_EQ(*one.Local(), Name(500));
  EXPECT_EQ(two.Bind(Name(500)).error, EADDRINUSE);
  EXPECT_EQ(two.Bind(Name(0)).error, 0);
  EXPECT_EQ(three.Bind(Name(0)).error, 0);
  EXPECT_NE(*two.Local(), *three.Local());
  EXPECT_EQ(one.Bind(Name(501)).error, EINVAL);
  one.Close();
  node_.Pump();
  ToySocket four = New();
  EXPECT_EQ(four.Bind(Name(500)).error, 0);
}

TEST_F(NetlinkSocketTest, MembersHearOfChanges) {
  ToySocket member = New(), other = New(), actor = New();
  EXPECT_EQ(member.Bind(Name(0, 1u << (RTNLGRP_LINK - 1))).error, 0);
  other.Bind(Name(0));
  EXPECT_EQ(Send(actor, SetLoopback(false)).error, 0);
  nlmsghdr ack = HeaderOf(actor.Read());
  EXPECT_EQ(ack.nlmsg_type, NLMSG_ERROR);
  EXPECT_EQ(other.Read(), "<EAGAIN>");
  std::string bytes(8192, '\0');
  SockAddr from;
  EXPECT_GT(Receive(member, &bytes, &from).value, 0);
  EXPECT_EQ(HeaderOf(bytes).nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(from, Name(0, 1u << (RTNLGRP_LINK - 1)));
  // Left, it hears no more.
  while (member.Read() != "<EAGAIN>") {
  }
  EXPECT_EQ(
      member.Set(SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, RTNLGRP_LINK).error, 0);
  Send(actor, SetLoopback(true));
  EXPECT_EQ(member.Read(), "<EAGAIN>");
}

TEST_F(NetlinkSocketTest, ChangesNeedTheCapability) {
  ToySocket s = New();
  s.call().missing = {kCapNetAdmin};
  Send(s, SetLoopback(false));
  std::string reply = s.Read();
  int error = 0;
  memcpy(&error, reply.data() + sizeof(nlmsghdr), sizeof(error));
  EXPECT_EQ(error, -EPERM);
  EXPECT_TRUE(node_.stack().FindLink(1)->up());
  Send(s, DumpLinks());  // reading does not
  EXPECT_EQ(HeaderOf(s.Read()).nlmsg_type, RTM_NEWLINK);
}

TEST_F(NetlinkSocketTest, FilterDropsWhatItShould) {
  ToySocket s = New();
  // Only messages of type NLMSG_DONE (bytes 4 and 5, host order) pass.
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(NLMSG_DONE), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program{4, code};
  absl::string_view value(reinterpret_cast<char*>(&program), sizeof(program));
  EXPECT_EQ(s.SetBytes(SOL_SOCKET, SO_ATTACH_FILTER, value).error, 0);
  Send(s, DumpLinks());
  EXPECT_EQ(HeaderOf(s.Read()).nlmsg_type, NLMSG_DONE);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_DETACH_FILTER, 0).error, 0);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_DETACH_FILTER, 0).error, ENOENT);
}

// As zebra does with what it has done itself.
TEST_F(NetlinkSocketTest, FilterDropsNotifications) {
  ToySocket member = New(), actor = New();
  EXPECT_EQ(member.Bind(Name(0, 1u << (RTNLGRP_LINK - 1))).error, 0);
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWLINK), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
  };
  sock_fprog program{4, code};
  absl::string_view value(reinterpret_cast<char*>(&program), sizeof(program));
  EXPECT_EQ(member.SetBytes(SOL_SOCKET, SO_ATTACH_FILTER, value).error, 0);
  EXPECT_EQ(Send(actor, SetLoopback(false)).error, 0);
  EXPECT_EQ(member.Read(), "<EAGAIN>");
  EXPECT_EQ(member.Set(SOL_SOCKET, SO_DETACH_FILTER, 0).error, 0);
  EXPECT_EQ(Send(actor, SetLoopback(true)).error, 0);
  EXPECT_EQ(HeaderOf(member.Read()).nlmsg_type, RTM_NEWLINK);
}

TEST_F(NetlinkSocketTest, Options) {
  ToySocket s = New(SOCK_DGRAM);
  for (int option : {NETLINK_PKTINFO, NETLINK_NO_ENOBUFS, NETLINK_EXT_ACK,
                     NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
    EXPECT_EQ(s.Get(SOL_NETLINK, option), 0) << option;
    EXPECT_EQ(s.Set(SOL_NETLINK, option, 1).error, 0) << option;
    EXPECT_EQ(s.Get(SOL_NETLINK, option), 1) << option;
  }
  EXPECT_EQ(s.Set(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, 0).error, EINVAL);
  EXPECT_EQ(s.Set(SOL_NETLINK, 99, 1).error, ENOPROTOOPT);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_DOMAIN), AF_NETLINK);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20).error, 0);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_RCVBUF), 2 << 20);
  EXPECT_EQ(s.Listen(1).error, EOPNOTSUPP);
}

TEST_F(NetlinkSocketTest, ASlowReaderLosesNoReplies) {
  for (int i = 0; i < 300; ++i) {
    node_.stack().AddDummy("dummy" + std::to_string(i), {2, 0, 0, 0, 1, 1});
  }
  ToySocket s = New();
  for (int i = 0; i < 20; ++i) Send(s, DumpLinks());
  int links = 0, done = 0;
  while (done < 20) {
    std::string bytes = s.Read();
    if (bytes == "<EAGAIN>") {
      ASSERT_TRUE(node_.Pump()) << links;
      continue;
    }
    for (size_t at = 0; at + sizeof(nlmsghdr) <= bytes.size();) {
      nlmsghdr header = HeaderOf(bytes.substr(at));
      links += header.nlmsg_type == RTM_NEWLINK;
      done += header.nlmsg_type == NLMSG_DONE;
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
  }
  EXPECT_EQ(links, 20 * 301);
}

}  // namespace
}  // namespace quiesce
