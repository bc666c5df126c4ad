// connect(2) on TCP sockets (net/ipv4/af_inet.c:__inet_stream_connect): results
// and what the socket is afterwards.
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

void ExpectTalk(int a, int b) {
  SendAll(a, "ping");
  EQ(ReadExactly(b, 4), "ping");
  SendAll(b, "pong");
  EQ(ReadExactly(a, 4), "pong");
}

}  // namespace

CASE(BlockingSucceeds) {
  Pair pair = Connected();
  EQ(TcpState(pair.client), TCP_ESTABLISHED);
  EQ(TcpState(pair.server), TCP_ESTABLISHED);
  ExpectTalk(pair.client, pair.server);
}

CASE(BlockingSucceeds6) {
  Pair pair = Connected6();
  ExpectTalk(pair.client, pair.server);
}

CASE(BlockingNeedsNoAccept) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  SendAll(fd, "early");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 5), "early");
}

CASE(NonBlockingInProgress) {
  int listener = Listener();
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), 0);
  EQ(TcpState(fd), TCP_ESTABLISHED);
}

CASE(NonBlockingByFcntl) {
  int listener = Listener();
  int fd = Tcp();
  SetNonBlocking(fd, true);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  // The handshake over the loopback is done: without waiting, in one thread.
  EQ(PollBits(PollNow(fd, POLLOUT)), "OUT");
}

CASE(SecondConnectTellsOfSuccessOnce) {
  int listener = Listener();
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  OK(ConnectTo(fd, LocalOf(listener)));
  ERRNO(ConnectTo(fd, LocalOf(listener)), EISCONN);
}

CASE(AlreadyConnected) {
  Pair pair = Connected();
  ERRNO(ConnectTo(pair.client, PeerOf(pair.client)), EISCONN);
  ERRNO(ConnectTo(pair.server, PeerOf(pair.server)), EISCONN);
}

CASE(AlreadyConnecting) {
  Pending pending = Connecting();
  ERRNO(ConnectTo(pending.fd, LocalOf(pending.listener)), EALREADY);
  EQ(TcpState(pending.fd), TCP_SYN_SENT);
}

CASE(ConnectingBecomesBlocking) {
  // A blocking connect waits for the one that is in progress.
  Pending pending = Connecting();
  SetNonBlocking(pending.fd, false);
  OK(accept(pending.listener, nullptr, nullptr));
  OK(ConnectTo(pending.fd, LocalOf(pending.listener)));
  EQ(TcpState(pending.fd), TCP_ESTABLISHED);
}

CASE(SendTimeoutEndsTheWait) {
  Pending pending = Connecting();
  int fd = Tcp();
  timeval timeout = {0, 50'000};
  OK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)));
  ERRNO(ConnectTo(fd, LocalOf(pending.listener)), EINPROGRESS);
  ERRNO(ConnectTo(fd, LocalOf(pending.listener)), EALREADY);
  EQ(TcpState(fd), TCP_SYN_SENT);
}

CASE(WholeLoopbackRange) {
  int listener = Listener(Ip("0.0.0.0", 0));
  int port = LocalOf(listener).port();
  int fd = Tcp();
  OK(ConnectTo(fd, Ip("127.45.6.7", port)));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(LocalOf(server).ToString(), Ip("127.45.6.7", port).ToString());
  // The destination is local, so it is also the preferred source.
  EQ(LocalOf(fd).ToString(), PeerOf(server).ToString());
}

CASE(SourceAddressToLoopback) {
  int listener = Listener(Ip("127.0.0.2", 0));
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  int port = LocalOf(fd).port();
  EQ(LocalOf(fd).ToString(), Ip("127.0.0.1", port).ToString());
}

CASE(BoundSourceIsKept) {
  int listener = Listener();
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.9", 0)));
  int port = LocalOf(fd).port();
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(LocalOf(fd).ToString(), Ip("127.0.0.9", port).ToString());
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(PeerOf(server).ToString(), Ip("127.0.0.9", port).ToString());
}

