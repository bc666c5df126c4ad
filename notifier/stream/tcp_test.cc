// Emulated TCP between two nodes and within one. Every expectation was read off
// Linux 6.x with two processes on loopback, unless it says otherwise.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <string>
#include <utility>
#include <vector>

#include "notifier/kernel/socket_address.h"
#include "notifier/stream/tcp_protocol.h"
#include "notifier/stream/tcp_socket.h"
#include "notifier/testing/toy_world.h"

namespace quiesce {
namespace {

constexpr int kReset = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP;
constexpr int kFin = POLLIN | POLLOUT | POLLRDHUP;

SockAddr V4(const char* address, int port) {
  return FormatAddress(
      AF_INET, {*IpAddress::Parse(address), static_cast<uint16_t>(port), 0});
}
SockAddr V6(const char* address, int port) {
  return FormatAddress(
      AF_INET6, {*IpAddress::Parse(address), static_cast<uint16_t>(port), 0});
}

class TcpTest : public testing::Test {
 protected:
  TcpTest() : a_(world_.AddNode("a")), b_(world_.AddNode("b")) {
    int n = 1;
    for (NodeKernel* node : {&a_, &b_}) {
      TcpProtocol::Of(*node);
      int eth = node->stack().AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 1500);
      EXPECT_TRUE(node->stack().SetUp(eth).ok());
      std::string host = std::to_string(n++);
      Add(*node, eth, "10.0.0." + host + "/24");
      Add(*node, eth, "fd00::" + host + "/64");
    }
  }
  static void Add(NodeKernel& node, int link, const std::string& prefix) {
    EXPECT_TRUE(node.stack().AddAddress(link, *IpPrefix::Parse(prefix)).ok())
        << prefix;
  }

  ToySocket New(NodeKernel& node, bool nonblocking = true,
                int family = AF_INET) {
    ToySocket maker(node, UniqueFd());
    ToyResult made =
        maker.Settle(TcpSocket::Create(node, family, nonblocking, true));
    EXPECT_EQ(made.error, 0);
    return ToySocket(node, std::move(made.fd));
  }
  ToySocket Listener(NodeKernel& node, const SockAddr& address,
                     int backlog = 16) {
    ToySocket s = New(node, true, FamilyOf(address));
    EXPECT_EQ(s.Bind(address).error, 0);
    EXPECT_EQ(s.Listen(backlog).error, 0);
    return s;
  }
  ToySocket Accept(ToySocket& listener) {
    ToyResult r = listener.Accept();
    EXPECT_EQ(r.error, 0);
    EXPECT_TRUE(r.fd.valid());
    return ToySocket(listener.kernel(), std::move(r.fd));
  }
  // Two ends of a connection between the nodes: a's first.
  std::pair<ToySocket, ToySocket> Pair(bool local = false) {
    NodeKernel& server = local ? a_ : b_;
    const char* address = local ? "10.0.0.1" : "10.0.0.2";
    ToySocket listener = Listener(server, V4(address, 179));
    ToySocket client = New(a_);
    EXPECT_EQ(client.Connect(V4(address, 179)).error, EINPROGRESS);
    world_.Run();
    ToySocket child = Accept(listener);
    EXPECT_EQ(client.Connect(V4(address, 179)).error, 0);
    listener.Close();
    return {std::move(client), std::move(child)};
  }

  ToyWorld world_;
  NodeKernel& a_;
  NodeKernel& b_;
};

TEST_F(TcpTest, ConnectAcceptAndTalkAcrossNodes) {
  ToySocket listener = Listener(b_, V4("0.0.0.0", 179));
  EXPECT_EQ(listener.Poll(), 0);
  ToySocket client = New(a_);
  EXPECT_EQ(client.Poll(), POLLOUT | POLLHUP);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, EINPROGRESS);
  EXPECT_EQ(client.Poll(), 0);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, EALREADY);
  EXPECT_EQ(client.Peer().error(), ENOTCONN);
  world_.Run();
  EXPECT_EQ(client.Poll(), POLLOUT);
  EXPECT_EQ(client.Error(), 0);
  EXPECT_EQ(listener.Poll(), POLLIN);
  SockAddr from;
  ToyResult accepted = listener.Accept(&from);
  ASSERT_EQ(accepted.error, 0);
  EXPECT_EQ(listener.Poll(), 0);
  EXPECT_EQ(listener.Accept().error, EAGAIN);
  ToySocket server(b_, std::move(accepted.fd));
  EXPECT_EQ(from, *client.Local());
  EXPECT_EQ(*server.Peer(), *client.Local());
  EXPECT_EQ(*server.Local(), V4("10.0.0.2", 179));
  EXPECT_EQ(*client.Peer(), *server.Local());
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, 0);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, EISCONN);

  EXPECT_EQ(server.Poll(), POLLOUT);
  EXPECT_EQ(client.Write("open"), 4);
  EXPECT_EQ(server.Read(), "<EAGAIN>");
  world_.Run();
  EXPECT_EQ(server.Poll(), POLLIN | POLLOUT);
  EXPECT_EQ(server.Read(), "open");
  EXPECT_EQ(server.Write("hello"), 5);
  EXPECT_EQ(server.Write(" world"), 6);
  world_.Run();
  EXPECT_EQ(client.Read(), "hello world");
}

