// The readiness bits of a TCP socket in every stage of its life, as poll shows
// them (net/ipv4/tcp.c:tcp_poll). Exact: a bit too many fails as one too few.
#include <linux/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kIdle = POLLOUT | POLLHUP;
constexpr int kFin = POLLIN | POLLOUT | POLLRDHUP;
constexpr int kDone = POLLIN | POLLOUT | POLLHUP | POLLRDHUP;
constexpr int kReset = kDone | POLLERR;

int Refused() {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  if (ConnectTo(fd, Unused()) == 0) {
    Fail(__FILE__, __LINE__, "connect to an unused port succeeded");
  }
  EQ(errno, EINPROGRESS);
  PollFor(fd, POLLOUT);
  return fd;
}

}  // namespace

CASE(Unconnected) { BITS(Tcp(), kIdle); }

CASE(Unconnected6) { BITS(Tcp(AF_INET6), kIdle); }

CASE(Bound) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  BITS(fd, kIdle);
}

CASE(UnconnectedAsksOnlyForIn) {
  // POLLHUP is reported unasked, POLLOUT is not.
  EQ(PollBits(PollNow(Tcp(), POLLIN)), "HUP");
}

CASE(UnconnectedAsksForNothing) { EQ(PollBits(PollNow(Tcp(), 0)), "HUP"); }

CASE(UnconnectedNormAndBand) {
  EQ(PollBits(PollNow(Tcp(), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM |
                                 POLLRDBAND | POLLWRBAND)),
     "OUT|HUP|WRNORM");
}

CASE(UnconnectedAfterShutdownFails) {
  int fd = Tcp();
  ERRNO(shutdown(fd, SHUT_RDWR), ENOTCONN);
  // inet_shutdown sets sk_shutdown although it fails.
  BITS(fd, kDone);
}

CASE(Connecting) {
  Pending pending = Connecting();
  BITS(pending.fd, 0);
}

CASE(ConnectingStaysSoForAWhile) {
  Pending pending = Connecting();
  pollfd entry = {pending.fd, kAllBits, 0};
  EQ(OK(poll(&entry, 1, 100)), 0);
}

CASE(ConnectingThenEstablished) {
  // The queue is emptied, the SYN is sent again, the handshake completes.
  Pending pending = Connecting();
  OK(accept(pending.listener, nullptr, nullptr));
  EQ(PollBits(PollFor(pending.fd, kAllBits)), "OUT");
  EQ(SoError(pending.fd), 0);
  BITS(pending.fd, POLLOUT);
}

CASE(ConnectingShutdownBoth) {
  Pending pending = Connecting();
  OK(shutdown(pending.fd, SHUT_RDWR));
  // tcp_disconnect leaves an error behind.
  BITS(pending.fd, kIdle | POLLERR);
  EQ(SoError(pending.fd), ECONNRESET);
  BITS(pending.fd, kIdle);
}

CASE(ConnectingTimedOut) {
  Pending pending = Connecting();
  OK(SetInt(pending.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 500));
  BITS(pending.fd, kReset);
  EQ(SoError(pending.fd), ETIMEDOUT);
  BITS(pending.fd, kDone);
}

CASE(Refused) { BITS(Refused(), kReset); }

CASE(RefusedErrorReadOnce) {
  int fd = Refused();
  EQ(SoError(fd), ECONNREFUSED);
  EQ(SoError(fd), 0);
  BITS(fd, kDone);
}

CASE(RefusedErrorTakenByConnect) {
  int fd = Refused();
  ERRNO(ConnectTo(fd, Unused()), ECONNREFUSED);
  BITS(fd, kIdle);
}

CASE(RefusedErrorTakenByRead) {
  int fd = Refused();
  char byte;
  ERRNO(read(fd, &byte, 1), ECONNREFUSED);
  BITS(fd, kDone);
  EQ(OK(read(fd, &byte, 1)), 0);
}

