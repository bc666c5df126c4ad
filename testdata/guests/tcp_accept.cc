// listen(2), accept(2), accept4(2): queue, flags, errors, what an accepted
// socket inherits, and several threads at one listener.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int AcceptNow(int listener) {
  return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
}

// Connects without waiting for the outcome.
int Knock(const Address& address) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, address), EINPROGRESS);
  return fd;
}

}  // namespace

CASE(BlockingAcceptGetsWaitingConnection) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  Address peer;
  peer.size = sizeof(peer.storage);
  OK(accept(listener, peer.get(), &peer.size));
  EQ(peer.ToString(), LocalOf(fd).ToString());
  EQ(peer.size, 16);
}

CASE(BlockingAcceptWaits) {
  int listener = Listener();
  Address address = LocalOf(listener);
  std::thread client([&] { OK(ConnectTo(Tcp(), address)); });
  OK(accept(listener, nullptr, nullptr));
  client.join();
}

CASE(NonBlockingAcceptEmpty) {
  int listener = Listener();
  SetNonBlocking(listener, true);
  ERRNO(accept(listener, nullptr, nullptr), EAGAIN);
}

CASE(NonBlockingAcceptAtOnce) {
  // In one thread without waiting: the handshake ended inside connect.
  int listener = Listener();
  SetNonBlocking(listener, true);
  int fd = Knock(LocalOf(listener));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(OK(send(fd, "now", 3, 0)), 3);
  char bytes[8];
  EQ(OK(recv(server, bytes, sizeof(bytes), MSG_DONTWAIT)), 3);
}