TEST_F(TcpTest, ToOneselfIsEstablishedWithinTheCall) {
  ToySocket listener = Listener(a_, V4("127.0.0.1", 4000));
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(V4("127.0.0.1", 4000)).error, EINPROGRESS);
  EXPECT_EQ(client.Poll(), POLLOUT);
  EXPECT_EQ(listener.Poll(), POLLIN);
  ToySocket server = Accept(listener);
  EXPECT_EQ(client.Write("x"), 1);
  a_.Pump();
  EXPECT_EQ(server.Read(), "x");
  EXPECT_TRUE(world_.in_flight.empty());
  EXPECT_EQ(world_.delivered, 0);
}

TEST_F(TcpTest, BlockingConnectParksUntilAnswered) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_, /*nonblocking=*/false);
  EXPECT_TRUE(client.Connect(V4("10.0.0.2", 179)).parked);
  EXPECT_TRUE(client.Connect(V4("10.0.0.2", 179)).parked);
  world_.Run();
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, 0);
  ToySocket server = Accept(listener);
  EXPECT_EQ(server.Write("hi"), 2);
  world_.Run();
  EXPECT_EQ(client.Read(), "hi");
}

TEST_F(TcpTest, DataBeforeAcceptWaits) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(client.Write("early"), 5);
  EXPECT_EQ(client.Shutdown(SHUT_WR).error, 0);
  world_.Run();
  ToySocket server = Accept(listener);
  EXPECT_EQ(server.Poll(), kFin);
  EXPECT_EQ(server.Read(), "early");
  EXPECT_EQ(server.Read(), "");
}

TEST_F(TcpTest, RefusedNonBlocking) {
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, EINPROGRESS);
  world_.Run();
  EXPECT_EQ(client.Poll(), kReset);
  EXPECT_EQ(client.Error(), ECONNREFUSED);
  EXPECT_EQ(client.Error(), 0);
  EXPECT_EQ(client.Poll(), kReset & ~POLLERR);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, ECONNABORTED);
}

TEST_F(TcpTest, RefusedWithinOneNode) {
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(V4("127.0.0.1", 1)).error, EINPROGRESS);
  EXPECT_EQ(client.Poll(), kReset);
  EXPECT_EQ(client.Connect(V4("127.0.0.1", 1)).error, ECONNREFUSED);
  ToySocket blocking = New(a_, false);
  EXPECT_EQ(blocking.Connect(V4("127.0.0.1", 1)).error, ECONNREFUSED);
  EXPECT_EQ(blocking.Poll(), POLLOUT | POLLHUP);
  // It may try again.
  ToySocket listener = Listener(a_, V4("127.0.0.1", 1));
  EXPECT_EQ(blocking.Connect(V4("127.0.0.1", 1)).error, 0);
}

TEST_F(TcpTest, RefusedBlockingMayTryAgain) {
  ToySocket client = New(a_, false);
  EXPECT_TRUE(client.Connect(V4("10.0.0.2", 179)).parked);
  world_.Run();
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, ECONNREFUSED);
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  EXPECT_TRUE(client.Connect(V4("10.0.0.2", 179)).parked);
  world_.Run();
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, 0);
}

TEST_F(TcpTest, NoRouteIsKnownBeforeAnythingIsSent) {
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(V4("192.0.2.1", 179)).error, ENETUNREACH);
  EXPECT_EQ(client.Connect(V4("224.0.0.1", 179)).error, ENETUNREACH);
  EXPECT_TRUE(world_.in_flight.empty());
}

