// UDP and raw sockets between two nodes and within one.
#include <gtest/gtest.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/ioctl.h>

#include <string>
#include <utility>

#include "notifier/datagram/datagram_protocol.h"
#include "notifier/datagram/datagram_socket.h"
#include "notifier/kernel/guest_message.h"
#include "notifier/kernel/socket_address.h"
#include "notifier/testing/toy_world.h"

namespace quiesce {
namespace {

SockAddr At(const char* address, int port) {
  IpAddress ip = *IpAddress::Parse(address);
  return FormatAddress(ip.family(), {ip, static_cast<uint16_t>(port), 0});
}

// A datagram with what came beside it.
struct Received {
  std::string bytes;
  SockAddr from;
  std::string control;
  int flags = 0;
  int error = 0;
};

class DatagramTest : public testing::Test {
 protected:
  DatagramTest() : a_(world_.AddNode("a")), b_(world_.AddNode("b")) {
    int n = 1;
    for (NodeKernel* node : {&a_, &b_}) {
      DatagramProtocol::AddAll(*node);
      int eth = node->stack().AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 1500);
      EXPECT_TRUE(node->stack().SetUp(eth).ok());
      std::string host = std::to_string(n++);
      for (std::string prefix :
           {"10.0.0." + host + "/24", "fd00::" + host + "/64"}) {
        EXPECT_TRUE(
            node->stack().AddAddress(eth, *IpPrefix::Parse(prefix)).ok());
      }
    }
  }
  ToySocket New(NodeKernel& node, int family = AF_INET, int type = SOCK_DGRAM,
                int protocol = IPPROTO_UDP) {
    ToySocket maker(node, UniqueFd());
    ToyResult made = maker.Settle(
        DatagramSocket::Create(node, family, type, protocol, true, true));
    EXPECT_EQ(made.error, 0);
    return ToySocket(node, std::move(made.fd));
  }
  ToyResult SendTo(ToySocket& s, const std::string& bytes, SockAddr to,
                   std::string control = "") {
    return s.DoWithFile([&](Socket& socket, Call& call, const GuestFile& file) {
      GuestMessage m;
      m.name = to;
      m.pieces = {
          {static_cast<GuestAddr>(reinterpret_cast<uint64_t>(bytes.data())),
           bytes.size()}};
      m.control = control;
      return socket.Send(call, file, m);
    });
  }
  Received Receive(ToySocket& s, size_t room = 100, int flags = 0) {
    Received got;
    std::string name(128, '\0'), control(256, '\0');
    got.bytes.resize(room);
    GuestMessage m;
    auto at = [](std::string& text) {
      return static_cast<GuestAddr>(reinterpret_cast<uint64_t>(text.data()));
    };
    m.pieces = {{at(got.bytes), room}};
    m.name_addr = at(name);
    m.name_capacity = name.size();
    m.control_addr = at(control);
    m.control_capacity = control.size();
    m.flags = flags;
    ToyResult r =
        s.DoWithFile([&](Socket& socket, Call& call, const GuestFile& file) {
          Outcome outcome = socket.Receive(call, file, m);
          EXPECT_EQ(WriteOutputs(call, m), 0);
          return outcome;
        });
    got.error = r.error;
    got.flags = m.out_flags;
    got.from = name.substr(0, m.name_size);
    got.control = control.substr(0, m.control_size);
    got.bytes.resize(r.error != 0 ? 0 : std::min<size_t>(r.value, room));
    return got;
  }

  ToyWorld world_;
  NodeKernel& a_;
  NodeKernel& b_;
};

TEST_F(DatagramTest, AcrossNodesAndBack) {
  ToySocket server = New(b_);
  EXPECT_EQ(server.Bind(At("0.0.0.0", 53)).error, 0);
  ToySocket client = New(a_);
  EXPECT_EQ(client.Poll(), POLLOUT);
  EXPECT_EQ(SendTo(client, "ask", At("10.0.0.2", 53)).value, 3);
  world_.Run();
  EXPECT_EQ(server.Poll(), POLLIN | POLLOUT);
  Received got = Receive(server);
  EXPECT_EQ(got.bytes, "ask");
  sockaddr_in from;
  memcpy(&from, got.from.data(), sizeof(from));
  EXPECT_EQ(ntohl(from.sin_addr.s_addr), 0x0a000001u);
  EXPECT_EQ(SendTo(server, "answer", got.from).error, 0);
  world_.Run();
  EXPECT_EQ(Receive(client).from, At("10.0.0.2", 53));
  EXPECT_EQ(Receive(client).error, EAGAIN);
}

TEST_F(DatagramTest, NativeSendAndReceiveWhenConnected) {
  ToySocket server = New(a_);
  server.Bind(At("127.0.0.1", 53));
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(At("127.0.0.1", 53)).error, 0);
  EXPECT_EQ(*client.Peer(), At("127.0.0.1", 53));
  EXPECT_EQ(client.Write("one"), 3);
  EXPECT_EQ(client.Write("two"), 3);
  a_.Pump();
  EXPECT_EQ(server.Read(), "one");  // natively; its envelope is skipped
  Received two = Receive(server);
  EXPECT_EQ(two.bytes, "two");
  EXPECT_EQ(two.from, *client.Local());
}