CASE(AcceptTimesOut) {
  int listener = Listener();
  timeval timeout = {0, 20'000};
  OK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
  ERRNO(accept(listener, nullptr, nullptr), EAGAIN);
}

CASE(FlagsAreNotInherited) {
  int listener = Tcp(AF_INET, SOCK_NONBLOCK | SOCK_CLOEXEC);
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  Knock(LocalOf(listener));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(OK(fcntl(server, F_GETFL)) & O_NONBLOCK, 0);
  EQ(OK(fcntl(server, F_GETFD)), 0);
}

CASE(Accept4Flags) {
  int listener = Listener();
  Knock(LocalOf(listener));
  Knock(LocalOf(listener));
  int plain =
      OK(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  EQ(OK(fcntl(plain, F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
  EQ(OK(fcntl(plain, F_GETFD)), FD_CLOEXEC);
  ERRNO(accept4(listener, nullptr, nullptr, 1), EINVAL);
  int other = OK(accept4(listener, nullptr, nullptr, 0));
  EQ(OK(fcntl(other, F_GETFL)), O_RDWR);
}

CASE(LowestDescriptor) {
  int listener = Listener();
  Knock(LocalOf(listener));
  int low = OK(dup(0));
  int high = OK(dup(0));
  OK(close(low));
  EQ(OK(accept(listener, nullptr, nullptr)), low);
  OK(close(high));
}

CASE(AddressTruncated) {
  int listener = Listener();
  Knock(LocalOf(listener));
  char bytes[16] = {};
  socklen_t size = 2;
  OK(accept(listener, reinterpret_cast<sockaddr*>(bytes), &size));
  EQ(size, 16);
  EQ(bytes[0], AF_INET);
  EQ(bytes[4], 0);
}

CASE(AddressWithoutLength) {
  int listener = Listener();
  Knock(LocalOf(listener));
  Address peer;
  ERRNO(accept(listener, peer.get(), nullptr), EFAULT);
}

CASE(AddressLengthNegative) {
  int listener = Listener();
  Knock(LocalOf(listener));
  Address peer;
  peer.size = -1;
  ERRNO(accept(listener, peer.get(), &peer.size), EINVAL);
}

CASE(NotListening) {
  ERRNO(accept(Tcp(), nullptr, nullptr), EINVAL);
  int bound = Tcp();
  OK(BindTo(bound, Ip("127.0.0.1", 0)));
  ERRNO(accept(bound, nullptr, nullptr), EINVAL);
  ERRNO(accept(Connected().client, nullptr, nullptr), EINVAL);
}

CASE(AcceptErrors) {
  ERRNO(accept(-1, nullptr, nullptr), EBADF);
  ERRNO(accept(OK(open("/dev/null", O_RDWR)), nullptr, nullptr), ENOTSOCK);
}

CASE(ListenErrors) {
  ERRNO(listen(-1, 1), EBADF);
  ERRNO(listen(OK(open("/dev/null", O_RDWR)), 1), ENOTSOCK);
  ERRNO(listen(Connected().client, 1), EINVAL);
  ERRNO(listen(Connecting().fd, 1), EINVAL);
}

CASE(ListenTwiceChangesBacklog) {
  int listener = Listener();
  OK(listen(listener, 0));
  OK(listen(listener, 64));
  EQ(TcpState(listener), TCP_LISTEN);
}

CASE(ListenNegativeBacklogIsLarge) {
  int listener = Listener(Ip("127.0.0.1", 0), -1);
  for (int i = 0; i < 20; ++i) OK(ConnectTo(Tcp(), LocalOf(listener)));
}

CASE(ListenBeforeBind) {
  int listener = Tcp();
  OK(listen(listener, 1));
  OK(ConnectTo(Tcp(), Ip("127.0.0.1", LocalOf(listener).port())));
  OK(accept(listener, nullptr, nullptr));
}

CASE(Backlog) {
  // A backlog of n holds n + 1 (sk_acceptq_is_full asks for more than n); the
  // next SYN is dropped.
  int listener = Listener(Ip("127.0.0.1", 0), 2);
  Address address = LocalOf(listener);
  for (int i = 0; i < 3; ++i) OK(ConnectTo(Tcp(), address));
  int fourth = Knock(address);
  EQ(PollNow(fourth, POLLOUT), 0);
  EQ(TcpState(fourth), TCP_SYN_SENT);
  for (int i = 0; i < 3; ++i) OK(AcceptNow(listener));
  EQ(PollNow(listener, POLLIN), 0);
}

CASE(BacklogAcceptMakesRoom) {
  int listener = Listener(Ip("127.0.0.1", 0), 0);
  Address address = LocalOf(listener);
  OK(ConnectTo(Tcp(), address));
  OK(accept(listener, nullptr, nullptr));
  int second = Knock(address);
  PollFor(second, POLLOUT);
  EQ(TcpState(second), TCP_ESTABLISHED);
}

CASE(BacklogRaisedLater) {
  int listener = Listener(Ip("127.0.0.1", 0), 0);
  Address address = LocalOf(listener);
  OK(ConnectTo(Tcp(), address));
  OK(listen(listener, 5));
  OK(ConnectTo(Tcp(), address));
}

CASE(BacklogInTcpInfo) {
  int listener = Listener(Ip("127.0.0.1", 0), 7);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  tcp_info info = {};
  socklen_t size = sizeof(info);
  OK(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size));
  EQ(info.tcpi_state, TCP_LISTEN);
  EQ(info.tcpi_unacked, 1);
  EQ(info.tcpi_sacked, 7);
}

CASE(InOrder) {
  int listener = Listener();
  int ports[8];
  for (int& port : ports) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    port = LocalOf(fd).port();
  }
  for (int port : ports) {
    EQ(PeerOf(OK(accept(listener, nullptr, nullptr))).port(), port);
  }
}

CASE(DataBeforeAccept) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  SendAll(fd, "hello");
  OK(shutdown(fd, SHUT_WR));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(ReadExactly(server, 5), "hello");
  char byte;
  EQ(OK(read(server, &byte, 1)), 0);
  SendAll(server, "world");
  EQ(ReadExactly(fd, 5), "world");
}

CASE(PeerNameOfAClosedOne) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  std::string name = LocalOf(fd).ToString();
  OK(close(fd));
  PollFor(listener, POLLIN);
  EQ(PeerOf(OK(accept(listener, nullptr, nullptr))).ToString(), name);
}

CASE(ListenerClosedRefusesNext) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(ConnectTo(Tcp(), address));
  OK(accept(listener, nullptr, nullptr));
  OK(close(listener));
  ERRNO(ConnectTo(Tcp(), address), ECONNREFUSED);
}

CASE(ListenerShutdownWakesAccept) {
  int listener = Listener();
  std::atomic<int> error = 0;
  std::thread waiter([&] {
    if (accept(listener, nullptr, nullptr) < 0) error = errno;
  });
  // Whether the thread is already inside accept or not: EINVAL.
  OK(shutdown(listener, SHUT_RD));
  waiter.join();
  EQ(ErrnoName(error), "EINVAL");
}

CASE(ListenerShutWriteChangesNothing) {
  int listener = Listener();
  OK(shutdown(listener, SHUT_WR));
  EQ(TcpState(listener), TCP_LISTEN);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
}

CASE(ListenerShutReadRefuses) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(shutdown(listener, SHUT_RD));
  EQ(TcpState(listener), TCP_CLOSE);
  EQ(GetInt(listener, SOL_SOCKET, SO_ACCEPTCONN), 0);
  ERRNO(ConnectTo(Tcp(), address), ECONNREFUSED);
  ERRNO(accept(listener, nullptr, nullptr), EINVAL);
}

CASE(ListenerShutThenListensAgain) {
  int listener = Listener(Ip("127.0.0.1", 4720));
  OK(shutdown(listener, SHUT_RDWR));
  OK(listen(listener, 1));
  // A port that was asked for is kept.
  EQ(LocalOf(listener).ToString(), "127.0.0.1:4720");
  OK(ConnectTo(Tcp(), LocalOf(listener)));
}