TEST_F(TcpTest, UnreachableHostFailsTheConnect) {
  ToySocket client = New(a_);
  EXPECT_EQ(client.Connect(V4("10.0.0.77", 179)).error, EINPROGRESS);
  world_.Run();
  EXPECT_EQ(client.Poll(), kReset);
  EXPECT_EQ(client.Error(), EHOSTUNREACH);
}

TEST_F(TcpTest, UnansweredConnectTimesOutAfter127Seconds) {
  world_.lost = [](const Message&) { return true; };
  ToySocket client = New(a_);
  Nanos start = world_.now;
  client.Connect(V4("10.0.0.2", 179));
  world_.RunUntil(start + 127 * kSecond - 1);
  EXPECT_EQ(client.Poll(), 0);
  world_.RunUntil(start + 127 * kSecond);
  EXPECT_EQ(client.Poll(), kReset);
  EXPECT_EQ(client.Error(), ETIMEDOUT);
  EXPECT_EQ(a_.next_timer(), kNever);
}

TEST_F(TcpTest, SynCountAndUserTimeoutShortenIt) {
  world_.lost = [](const Message&) { return true; };
  ToySocket few = New(a_);
  ToySocket short_one = New(a_);
  EXPECT_EQ(few.Set(IPPROTO_TCP, TCP_SYNCNT, 2).error, 0);
  EXPECT_EQ(short_one.Set(IPPROTO_TCP, TCP_USER_TIMEOUT, 2500).error, 0);
  Nanos start = world_.now;
  few.Connect(V4("10.0.0.2", 179));
  short_one.Connect(V4("10.0.0.2", 179));
  world_.RunUntil(start + 2499 * kMillisecond);
  EXPECT_EQ(short_one.Poll(), 0);
  world_.RunUntil(start + 2500 * kMillisecond);
  EXPECT_EQ(short_one.Error(), ETIMEDOUT);
  world_.RunUntil(start + 7 * kSecond - 1);
  EXPECT_EQ(few.Poll(), 0);
  world_.RunUntil(start + 7 * kSecond);
  EXPECT_EQ(few.Error(), ETIMEDOUT);
}

TEST_F(TcpTest, ALostSynIsSentAgain) {
  int syns = 0;
  world_.lost = [&](const Message& m) {
    return m.kind == MessageKind::kTcpSyn && syns++ < 2;
  };
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.RunUntil(world_.now + 3 * kSecond);
  EXPECT_EQ(client.Poll(), POLLOUT);
  EXPECT_EQ(syns, 3);
}

TEST_F(TcpTest, SendTimeoutOfConnect) {
  world_.lost = [](const Message&) { return true; };
  ToySocket client = New(a_, false);
  timeval tv{1, 0};
  client.SetBytes(SOL_SOCKET, SO_SNDTIMEO,
                  absl::string_view(reinterpret_cast<char*>(&tv), sizeof(tv)));
  EXPECT_TRUE(client.Connect(V4("10.0.0.2", 179)).parked);
  world_.RunUntil(world_.now + kSecond);
  EXPECT_EQ(client.Connect(V4("10.0.0.2", 179)).error, EINPROGRESS);
  EXPECT_EQ(client.Poll(), 0);
}

// --- Closing -----------------------------------------------------------------

class TcpCloseTest : public TcpTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    auto [client, server] = Pair(GetParam());
    client_ = std::make_unique<ToySocket>(std::move(client));
    server_ = std::make_unique<ToySocket>(std::move(server));
  }
  std::unique_ptr<ToySocket> client_, server_;
};
INSTANTIATE_TEST_SUITE_P(Where, TcpCloseTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "OneNode" : "TwoNodes";
                         });

TEST_P(TcpCloseTest, HalfClose) {
  EXPECT_EQ(client_->Write("last"), 4);
  EXPECT_EQ(client_->Shutdown(SHUT_WR).error, 0);
  EXPECT_EQ(client_->Write("no"), -1);
  world_.Run();
  EXPECT_EQ(server_->Poll(), kFin);
  EXPECT_EQ(server_->Read(), "last");
  EXPECT_EQ(server_->Read(), "");
  EXPECT_EQ(server_->Write("answer"), 6);
  world_.Run();
  EXPECT_EQ(client_->Read(), "answer");
  EXPECT_EQ(client_->Poll(), POLLOUT);
  server_->Close();
  world_.Run();
  EXPECT_EQ(client_->Poll(), kFin | POLLHUP);
  EXPECT_EQ(client_->Read(), "");
}

