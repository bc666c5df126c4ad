// How a TCP connection ends, in poll's readiness bits: half closed each way,
// reset, accepted too late.
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

}  // namespace

CASE(PeerFin) {
  Pair pair = Connected();
  OK(shutdown(pair.server, SHUT_WR));
  BITS(pair.client, kFin);
  BITS(pair.server, POLLOUT);
}

CASE(PeerFinAfterEndWasRead) {
  Pair pair = Connected();
  OK(shutdown(pair.server, SHUT_WR));
  char byte;
  EQ(OK(read(pair.client, &byte, 1)), 0);
  BITS(pair.client, kFin);
}

CASE(PeerFinBehindData) {
  Pair pair = Connected();
  SendAll(pair.server, "x");
  OK(shutdown(pair.server, SHUT_WR));
  BITS(pair.client, kFin);
  ReadExactly(pair.client, 1);
  BITS(pair.client, kFin);
}

CASE(PeerFinRdhupUnasked) {
  // POLLRDHUP, unlike POLLHUP, must be asked for.
  Pair pair = Connected();
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.client, POLLRDHUP);
  EQ(PollBits(PollNow(pair.client, POLLIN)), "IN");
  EQ(PollBits(PollNow(pair.client, POLLRDHUP)), "RDHUP");
  EQ(PollBits(PollNow(pair.client, 0)), "0");
}

CASE(PeerClosed) {
  Pair pair = Connected();
  OK(close(pair.server));
  BITS(pair.client, kFin);
}

CASE(PeerClosedWriteSucceedsOnceThenReset) {
  Pair pair = Connected();
  OK(close(pair.server));
  PollFor(pair.client, POLLRDHUP);
  EQ(OK(send(pair.client, "x", 1, MSG_NOSIGNAL)), 1);
  BITS(pair.client, kReset);
  ERRNO(send(pair.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(OwnShutWrite) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  BITS(pair.client, POLLOUT);
  BITS(pair.server, kFin);
}

CASE(OwnShutWriteStillReads) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  SendAll(pair.server, "x");
  BITS(pair.client, POLLIN | POLLOUT);
  EQ(ReadExactly(pair.client, 1), "x");
}

CASE(OwnShutRead) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RD));
  BITS(pair.client, kFin);
  // Nothing crosses the wire.
  BITS(pair.server, POLLOUT);
}

CASE(OwnShutReadPeerStillWrites) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RD));
  SendAll(pair.server, "x");
  BITS(pair.server, POLLOUT);
}

CASE(OwnShutBoth) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RDWR));
  BITS(pair.client, kDone);
  BITS(pair.server, kFin);
}

CASE(BothShutWrite) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  OK(shutdown(pair.server, SHUT_WR));
  BITS(pair.client, kDone);
  BITS(pair.server, kDone);
}

CASE(BothShutWriteWithDataUnread) {
  Pair pair = Connected();
  SendAll(pair.client, "abc");
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  OK(shutdown(pair.server, SHUT_WR));
  BITS(pair.server, kDone);
  EQ(ReadExactly(pair.server, 3), "abc");
  char byte;
  EQ(OK(read(pair.server, &byte, 1)), 0);
}

CASE(PeerResetByLinger) {
  Pair pair = Connected();
  Abort(pair.server);
  BITS(pair.client, kReset);
  EQ(SoError(pair.client), ECONNRESET);
  BITS(pair.client, kDone);
}

CASE(PeerResetTakenByRead) {
  Pair pair = Connected();
  Abort(pair.server);
  BITS(pair.client, kReset);
  char byte;
  ERRNO(read(pair.client, &byte, 1), ECONNRESET);
  BITS(pair.client, kDone);
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(PeerResetTakenByWrite) {
  Pair pair = Connected();
  Abort(pair.server);
  BITS(pair.client, kReset);
  ERRNO(send(pair.client, "x", 1, MSG_NOSIGNAL), ECONNRESET);
  BITS(pair.client, kDone);
  ERRNO(send(pair.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

CASE(PeerClosedWithUnreadData) {
  Pair pair = Connected();
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  OK(close(pair.server));
  BITS(pair.client, kReset);
  EQ(SoError(pair.client), ECONNRESET);
}

CASE(ResetWithDataBuffered) {
  // tcp_reset does not throw the receive queue away, but recvmsg looks at the
  // error only when the queue is empty: the data comes first.
  Pair pair = Connected();
  SendAll(pair.server, "abc");
  PollFor(pair.client, POLLIN);
  Abort(pair.server);
  BITS(pair.client, kReset);
  EQ(ReadExactly(pair.client, 3), "abc");
  char byte;
  ERRNO(read(pair.client, &byte, 1), ECONNRESET);
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(ResetAfterFin) {
  // A reset in CLOSE_WAIT is EPIPE, not ECONNRESET.
  Pair pair = Connected();
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.client, POLLRDHUP);
  Abort(pair.server);
  BITS(pair.client, kReset);
  EQ(SoError(pair.client), EPIPE);
}

CASE(ResetAfterOwnFin) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  Abort(pair.server);
  BITS(pair.client, kReset);
  EQ(SoError(pair.client), ECONNRESET);
}

CASE(AcceptedAfterReset) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  PollFor(listener, POLLIN);
  Abort(fd);
  int server = OK(accept(listener, nullptr, nullptr));
  BITS(server, kReset);
  EQ(SoError(server), ECONNRESET);
}

CASE(AcceptedAfterFin) {
  int listener = Listener();
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  SendAll(fd, "bye");
  OK(close(fd));
  int server = OK(accept(listener, nullptr, nullptr));
  BITS(server, kFin);
  EQ(ReadExactly(server, 3), "bye");
}