CASE(ListenerShutThenListensElsewhere) {
  // One that was chosen is given back with the listener; the address is kept.
  int listener = Listener();
  OK(shutdown(listener, SHUT_RDWR));
  OK(listen(listener, 1));
  Address again = LocalOf(listener);
  EQ(again.ToString(), "127.0.0.1:" + std::to_string(again.port()));
  OK(ConnectTo(Tcp(), again));
}

CASE(ListenerCannotTalk) {
  int listener = Listener();
  char byte = 0;
  ERRNO(read(listener, &byte, 1), ENOTCONN);
  ERRNO(send(listener, &byte, 1, MSG_NOSIGNAL), EPIPE);
}

CASE(InheritsOptions) {
  int listener = Tcp();
  OK(SetInt(listener, IPPROTO_TCP, TCP_NODELAY, 1));
  OK(SetInt(listener, SOL_SOCKET, SO_KEEPALIVE, 1));
  OK(SetInt(listener, IPPROTO_IP, IP_TTL, 7));
  OK(SetInt(listener, IPPROTO_IP, IP_TOS, 0xc0));
  OK(SetInt(listener, SOL_SOCKET, SO_PRIORITY, 5));
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 1));
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(GetInt(server, IPPROTO_TCP, TCP_NODELAY), 1);
  EQ(GetInt(server, SOL_SOCKET, SO_KEEPALIVE), 1);
  EQ(GetInt(server, IPPROTO_IP, IP_TTL), 7);
  EQ(GetInt(server, IPPROTO_IP, IP_TOS), 0xc0);
  EQ(GetInt(server, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

CASE(SeveralThreadsOneListener) {
  constexpr int kThreads = 8;
  constexpr int kEach = 10;
  int listener = Listener(Ip("127.0.0.1", 0), 128);
  Address address = LocalOf(listener);
  std::atomic<int> served = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        int server = OK(accept(listener, nullptr, nullptr));
        SendAll(server, ReadExactly(server, 1));
        OK(close(server));
        ++served;
      }
    });
  }
  for (int i = 0; i < kThreads * kEach; ++i) {
    int fd = Tcp();
    OK(ConnectTo(fd, address));
    SendAll(fd, "e");
    EQ(ReadExactly(fd, 1), "e");
    OK(close(fd));
  }
  for (std::thread& thread : threads) thread.join();
  EQ(served, kThreads * kEach);
}

CASE(NonBlockingAcceptLoop) {
  int listener = Listener(Ip("127.0.0.1", 0), 64);
  for (int i = 0; i < 30; ++i) Knock(LocalOf(listener));
  int count = 0;
  SetNonBlocking(listener, true);
  while (accept(listener, nullptr, nullptr) >= 0) ++count;
  EQ(errno, EAGAIN);
  EQ(count, 30);
}

namespace {

int Deferring(int seconds) {
  int listener = Tcp();
  OK(SetInt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, seconds));
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  OK(listen(listener, 4));
  return listener;
}

}  // namespace

CASE(DeferAcceptHoldsBack) {
  int listener = Deferring(30);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(PollNow(listener, POLLIN), 0);
  SendAll(fd, "data");
  PollFor(listener, POLLIN);
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(ReadExactly(server, 4), "data");
}

CASE(DeferAcceptByArrivalOfData) {
  int listener = Deferring(30);
  int first = Tcp(), second = Tcp();
  OK(ConnectTo(first, LocalOf(listener)));
  OK(ConnectTo(second, LocalOf(listener)));
  SendAll(second, "2");
  SendAll(first, "1");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 1), "2");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 1), "1");
}

CASE(DeferAcceptEndCounts) {
  int listener = Deferring(30);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(shutdown(fd, SHUT_WR));
  PollFor(listener, POLLIN);
  char byte;
  EQ(OK(read(OK(accept(listener, nullptr, nullptr)), &byte, 1)), 0);
}

CASE(DeferAcceptResetIsForgotten) {
  int listener = Deferring(30);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  Abort(fd);
  EQ(PollNow(listener, POLLIN), 0);
  fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  SendAll(fd, "x");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 1), "x");
}

CASE(DeferAcceptGivesUpWaiting) {
  int listener = Deferring(1);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(PollNow(listener, POLLIN), 0);
  int server = OK(accept(listener, nullptr, nullptr));
  SendAll(server, "hello");
  EQ(ReadExactly(fd, 5), "hello");
}

CASE(DeferAcceptListenerClosedThenTimeIsUp) {
  int listener = Deferring(1);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(close(listener));
  EQ(OK(poll(nullptr, 0, 1'100)), 0);
  BITS(fd, POLLOUT);  // nobody says anything
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  EQ(SoError(fd), ECONNRESET);
}

CASE(DeferAcceptListenerClosed) {
  int listener = Deferring(30);
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(close(listener));
  SendAll(fd, "x");
  PollFor(fd, POLLERR);
  EQ(SoError(fd), ECONNRESET);
}