TEST_P(TcpCloseTest, CloseIsAFinThenAReset) {
  client_->Close();
  world_.Run();
  EXPECT_EQ(server_->Poll(), kFin);
  EXPECT_EQ(server_->Write("first"), 5);
  EXPECT_EQ(server_->Poll(), kFin);
  world_.Run();
  EXPECT_EQ(server_->Poll(), kReset);
  EXPECT_EQ(server_->Error(), EPIPE);
  EXPECT_EQ(server_->Write("second"), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_P(TcpCloseTest, CloseWithUnreadDataIsAReset) {
  server_->Write("unread");
  world_.Run();
  EXPECT_EQ(client_->Poll(), POLLIN | POLLOUT);
  client_->Close();
  world_.Run();
  EXPECT_EQ(server_->Poll(), kReset);
  EXPECT_EQ(server_->Read(), "<ECONNRESET>");
  EXPECT_EQ(server_->Read(), "");
  EXPECT_EQ(server_->Peer().error(), ENOTCONN);
}

TEST_P(TcpCloseTest, DataIsReadableAfterAReset) {
  client_->Write("before");
  client_->Write(" reset");
  linger l{1, 0};
  client_->SetBytes(SOL_SOCKET, SO_LINGER,
                    absl::string_view(reinterpret_cast<char*>(&l), sizeof(l)));
  client_->Close();
  world_.Run();
  EXPECT_EQ(server_->Poll(), kReset);
  EXPECT_EQ(server_->Read(), "before reset");
  EXPECT_EQ(server_->Read(), "<ECONNRESET>");
}

TEST_P(TcpCloseTest, BothShutThenClosedLeavesNothing) {
  client_->Shutdown(SHUT_WR);
  world_.Run();
  server_->Shutdown(SHUT_WR);
  world_.Run();
  EXPECT_EQ(client_->Poll(), kFin | POLLHUP);
  EXPECT_EQ(server_->Poll(), kFin | POLLHUP);
  EXPECT_NE(client_->object(), nullptr);
  client_->Close();
  server_->Close();
  world_.Run();
  // The listener that Pair() closed is pruned lazily.
  EXPECT_LE(a_.socket_count() + b_.socket_count(), 1u);
}

TEST_P(TcpCloseTest, ShutReadEndsReading) {
  EXPECT_EQ(client_->Shutdown(SHUT_RD).error, 0);
  EXPECT_EQ(client_->Poll(), kFin);
  EXPECT_EQ(client_->Read(), "");
  EXPECT_EQ(server_->Poll(), POLLOUT);
  EXPECT_EQ(client_->Write("still"), 5);
  world_.Run();
  EXPECT_EQ(server_->Read(), "still");
}

TEST_P(TcpCloseTest, InfoShowsTheState) {
  auto state = [](ToySocket& s) {
    std::string value(sizeof(tcp_info), '\0');
    s.DoWithFile([&](Socket& socket, Call& c, const GuestFile& f) {
      return socket.GetOption(c, f, IPPROTO_TCP, TCP_INFO, &value);
    });
    return static_cast<int>(value[0]);
  };
  EXPECT_EQ(state(*client_), kTcpEstablished);
  client_->Shutdown(SHUT_WR);
  world_.Run();
  EXPECT_EQ(state(*client_), kTcpFinWait2);
  EXPECT_EQ(state(*server_), kTcpCloseWait);
}

TEST_P(TcpCloseTest, EdgesAreSeenByEpoll) {
  UniqueFd epoll(epoll_create1(0));
  epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {}};
  epoll_ctl(epoll.get(), EPOLL_CTL_ADD, server_->fd(), &event);
  epoll_event got;
  EXPECT_EQ(epoll_wait(epoll.get(), &got, 1, 0), 1);
  EXPECT_EQ(got.events, static_cast<uint32_t>(EPOLLOUT));
  EXPECT_EQ(epoll_wait(epoll.get(), &got, 1, 0), 0);
  client_->Write("a");
  world_.Run();
  EXPECT_EQ(epoll_wait(epoll.get(), &got, 1, 0), 1);
  EXPECT_EQ(got.events, static_cast<uint32_t>(EPOLLIN | EPOLLOUT));
  client_->Close();
  world_.Run();
  EXPECT_EQ(epoll_wait(epoll.get(), &got, 1, 0), 1);
  EXPECT_EQ(got.events, static_cast<uint32_t>(kFin));
}

TEST_P(TcpCloseTest, ManySmallWritesFit) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(client_->Write("0123456789012345678"), 19) << i;
    ASSERT_EQ(server_->Write("0123456789012345678"), 19) << i;
  }
  EXPECT_TRUE(client_->Poll() & POLLOUT);
  world_.Run();
  EXPECT_EQ(server_->Read().size(), 19000u);
}