TEST_F(DatagramTest, ConnectedSocketsHearTheirPeerOnly) {
  ToySocket one = New(a_), two = New(a_), other = New(a_);
  one.Bind(At("127.0.0.1", 1001));
  two.Bind(At("127.0.0.1", 1002));
  one.Connect(At("127.0.0.1", 1002));
  SendTo(other, "no", At("127.0.0.1", 1001));
  SendTo(two, "yes", At("127.0.0.1", 1001));
  EXPECT_EQ(Receive(one).bytes, "yes");
  EXPECT_EQ(Receive(one).error, EAGAIN);
}

TEST_F(DatagramTest, NobodyThereIsRefused) {
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(At("10.0.0.2", 9)).error, 0);
  client.Write("x");
  world_.Run();
  EXPECT_TRUE(client.Poll() & POLLIN);
  EXPECT_EQ(Receive(client).error, ECONNREFUSED);
  EXPECT_EQ(Receive(client).error, EAGAIN);
  // An unconnected one never hears of it.
  ToySocket loose = New(a_);
  SendTo(loose, "x", At("10.0.0.2", 9));
  world_.Run();
  EXPECT_EQ(Receive(loose).error, EAGAIN);
}

TEST_F(DatagramTest, LongDatagramsAreCut) {
  ToySocket s = New(a_);
  s.Bind(At("127.0.0.1", 7));
  SendTo(s, "0123456789", At("127.0.0.1", 7));
  SendTo(s, "next", At("127.0.0.1", 7));
  Received peeked = Receive(s, 4, MSG_PEEK);
  EXPECT_EQ(peeked.bytes, "0123");
  EXPECT_TRUE(peeked.flags & MSG_TRUNC);
  EXPECT_EQ(Receive(s, 4).bytes, "0123");
  EXPECT_EQ(Receive(s, 4).bytes, "next");
}

TEST_F(DatagramTest, Errors) {
  ToySocket s = New(a_);
  EXPECT_EQ(SendTo(s, "x", "").error, EDESTADDRREQ);
  EXPECT_EQ(SendTo(s, "x", At("192.0.2.1", 9)).error, ENETUNREACH);
  EXPECT_EQ(SendTo(s, "x", At("10.0.0.2", 0)).error, EINVAL);
  EXPECT_EQ(SendTo(s, "x", At("10.0.0.255", 9)).error, EACCES);
  EXPECT_EQ(SendTo(s, "x", At("::1", 9)).error, EAFNOSUPPORT);
  EXPECT_EQ(SendTo(s, std::string(70000, 'x'), At("10.0.0.2", 9)).error,
            EMSGSIZE);
  EXPECT_EQ(s.Listen(1).error, EOPNOTSUPP);
  EXPECT_EQ(s.Peer().error(), ENOTCONN);
}

TEST_F(DatagramTest, PortsAreExclusive) {
  ToySocket one = New(a_), two = New(a_);
  EXPECT_EQ(one.Bind(At("127.0.0.1", 99)).error, 0);
  EXPECT_EQ(two.Bind(At("0.0.0.0", 99)).error, EADDRINUSE);
  one.Close();
  a_.Pump();
  EXPECT_EQ(two.Bind(At("0.0.0.0", 99)).error, 0);
}

TEST_F(DatagramTest, PacketInfoSaysWhere) {
  ToySocket s = New(b_);
  s.Bind(At("0.0.0.0", 53));
  EXPECT_EQ(s.Set(IPPROTO_IP, IP_PKTINFO, 1).error, 0);
  EXPECT_EQ(s.Set(IPPROTO_IP, IP_RECVTTL, 1).error, 0);
  ToySocket client = New(a_);
  client.Set(IPPROTO_IP, IP_TTL, 33);
  SendTo(client, "x", At("10.0.0.2", 53));
  world_.Run();
  Received got = Receive(s);
  msghdr header{};
  header.msg_control = got.control.data();
  header.msg_controllen = got.control.size();
  cmsghdr* first = CMSG_FIRSTHDR(&header);
  ASSERT_NE(first, nullptr);
  ASSERT_EQ(first->cmsg_type, IP_PKTINFO);
  in_pktinfo info;
  memcpy(&info, CMSG_DATA(first), sizeof(info));
  EXPECT_EQ(info.ipi_ifindex, 2);
  EXPECT_EQ(ntohl(info.ipi_addr.s_addr), 0x0a000002u);
  cmsghdr* second = CMSG_NXTHDR(&header, first);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->cmsg_type, IP_TTL);
  EXPECT_EQ(*CMSG_DATA(second), 33);
}

