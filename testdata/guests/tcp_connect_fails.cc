// connect(2) that fails, and connect(AF_UNSPEC), which undoes one.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Disconnect(int fd) {
  sockaddr unspec = {};
  unspec.sa_family = AF_UNSPEC;
  return connect(fd, &unspec, sizeof(unspec));
}

void ExpectTalk(int a, int b) {
  SendAll(a, "ping");
  EQ(ReadExactly(b, 4), "ping");
  SendAll(b, "pong");
  EQ(ReadExactly(a, 4), "pong");
}

}  // namespace

CASE(BlockingTimesOut) {
  Pending pending = Connecting();
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 300));
  ERRNO(ConnectTo(fd, LocalOf(pending.listener)), ETIMEDOUT);
  EQ(SoError(fd), 0);
}

CASE(BlockingTimesOutBySynRetries) {
  // One retransmission after 1 s, given up 2 s later.
  Pending pending = Connecting();
  int fd = Tcp();
  OK(SetInt(fd, IPPROTO_TCP, TCP_SYNCNT, 1));
  ERRNO(ConnectTo(fd, LocalOf(pending.listener)), ETIMEDOUT);
}

CASE(RefusedBlocking) {
  int fd = Tcp();
  ERRNO(ConnectTo(fd, Unused()), ECONNREFUSED);
  EQ(SoError(fd), 0);
  EQ(TcpState(fd), TCP_CLOSE);
}

CASE(RefusedBlocking6) {
  int listener = Listener(Ip("::1", 0));
  Address unused = LocalOf(listener);
  OK(close(listener));
  ERRNO(ConnectTo(Tcp(AF_INET6), unused), ECONNREFUSED);
}

CASE(RefusedNonBlocking) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), ECONNREFUSED);
  EQ(SoError(fd), 0);
}

CASE(RefusedThenAgain) {
  // A socket whose connect was refused can be used again (BSD needs a new one).
  int fd = Tcp();
  Address unused = Unused();
  ERRNO(ConnectTo(fd, unused), ECONNREFUSED);
  ERRNO(ConnectTo(fd, unused), ECONNREFUSED);
  int listener = Listener();
  OK(ConnectTo(fd, LocalOf(listener)));
  ExpectTalk(fd, OK(accept(listener, nullptr, nullptr)));
}

CASE(RefusedAfterErrorReadConnectAborts) {
  // SO_ERROR took the reason; the next connect still has to end the old one.
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), ECONNREFUSED);
  int listener = Listener();
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNABORTED);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), 0);
}

CASE(RefusedByBoundButNotListening) {
  int bound = Tcp();
  OK(BindTo(bound, Ip("127.0.0.1", 0)));
  ERRNO(ConnectTo(Tcp(), LocalOf(bound)), ECONNREFUSED);
}

CASE(RefusedByListenerOnAnotherAddress) {
  int listener = Listener(Ip("127.0.0.1", 0));
  Address other = Ip("127.0.0.2", LocalOf(listener).port());
  ERRNO(ConnectTo(Tcp(), other), ECONNREFUSED);
}

CASE(RefusedByListenerOnOtherFamily) {
  int listener = Listener(Ip("::1", 0));
  Address other = Ip("127.0.0.1", LocalOf(listener).port());
  ERRNO(ConnectTo(Tcp(), other), ECONNREFUSED);
}

CASE(RefusedOnPortZero) {
  ERRNO(ConnectTo(Tcp(), Ip("127.0.0.1", 0)), ECONNREFUSED);
}

CASE(Unreachable) {
  ERRNO(ConnectTo(Tcp(), Ip("192.0.2.1", 179)), ENETUNREACH);
  ERRNO(ConnectTo(Tcp(AF_INET, SOCK_NONBLOCK), Ip("192.0.2.1", 179)),
        ENETUNREACH);
}

CASE(Unreachable6) {
  ERRNO(ConnectTo(Tcp(AF_INET6), Ip("2001:db8::1", 179)), ENETUNREACH);
}

CASE(UnreachableLeavesSocketFresh) {
  int fd = Tcp();
  ERRNO(ConnectTo(fd, Ip("192.0.2.1", 179)), ENETUNREACH);
  EQ(SoError(fd), 0);
  BITS(fd, POLLOUT | POLLHUP);
  EQ(LocalOf(fd).ToString(), "0.0.0.0:0");
  int listener = Listener();
  OK(ConnectTo(fd, LocalOf(listener)));
}