TEST_P(TcpCloseTest, ASlowReaderHoldsTheWriterBack) {
  std::string block(100000, 'b');
  size_t written = 0;
  while (written < (64u << 20)) {
    ssize_t n = client_->Write(block);
    if (n < 0) break;
    written += n;
    world_.Run();
  }
  EXPECT_LT(written, 32u << 20);
  EXPECT_EQ(client_->Poll() & POLLOUT, 0);
  size_t read = 0;
  for (int i = 0; i < 1000 && read < written; ++i) {
    std::string got = server_->Read();
    if (got.size() > 2 && got[0] == 'b') read += got.size();
    world_.Run();
  }
  EXPECT_EQ(read, written);
  EXPECT_EQ(client_->Poll(), POLLOUT);
  client_->Write("end");
  world_.Run();
  EXPECT_EQ(server_->Read(), "end");
}

// --- Accepting ---------------------------------------------------------------

TEST_F(TcpTest, ClosingAListenerResetsWhoWaits) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(client.Poll(), POLLOUT);
  listener.Close();
  world_.Run();
  EXPECT_EQ(client.Poll(), kReset);
  EXPECT_EQ(client.Error(), ECONNRESET);
  EXPECT_EQ(b_.socket_count(), 0u);
  ToySocket again = Listener(b_, V4("10.0.0.2", 179));
}

TEST_F(TcpTest, AClosedListenerIsNoticed) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket taken = New(b_);
  EXPECT_EQ(taken.Bind(V4("10.0.0.2", 179)).error, EADDRINUSE);
  listener.Close();
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(client.Error(), ECONNREFUSED);
  EXPECT_EQ(taken.Bind(V4("10.0.0.2", 179)).error, 0);
}

TEST_F(TcpTest, EmfilePutsTheConnectionBack) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(listener.Accept(nullptr, SOCK_NONBLOCK, false).error, EMFILE);
  EXPECT_EQ(listener.Poll(), POLLIN);
  ToySocket server = Accept(listener);
  EXPECT_EQ(*server.Peer(), *client.Local());
  EXPECT_EQ(listener.Poll(), 0);
}

TEST_F(TcpTest, ResetBeforeAcceptIsSeenAfterIt) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  linger l{1, 0};
  client.SetBytes(SOL_SOCKET, SO_LINGER,
                  absl::string_view(reinterpret_cast<char*>(&l), sizeof(l)));
  client.Close();
  world_.Run();
  EXPECT_EQ(listener.Poll(), POLLIN);
  ToySocket server = Accept(listener);
  EXPECT_EQ(server.Poll(), kReset);
  EXPECT_EQ(server.Read(), "<ECONNRESET>");
}

TEST_F(TcpTest, BacklogTakesOneMoreAndTheRestTryAgain) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179), /*backlog=*/1);
  std::vector<ToySocket> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(New(a_));
    clients.back().Connect(V4("10.0.0.2", 179));
  }
  world_.Run();
  EXPECT_EQ(clients[0].Poll(), POLLOUT);
  EXPECT_EQ(clients[1].Poll(), POLLOUT);
  EXPECT_EQ(clients[2].Poll(), 0);
  ToySocket first = Accept(listener);
  EXPECT_EQ(*first.Peer(), *clients[0].Local());
  world_.RunUntil(world_.now + kSecond);
  EXPECT_EQ(clients[2].Poll(), POLLOUT);
}

TEST_F(TcpTest, AcceptOfWhatDoesNotListen) {
  ToySocket s = New(a_);
  EXPECT_EQ(s.Accept().error, EINVAL);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_ACCEPTCONN), 0);
  EXPECT_EQ(s.Listen(1).error, 0);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_ACCEPTCONN), 1);
  EXPECT_EQ(s.Connect(V4("10.0.0.2", 1)).error, EISCONN);
}