CASE(RefusedErrorTakenBySend) {
  int fd = Refused();
  ERRNO(send(fd, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
  BITS(fd, kDone);
  ERRNO(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(RefusedBlocking) {
  int fd = Tcp();
  ERRNO(ConnectTo(fd, Unused()), ECONNREFUSED);
  BITS(fd, kIdle);
}

CASE(RefusedThenConnected) {
  int fd = Refused();
  int listener = Listener();
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNREFUSED);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  BITS(fd, POLLOUT);
  EQ(SoError(fd), 0);
}

CASE(Refused6) {
  int listener = Listener(Ip("::1", 0));
  Address closed = LocalOf(listener);
  OK(close(listener));
  int fd = Tcp(AF_INET6, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, closed), EINPROGRESS);
  BITS(fd, kReset);
  EQ(SoError(fd), ECONNREFUSED);
}

CASE(Established) {
  Pair pair = Connected();
  BITS(pair.client, POLLOUT);
  BITS(pair.server, POLLOUT);
}

CASE(Established6) {
  Pair pair = Connected6();
  BITS(pair.client, POLLOUT);
  BITS(pair.server, POLLOUT);
}

CASE(EstablishedNonBlocking) {
  int listener = Listener();
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  BITS(fd, POLLOUT);
}

CASE(EstablishedNotYetAccepted) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  BITS(fd, POLLOUT);
  SendAll(fd, "x");
  BITS(fd, POLLOUT);
  int server = OK(accept(listener, nullptr, nullptr));
  BITS(server, POLLIN | POLLOUT);
}

CASE(DataWaiting) {
  Pair pair = Connected();
  SendAll(pair.client, "x");
  BITS(pair.server, POLLIN | POLLOUT);
  ReadExactly(pair.server, 1);
  BITS(pair.server, POLLOUT);
}

CASE(DataWaitingNormAndBand) {
  Pair pair = Connected();
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  EQ(PollBits(PollNow(pair.server, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM |
                                       POLLRDBAND | POLLWRBAND | POLLPRI)),
     "IN|OUT|RDNORM|WRNORM");
}

CASE(DataPartlyRead) {
  Pair pair = Connected();
  SendAll(pair.client, "xyz");
  ReadExactly(pair.server, 2);
  BITS(pair.server, POLLIN | POLLOUT);
}

CASE(UrgentData) {
  Pair pair = Connected();
  OK(send(pair.client, "!", 1, MSG_OOB));
  BITS(pair.server, POLLOUT | POLLPRI);
  char byte = 0;
  EQ(OK(recv(pair.server, &byte, 1, MSG_OOB)), 1);
  EQ(byte, '!');
  BITS(pair.server, POLLOUT);
}

CASE(SendBufferFull) {
  Pair pair = Connected();
  FillUp(pair.client);
  EQ(PollNow(pair.client, POLLOUT), 0);
}

CASE(SendBufferFullAndDataWaiting) {
  Pair pair = Connected();
  SendAll(pair.server, "x");
  FillUp(pair.client);
  BITS(pair.client, POLLIN);
}

CASE(SendBufferDrained) {
  Pair pair = Connected();
  size_t total = FillUp(pair.client);
  EQ(PollNow(pair.client, POLLOUT), 0);
  ReadExactly(pair.server, total);
  BITS(pair.client, POLLOUT);
}

CASE(ListeningEmpty) { BITS(Listener(), 0); }

CASE(ListeningEmpty6) { BITS(Listener(Ip("::1", 0)), 0); }

CASE(ListeningPending) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  BITS(listener, POLLIN);
  EQ(PollBits(PollNow(listener, POLLRDNORM | POLLOUT)), "RDNORM");
}

CASE(ListeningTwoPending) {
  int listener = Listener();
  Address address = LocalOf(listener);
  OK(ConnectTo(Tcp(), address));
  OK(ConnectTo(Tcp(), address));
  BITS(listener, POLLIN);
  OK(accept(listener, nullptr, nullptr));
  BITS(listener, POLLIN);
  OK(accept(listener, nullptr, nullptr));
  BITS(listener, 0);
}

CASE(ListeningPendingWasClosed) {
  // A connection whose peer has gone is still accepted.
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  OK(close(fd));
  BITS(listener, POLLIN);
}

CASE(ListenerShutRead) {
  int listener = Listener();
  OK(shutdown(listener, SHUT_RD));
  // It is a fresh socket again.
  BITS(listener, kIdle);
}

CASE(ListenerShutReadThenListensAgain) {
  int listener = Listener();
  OK(shutdown(listener, SHUT_RDWR));
  OK(listen(listener, 4));
  BITS(listener, 0);
}

CASE(ListenerClosedResetsPending) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  PollFor(listener, POLLIN);
  OK(close(listener));
  BITS(fd, kReset);
  EQ(SoError(fd), ECONNRESET);
}

CASE(Disconnected) {
  // connect(AF_UNSPEC) makes a socket as good as new but for the error.
  Pair pair = Connected();
  sockaddr unspec = {};
  unspec.sa_family = AF_UNSPEC;
  OK(connect(pair.client, &unspec, sizeof(unspec)));
  BITS(pair.client, kIdle | POLLERR);
  EQ(SoError(pair.client), ECONNRESET);
  BITS(pair.client, kIdle);
  BITS(pair.server, kReset);
}

CASE(ConnectedToItself) {
  int fd = Tcp();
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  OK(ConnectTo(fd, LocalOf(fd)));
  BITS(fd, POLLOUT);
  SendAll(fd, "x");
  BITS(fd, POLLIN | POLLOUT);
}

CASE(RcvLowatHoldsIn) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_RCVLOWAT, 3));
  SendAll(pair.client, "xy");
  BITS(pair.server, POLLOUT);
  SendAll(pair.client, "z");
  BITS(pair.server, POLLIN | POLLOUT);
}