CASE(Multicast) { ERRNO(ConnectTo(Tcp(), Ip("224.0.0.5", 179)), ENETUNREACH); }

CASE(LinkLocalNeedsScope) {
  ERRNO(ConnectTo(Tcp(AF_INET6), Ip("fe80::1", 179)), EINVAL);
}

CASE(WrongFamily) {
  ERRNO(ConnectTo(Tcp(), Ip("::1", 179)), EAFNOSUPPORT);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  ERRNO(connect(Tcp(), reinterpret_cast<sockaddr*>(&name), sizeof(name)),
        EAFNOSUPPORT);
}

CASE(WrongFamily6) {
  // The length is looked at before the family.
  Address inet = Ip("127.0.0.1", 179);
  ERRNO(ConnectTo(Tcp(AF_INET6), inet), EINVAL);
  inet.size = sizeof(inet.storage);
  ERRNO(ConnectTo(Tcp(AF_INET6), inet), EAFNOSUPPORT);
}

CASE(ShortAddress) {
  Address address = Ip("127.0.0.1", 179);
  ERRNO(connect(Tcp(), address.get(), 15), EINVAL);
  ERRNO(connect(Tcp(), address.get(), 1), EINVAL);
  ERRNO(connect(Tcp(), address.get(), 0), EINVAL);
  ERRNO(connect(Tcp(), address.get(), -1), EINVAL);
  ERRNO(connect(Tcp(), address.get(), 129), EINVAL);
}

CASE(ShortAddress6) {
  Address address = Ip("::1", 179);
  // SIN6_LEN_RFC2133, without the scope, is enough.
  ERRNO(connect(Tcp(AF_INET6), address.get(), 23), EINVAL);
  ERRNO(connect(Tcp(AF_INET6), address.get(), 24), ECONNREFUSED);
}

CASE(DisconnectEstablished) {
  Pair pair = Connected();
  OK(Disconnect(pair.client));
  Address peer;
  peer.size = sizeof(peer.storage);
  ERRNO(getpeername(pair.client, peer.get(), &peer.size), ENOTCONN);
  char byte;
  ERRNO(read(pair.server, &byte, 1), ECONNRESET);
}

CASE(DisconnectThenConnect) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(Disconnect(fd));
  EQ(TcpState(fd), TCP_CLOSE);
  // The address is given back; the port is still shown though it is free.
  Address name = LocalOf(fd);
  EQ(name.ToString(), "0.0.0.0:" + std::to_string(name.port()));
  EQ(SoError(fd), ECONNRESET);
  OK(ConnectTo(fd, LocalOf(listener)));
  int first = OK(accept(listener, nullptr, nullptr));
  int second = OK(accept(listener, nullptr, nullptr));
  char byte;
  ERRNO(read(first, &byte, 1), ECONNRESET);
  ExpectTalk(fd, second);
}

CASE(DisconnectKeepsBoundPort) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  Address bound = LocalOf(fd);
  int listener = Listener();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(Disconnect(fd));
  EQ(LocalOf(fd).ToString(), bound.ToString());
}

CASE(DisconnectListener) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(Disconnect(listener));
  EQ(GetInt(listener, SOL_SOCKET, SO_ACCEPTCONN), 0);
  ERRNO(ConnectTo(Tcp(), address), ECONNREFUSED);
}

CASE(DisconnectUnconnected) { OK(Disconnect(Tcp())); }

CASE(DisconnectConnecting) {
  Pending pending = Connecting();
  OK(Disconnect(pending.fd));
  EQ(TcpState(pending.fd), TCP_CLOSE);
}

CASE(NotASocket) {
  ERRNO(ConnectTo(OK(open("/dev/null", O_RDWR)), Ip("127.0.0.1", 1)), ENOTSOCK);
}

CASE(BadDescriptor) {
  ERRNO(ConnectTo(-1, Ip("127.0.0.1", 1)), EBADF);
  ERRNO(ConnectTo(600, Ip("127.0.0.1", 1)), EBADF);
}

CASE(BadPointer) {
  ERRNO(connect(Tcp(), static_cast<sockaddr*>(Garbage()), 16), EFAULT);
  ERRNO(connect(Tcp(), nullptr, 16), EFAULT);
}