TEST_F(TcpTest, DualStackShowsMappedAddresses) {
  ToySocket listener = Listener(b_, V6("::", 179));
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  ToySocket server = Accept(listener);
  EXPECT_EQ(*server.Local(), V6("::ffff:10.0.0.2", 179));
  EXPECT_EQ(server.Peer()->size(), sizeof(sockaddr_in6));
  ToySocket six = New(a_, true, AF_INET6);
  six.Connect(V6("fd00::2", 179));
  world_.Run();
  EXPECT_EQ(six.Poll(), POLLOUT);
  EXPECT_EQ(*six.Peer(), V6("fd00::2", 179));
  ToySocket mapped = New(a_, true, AF_INET6);
  mapped.Connect(V6("::ffff:10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(mapped.Poll(), POLLOUT);
  EXPECT_EQ(*mapped.Peer(), V6("::ffff:10.0.0.2", 179));
}

TEST_F(TcpTest, TheMoreSpecificListenerWins) {
  ToySocket any = New(b_);
  any.Set(SOL_SOCKET, SO_REUSEPORT, 1);
  EXPECT_EQ(any.Bind(V4("0.0.0.0", 179)).error, 0);
  EXPECT_EQ(any.Listen(5).error, 0);
  ToySocket exact = New(b_);
  exact.Set(SOL_SOCKET, SO_REUSEPORT, 1);
  EXPECT_EQ(exact.Bind(V4("10.0.0.2", 179)).error, 0);
  EXPECT_EQ(exact.Listen(5).error, 0);
  ToySocket client = New(a_);
  client.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(any.Poll(), 0);
  EXPECT_EQ(exact.Poll(), POLLIN);
}

// --- Keys, hops --------------------------------------------------------------

std::string Md5(const SockAddr& peer, const std::string& key) {
  tcp_md5sig sig{};
  memcpy(&sig.tcpm_addr, peer.data(), peer.size());
  sig.tcpm_keylen = key.size();
  memcpy(sig.tcpm_key, key.data(), key.size());
  return std::string(reinterpret_cast<char*>(&sig), sizeof(sig));
}

struct Md5Case {
  const char* name;
  const char* server_key;
  const char* client_key;
  bool up;
};
class TcpMd5Test : public TcpTest,
                   public testing::WithParamInterface<Md5Case> {};
INSTANTIATE_TEST_SUITE_P(
    Keys, TcpMd5Test,
    testing::Values(Md5Case{"Same", "secret", "secret", true},
                    Md5Case{"Different", "secret", "other", false},
                    Md5Case{"OnlyServer", "secret", "", false},
                    Md5Case{"OnlyClient", "", "secret", false},
                    Md5Case{"None", "", "", true}),
    [](const auto& info) { return info.param.name; });

TEST_P(TcpMd5Test, DecidesWhetherTheSessionComesUp) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  ToySocket client = New(a_);
  if (*GetParam().server_key) {
    EXPECT_EQ(listener
                  .SetBytes(IPPROTO_TCP, TCP_MD5SIG,
                            Md5(V4("10.0.0.1", 0), GetParam().server_key))
                  .error,
              0);
  }
  if (*GetParam().client_key) {
    EXPECT_EQ(client
                  .SetBytes(IPPROTO_TCP, TCP_MD5SIG,
                            Md5(V4("10.0.0.2", 0), GetParam().client_key))
                  .error,
              0);
  }
  Nanos start = world_.now;
  client.Connect(V4("10.0.0.2", 179));
  world_.RunUntil(start + 20 * kSecond);
  if (!GetParam().up) {
    EXPECT_EQ(client.Poll(), 0);
    world_.RunUntil(start + 127 * kSecond);
    EXPECT_EQ(client.Error(), ETIMEDOUT);
    return;
  }
  EXPECT_EQ(client.Poll(), POLLOUT);
  ToySocket server = Accept(listener);
  server.Write("x");
  client.Write("y");
  world_.Run();
  EXPECT_EQ(client.Read(), "x");
  EXPECT_EQ(server.Read(), "y");
}

TEST_F(TcpTest, RemovingAKeyThatIsNotThere) {
  ToySocket s = New(a_);
  EXPECT_EQ(
      s.SetBytes(IPPROTO_TCP, TCP_MD5SIG, Md5(V4("10.0.0.2", 0), "")).error,
      ENOENT);
  EXPECT_EQ(s.SetBytes(IPPROTO_TCP, TCP_MD5SIG, "short").error, EINVAL);
}

TEST_F(TcpTest, TtlSecurity) {
  ToySocket listener = Listener(b_, V4("10.0.0.2", 179));
  EXPECT_EQ(listener.Set(IPPROTO_IP, IP_MINTTL, 254).error, 0);
  ToySocket low = New(a_);
  low.Connect(V4("10.0.0.2", 179));
  ToySocket high = New(a_);
  EXPECT_EQ(high.Set(IPPROTO_IP, IP_TTL, 255).error, 0);
  high.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(low.Poll(), 0);
  EXPECT_EQ(high.Poll(), POLLOUT);
  world_.hops = 2;
  ToySocket far = New(a_);
  far.Set(IPPROTO_IP, IP_TTL, 255);
  far.Connect(V4("10.0.0.2", 179));
  world_.Run();
  EXPECT_EQ(far.Poll(), 0);
}

// --- Loss --------------------------------------------------------------------

TEST_F(TcpTest, DataLostOnTheWayIsSentAgain) {
  auto [client, server] = Pair();
  world_.unreachable.insert(*IpAddress::Parse("10.0.0.2"));
  client.Write("one ");
  world_.Run();
  client.Write("two");
  world_.RunUntil(world_.now + 5 * kSecond);
  EXPECT_EQ(server.Read(), "<EAGAIN>");
  EXPECT_EQ(client.Poll(), POLLOUT);
  world_.unreachable.clear();
  world_.RunUntil(world_.now + 10 * kSecond);
  EXPECT_EQ(server.Read(), "one two");
  client.Write("!");
  world_.Run();
  EXPECT_EQ(server.Read(), "!");
  EXPECT_EQ(a_.next_timer(), kNever);
}

TEST_F(TcpTest, LossForEverEndsInAnError) {
  auto [client, server] = Pair();
  world_.unreachable.insert(*IpAddress::Parse("10.0.0.2"));
  client.Write("one");
  Nanos start = world_.now;
  // tcp_retries2: 0.2 s doubling to 120 s, 924.6 s in all.
  world_.RunUntil(start + 900 * kSecond);
  EXPECT_EQ(client.Poll(), POLLOUT);
  world_.RunUntil(start + 930 * kSecond);
  EXPECT_EQ(client.Error(), EHOSTUNREACH);
  EXPECT_EQ(a_.next_timer(), kNever);
}

TEST_F(TcpTest, SilentLossEndsInATimeout) {
  auto [client, server] = Pair();
  world_.unreachable.insert(*IpAddress::Parse("10.0.0.2"));
  world_.silent = true;
  client.Set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10000);
  client.Write("one");
  world_.RunUntil(world_.now + 30 * kSecond);
  EXPECT_EQ(client.Error(), ETIMEDOUT);
}

