// The ends of a TCP connection: half close, shutdown, resets, SIGPIPE.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

volatile sig_atomic_t pipe_signals = 0;

void CountPipeSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { pipe_signals = pipe_signals + 1; };
  OK(sigaction(SIGPIPE, &action, nullptr));
}

std::string Recv(int fd, size_t size, int flags) {
  std::string bytes(size, '\0');
  bytes.resize(OK(recv(fd, bytes.data(), size, flags)));
  return bytes;
}

}  // namespace

CASE(Unconnected) {
  char byte = 0;
  ERRNO(read(Tcp(), &byte, 1), ENOTCONN);
  ERRNO(send(Tcp(), &byte, 1, MSG_NOSIGNAL), EPIPE);
  ERRNO(shutdown(Tcp(), SHUT_WR), ENOTCONN);
}

CASE(UnconnectedWriteRaisesSigpipe) {
  CountPipeSignals();
  ERRNO(write(Tcp(), "x", 1), EPIPE);
  EQ(pipe_signals, 1);
}

CASE(HalfClose) {
  Pair pair = Connected();
  SendAll(pair.client, "question");
  OK(shutdown(pair.client, SHUT_WR));
  EQ(ReadExactly(pair.server, 8), "question");
  char byte;
  EQ(OK(read(pair.server, &byte, 1)), 0);
  SendAll(pair.server, "answer");
  OK(close(pair.server));
  EQ(ReadExactly(pair.client, 6), "answer");
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(ShutWriteEndsWriting) {
  CountPipeSignals();
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  ERRNO(send(pair.client, "x", 1, MSG_NOSIGNAL), EPIPE);
  EQ(pipe_signals, 0);
  ERRNO(send(pair.client, "x", 1, 0), EPIPE);
  EQ(pipe_signals, 1);
  OK(shutdown(pair.client, SHUT_WR));
}

CASE(ShutReadEndsReading) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RD));
  char byte;
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(ShutReadKeepsArriving) {
  // Linux goes on receiving after SHUT_RD: what arrives is read.
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RD));
  SendAll(pair.server, "late");
  EQ(Recv(pair.client, 4, 0), "late");
  EQ(Recv(pair.client, 4, 0), "");
}

CASE(ShutReadThenManyReads) {
  Pair pair = Connected();
  SendAll(pair.server, "first");
  PollFor(pair.client, POLLIN);
  OK(shutdown(pair.client, SHUT_RD));
  SendAll(pair.server, "second");
  int waiting = 0;
  OK(ioctl(pair.client, FIONREAD, &waiting));
  EQ(waiting, 11);
  EQ(Recv(pair.client, 3, 0), "fir");
  EQ(ReadExactly(pair.client, 5), "stsec");
  EQ(Recv(pair.client, 2, MSG_PEEK), "on");
  char one[2] = {}, two[9] = {};
  iovec pieces[] = {{one, 2}, {two, 9}};
  EQ(OK(readv(pair.client, pieces, 2)), 3);
  EQ(std::string(one, 2) + two, "ond");
  BITS(pair.client, POLLIN | POLLOUT | POLLRDHUP);
  EQ(Recv(pair.client, 2, MSG_DONTWAIT), "");
  OK(shutdown(pair.server, SHUT_WR));
  EQ(Recv(pair.client, 2, 0), "");
}

CASE(ShutReadUnreadResets) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_RD));
  SendAll(pair.server, "never read");
  int waiting = 0;
  OK(ioctl(pair.client, FIONREAD, &waiting));
  EQ(waiting, 10);
  OK(close(pair.client));
  PollFor(pair.server, POLLERR);
  EQ(SoError(pair.server), ECONNRESET);
}

CASE(ShutReadWakesReader) {
  Pair pair = Connected();
  std::thread reader([&] {
    char byte;
    EQ(OK(read(pair.client, &byte, 1)), 0);
  });
  OK(shutdown(pair.client, SHUT_RD));
  reader.join();
}

CASE(ShutdownBadHow) {
  Pair pair = Connected();
  ERRNO(shutdown(pair.client, 3), EINVAL);
  ERRNO(shutdown(pair.client, -1), EINVAL);
  ERRNO(shutdown(-1, SHUT_WR), EBADF);
  ERRNO(shutdown(OK(open("/dev/null", O_RDWR)), SHUT_WR), ENOTSOCK);
}

CASE(WriteAfterPeerClosed) {
  Pair pair = Connected();
  OK(close(pair.server));
  PollFor(pair.client, POLLRDHUP);
  EQ(OK(send(pair.client, "x", 1, MSG_NOSIGNAL)), 1);
  PollFor(pair.client, POLLERR);
  ERRNO(send(pair.client, "x", 1, MSG_NOSIGNAL), EPIPE);
  char byte;
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(DefaultSigpipeKills) {
  pid_t child = OK(fork());
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    (void)!write(Tcp(), "x", 1);
    _exit(0);
  }
  int status;
  OK(waitpid(child, &status, 0));
  TRUE(WIFSIGNALED(status));
  EQ(WTERMSIG(status), SIGPIPE);
}

CASE(CloseWithUnreadDataResets) {
  Pair pair = Connected();
  SendAll(pair.client, "unread");
  PollFor(pair.server, POLLIN);
  OK(close(pair.server));
  char byte;
  ERRNO(read(pair.client, &byte, 1), ECONNRESET);
}

CASE(LingerZeroResets) {
  Pair pair = Connected();
  Abort(pair.server);
  char byte;
  ERRNO(read(pair.client, &byte, 1), ECONNRESET);
  EQ(OK(read(pair.client, &byte, 1)), 0);
}

CASE(LingerWaitsForNothing) {
  // All is acknowledged: close returns at once.
  Pair pair = Connected();
  linger patient = {1, 30};
  OK(setsockopt(pair.server, SOL_SOCKET, SO_LINGER, &patient, sizeof(patient)));
  SendAll(pair.server, "abc");
  OK(close(pair.server));
  EQ(ReadExactly(pair.client, 3), "abc");
}

CASE(CloseDeliversWhatWasWritten) {
  Pair pair = Connected();
  std::string bytes(100'000, 'b');
  SendAll(pair.client, bytes);
  OK(close(pair.client));
  TRUE(ReadExactly(pair.server, bytes.size()) == bytes);
  char byte;
  EQ(OK(read(pair.server, &byte, 1)), 0);
}