TEST_F(DatagramTest, RawIpv4SeesTheHeader) {
  ToySocket receiver = New(b_, AF_INET, SOCK_RAW, 89);
  ToySocket sender = New(a_, AF_INET, SOCK_RAW, 89);
  EXPECT_EQ(SendTo(sender, "hello", At("10.0.0.2", 0)).value, 5);
  world_.Run();
  Received got = Receive(receiver);
  ASSERT_EQ(got.bytes.size(), sizeof(iphdr) + 5);
  iphdr header;
  memcpy(&header, got.bytes.data(), sizeof(header));
  EXPECT_EQ(header.protocol, 89);
  EXPECT_EQ(ntohs(header.tot_len), 25);
  EXPECT_EQ(ntohl(header.saddr), 0x0a000001u);
  EXPECT_EQ(got.bytes.substr(sizeof(header)), "hello");
}

TEST_F(DatagramTest, EchoIsAnsweredAcrossNodes) {
  std::string request("\x08\0\xf7\xff\0\0\0\0ping", 12);
  ToySocket four = New(a_, AF_INET, SOCK_RAW, IPPROTO_ICMP);
  EXPECT_EQ(SendTo(four, request, At("10.0.0.2", 0)).value, 12);
  world_.Run();
  Received got = Receive(four);
  ASSERT_EQ(got.bytes.size(), sizeof(iphdr) + request.size());
  EXPECT_EQ(got.from, At("10.0.0.2", 0));
  std::string reply = got.bytes.substr(sizeof(iphdr));
  EXPECT_EQ(reply[0], ICMP_ECHOREPLY);
  EXPECT_EQ(reply.substr(4), request.substr(4));
  // 0xffff - (0x7069 + 0x6e67)
  EXPECT_EQ(reply.substr(2, 2), "\x21\x2f");
  EXPECT_EQ(Receive(four).error, EAGAIN);

  request[0] = '\x80';
  ToySocket six = New(a_, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  EXPECT_EQ(SendTo(six, request, At("fd00::2", 0)).value, 12);
  world_.Run();
  got = Receive(six);
  EXPECT_EQ(got.from, At("fd00::2", 0));
  EXPECT_EQ(got.bytes.substr(0, 2), std::string("\x81\0", 2));
  EXPECT_EQ(got.bytes.substr(4), request.substr(4));
}

TEST_F(DatagramTest, IcmpFilterBlocksTypes) {
  ToySocket all = New(a_, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  ToySocket some = New(a_, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  std::string block_everything(32, '\xff');
  EXPECT_EQ(some.SetBytes(IPPROTO_ICMPV6, 1, block_everything).error, 0);
  SendTo(all, std::string("\x80\0\0\0", 4), At("::1", 0));
  EXPECT_EQ(Receive(all).bytes.size(), 4u);
  EXPECT_EQ(Receive(some).error, EAGAIN);
}

TEST_F(DatagramTest, OptionsComeBack) {
  struct Kind {
    int family, type, missing;  // a level that it does not have
  };
  for (auto [family, type, missing] :
       {Kind{AF_INET6, SOCK_DGRAM, -1}, Kind{AF_INET6, SOCK_RAW, IPPROTO_IP},
        Kind{AF_INET, SOCK_RAW, IPPROTO_IPV6}}) {
    ToySocket s = New(a_, family, type, type == SOCK_RAW ? 89 : IPPROTO_UDP);
    int tried = 0;
    for (const OptionRow& row : OptionTable()) {
      if (!(row.kinds & (type == SOCK_RAW ? kOnRaw : kOnUdp))) continue;
      if (row.access != Access::kReadWrite) continue;
      if (row.level == missing) continue;
      // Of IPPROTO_RAW only.
      if (row.level == IPPROTO_IPV6 && row.name == IPV6_ROUTER_ALERT) continue;
      EXPECT_EQ(s.Get(row.level, row.name), row.initial) << row.label;
      EXPECT_EQ(
          s.Set(row.level, row.name, row.initial).error,
          row.rule == OutOfRange::kError && row.initial < row.min ? EINVAL : 0)
          << row.label;
      ++tried;
    }
    EXPECT_GT(tried, missing < 0 ? 70 : 40);
    EXPECT_EQ(s.Get(SOL_SOCKET, SO_TYPE), type);
  }
}

}  // namespace
}  // namespace quiesce