// --- Ports -------------------------------------------------------------------

TEST_F(TcpTest, TimeWaitKeepsThePortFromThoseWithoutReuse) {
  ToySocket listener = Listener(a_, V4("127.0.0.1", 5000));
  ToySocket client = New(a_);
  client.Connect(V4("127.0.0.1", 5000));
  ToySocket server = Accept(listener);
  server.Close();  // the active close
  a_.Pump();
  client.Close();
  listener.Close();
  a_.Pump();
  ToySocket next = New(a_);
  EXPECT_EQ(next.Bind(V4("127.0.0.1", 5000)).error, EADDRINUSE);
  world_.now += 60 * kSecond;
  EXPECT_EQ(next.Bind(V4("127.0.0.1", 5000)).error, 0);
}

TEST_F(TcpTest, BindErrors) {
  ToySocket s = New(a_);
  EXPECT_EQ(s.Bind(V4("10.9.9.9", 1)).error, EADDRNOTAVAIL);
  EXPECT_EQ(s.Bind(V6("::1", 1)).error, EAFNOSUPPORT);
  EXPECT_EQ(s.Bind(SockAddr(4, '\0')).error, EINVAL);
  s.call().missing = {CAP_NET_BIND_SERVICE};
  EXPECT_EQ(s.Bind(V4("0.0.0.0", 179)).error, EACCES);
  EXPECT_EQ(s.Bind(V4("0.0.0.0", 0)).error, 0);
  EXPECT_EQ(s.Bind(V4("0.0.0.0", 0)).error, EINVAL);
  uint16_t port =
      ntohs(reinterpret_cast<const sockaddr_in*>(s.Local()->data())->sin_port);
  EXPECT_GE(port, kFirstEphemeralPort);
  EXPECT_LE(port, kLastEphemeralPort);
}

TEST_F(TcpTest, TheSameSeedGivesTheSamePorts) {
  std::vector<SockAddr> first, second;
  for (auto* names : {&first, &second}) {
    ToyWorld world;
    NodeKernel& node = world.AddNode("n");
    for (int i = 0; i < 5; ++i) {
      ToySocket s = New(node);
      s.Bind(V4("127.0.0.1", 0));
      names->push_back(*s.Local());
    }
  }
  EXPECT_EQ(first, second);
}