CASE(BoundWildcardGetsSource) {
  int listener = Listener();
  int fd = Tcp();
  OK(BindTo(fd, Ip("0.0.0.0", 0)));
  int port = LocalOf(fd).port();
  OK(ConnectTo(fd, LocalOf(listener)));
  EQ(LocalOf(fd).ToString(), Ip("127.0.0.1", port).ToString());
}

CASE(ToAnyIsLoopback) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, Ip("0.0.0.0", LocalOf(listener).port())));
  EQ(PeerOf(fd).ToString(), LocalOf(listener).ToString());
}

CASE(ToAny6IsLoopback) {
  int listener = Listener(Ip("::1", 0));
  int fd = Tcp(AF_INET6);
  OK(ConnectTo(fd, Ip("::", LocalOf(listener).port())));
  EQ(PeerOf(fd).ToString(), LocalOf(listener).ToString());
}

CASE(ToItself) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  Address self = LocalOf(fd);
  OK(ConnectTo(fd, self));
  EQ(LocalOf(fd).ToString(), PeerOf(fd).ToString());
  EQ(TcpState(fd), TCP_ESTABLISHED);
  SendAll(fd, "echo");
  EQ(ReadExactly(fd, 4), "echo");
}

CASE(ToItselfThenFin) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  OK(ConnectTo(fd, LocalOf(fd)));
  OK(shutdown(fd, SHUT_WR));
  PollFor(fd, POLLRDHUP);
  char byte;
  EQ(OK(read(fd, &byte, 1)), 0);
}

CASE(Mapped) {
  int listener = Listener(Ip("127.0.0.1", 0));
  int port = LocalOf(listener).port();
  int fd = Tcp(AF_INET6);
  OK(ConnectTo(fd, Ip("::ffff:127.0.0.1", port)));
  EQ(PeerOf(fd).ToString(), "[::ffff:127.0.0.1]:" + std::to_string(port));
  EQ(LocalOf(fd).family(), AF_INET6);
  EQ(LocalOf(fd).ToString().rfind("[::ffff:127.0.0.1]:", 0), 0);
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(PeerOf(server).family(), AF_INET);
  ExpectTalk(fd, server);
}

CASE(MappedBoundToNative6Source) {
  int fd = Tcp(AF_INET6);
  OK(BindTo(fd, Ip("::1", 0)));
  int listener = Listener();
  ERRNO(ConnectTo(fd, Ip("::ffff:127.0.0.1", LocalOf(listener).port())),
        ENETUNREACH);
}

CASE(Native6BoundToMappedSource) {
  int fd = Tcp(AF_INET6);
  OK(BindTo(fd, Ip("::ffff:127.0.0.1", 0)));
  int listener = Listener(Ip("::1", 0));
  ERRNO(ConnectTo(fd, LocalOf(listener)), EAFNOSUPPORT);
}

CASE(MappedWithV6Only) {
  int fd = Tcp(AF_INET6);
  OK(SetInt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  ERRNO(ConnectTo(fd, Ip("::ffff:127.0.0.1", 1)), ENETUNREACH);
}

CASE(LongAddress) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(connect(Tcp(), address.get(), sizeof(address.storage)));
}

CASE(OnListener) {
  int listener = Listener();
  ERRNO(ConnectTo(listener, Ip("127.0.0.1", 1)), EISCONN);
}

CASE(ManyToOneListener) {
  constexpr int kCount = 200;
  int listener = Listener(Ip("127.0.0.1", 0), kCount);
  int clients[kCount];
  for (int& client : clients) {
    client = Tcp();
    OK(ConnectTo(client, LocalOf(listener)));
  }
  for (int client : clients) {
    Address peer;
    peer.size = sizeof(peer.storage);
    int server = OK(accept(listener, peer.get(), &peer.size));
    // First come, first served.
    EQ(peer.ToString(), LocalOf(client).ToString());
    SendAll(server, "x");
    EQ(ReadExactly(client, 1), "x");
  }
}