// --- Options -----------------------------------------------------------------

TEST_F(TcpTest, EveryNumberComesBack) {
  ToySocket s = New(a_, true, AF_INET6);
  int tried = 0;
  for (const OptionRow& row : OptionTable()) {
    if (!(row.kinds & kOnTcp) || row.access != Access::kReadWrite) continue;
    EXPECT_EQ(s.Get(row.level, row.name), row.initial) << row.label;
    int value = row.rule == OutOfRange::kBool ? !row.initial
                : row.initial == row.max      ? row.min
                                              : row.initial + 1;
    if (row.rule == OutOfRange::kClamp) value = std::min(value, row.max);
    if (row.level == SOL_SOCKET && row.name == SO_RCVLOWAT) value = 2;
    if (row.level == IPPROTO_IP && row.name == IP_TOS) value = 16;  // not ECN
    if (row.level == IPPROTO_IP && row.name == IP_UNICAST_IF) value = htonl(1);
    if (row.level == IPPROTO_IPV6 && row.name == IPV6_UNICAST_IF) {
      value = htonl(1);
    }
    EXPECT_EQ(s.Set(row.level, row.name, value).error, 0) << row.label;
    EXPECT_EQ(s.Get(row.level, row.name), value) << row.label;
    ++tried;
  }
  EXPECT_GT(tried, 60);
}

TEST_F(TcpTest, OutOfRangeValues) {
  ToySocket s = New(a_, true, AF_INET6);
  EXPECT_EQ(s.Set(IPPROTO_IP, IP_TTL, 0).error, EINVAL);
  EXPECT_EQ(s.Set(IPPROTO_IP, IP_TTL, 256).error, EINVAL);
  EXPECT_EQ(s.Set(IPPROTO_IP, IP_TTL, -1).error, 0);
  EXPECT_EQ(s.Get(IPPROTO_IP, IP_TTL), 64);
  EXPECT_EQ(s.Set(IPPROTO_TCP, TCP_KEEPIDLE, 0).error, EINVAL);
  EXPECT_EQ(s.Set(IPPROTO_TCP, TCP_KEEPCNT, 128).error, EINVAL);
  EXPECT_EQ(s.Set(IPPROTO_TCP, 9999, 1).error, ENOPROTOOPT);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_TYPE, 1).error, ENOPROTOOPT);
  EXPECT_EQ(s.SetBytes(SOL_SOCKET, SO_REUSEADDR, "x").error, EINVAL);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_SNDBUF, 10000).error, 0);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_SNDBUF), 20000);
  EXPECT_EQ(s.Set(SOL_SOCKET, SO_RCVBUF, 1).error, 0);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_RCVBUF), 2304);
}

TEST_F(TcpTest, BindToDevice) {
  ToySocket s = New(a_);
  EXPECT_EQ(s.SetBytes(SOL_SOCKET, SO_BINDTODEVICE, "nosuch").error, ENODEV);
  EXPECT_EQ(s.SetBytes(SOL_SOCKET, SO_BINDTODEVICE, "eth0").error, 0);
  EXPECT_EQ(s.Get(SOL_SOCKET, SO_BINDTOIFINDEX), 2);
  // A listener on the link takes what comes over it only.
  EXPECT_EQ(s.Bind(V4("0.0.0.0", 99)).error, 0);
  EXPECT_EQ(s.Listen(1).error, 0);
  ToySocket remote = New(b_);
  remote.Connect(V4("10.0.0.1", 99));
  world_.Run();
  EXPECT_EQ(remote.Poll(), POLLOUT);
  ToySocket local = New(a_);
  local.Connect(V4("127.0.0.1", 99));
  EXPECT_EQ(local.Error(), ECONNREFUSED);
}

TEST_F(TcpTest, DescriptorsThatAreNotOurs) {
  ToySocket file(a_, UniqueFd(open("/dev/null", O_RDONLY)));
  EXPECT_EQ(file.Listen(1).error, ENOTSOCK);
  ToySocket unix_socket(a_, UniqueFd(socket(AF_UNIX, SOCK_STREAM, 0)));
  EXPECT_TRUE(unix_socket.Listen(1).native);
  ToySocket none(a_, UniqueFd());
  EXPECT_EQ(none.Listen(1).error, EBADF);
}

TEST_F(TcpTest, ForgottenSocketsArePruned) {
  for (int i = 0; i < 1000; ++i) New(a_).Close();
  EXPECT_LT(a_.socket_count(), 200u);
}

}  // namespace
}  // namespace quiesce
