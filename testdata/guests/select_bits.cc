// The readiness of a TCP socket through select.
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

int Refused() {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  PollFor(fd, POLLOUT);
  return fd;
}

// "rwx" for what select says now of read, write, exception.
std::string SelectNow(int fd) {
  fd_set sets[3];
  for (fd_set& set : sets) {
    FD_ZERO(&set);
    FD_SET(fd, &set);
  }
  timeval zero = {0, 0};
  int count = OK(select(fd + 1, &sets[0], &sets[1], &sets[2], &zero));
  std::string text;
  for (int i = 0; i < 3; ++i) {
    if (FD_ISSET(fd, &sets[i])) text += "rwx"[i];
  }
  EQ(count, text.size());
  return text;
}

}  // namespace

CASE(SelectUnconnected) { EQ(SelectNow(Tcp()), "rw"); }

CASE(SelectConnecting) { EQ(SelectNow(Connecting().fd), ""); }

CASE(SelectRefused) { EQ(SelectNow(Refused()), "rw"); }

CASE(SelectEstablished) {
  Pair pair = Connected();
  EQ(SelectNow(pair.client), "w");
  SendAll(pair.server, "x");
  PollFor(pair.client, POLLIN);
  EQ(SelectNow(pair.client), "rw");
}

CASE(SelectPeerFin) {
  Pair pair = Connected();
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.client, POLLIN);
  EQ(SelectNow(pair.client), "rw");
}

CASE(SelectPeerReset) {
  Pair pair = Connected();
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  EQ(SelectNow(pair.client), "rw");
}

CASE(SelectOwnShutWrite) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  EQ(SelectNow(pair.client), "w");
}

CASE(SelectUrgent) {
  Pair pair = Connected();
  OK(send(pair.server, "!", 1, MSG_OOB));
  PollFor(pair.client, POLLPRI);
  EQ(SelectNow(pair.client), "wx");
}

CASE(SelectListener) {
  int listener = Listener();
  EQ(SelectNow(listener), "");
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  PollFor(listener, POLLIN);
  EQ(SelectNow(listener), "r");
}

CASE(SelectBufferFull) {
  Pair pair = Connected();
  FillUp(pair.client);
  EQ(SelectNow(pair.client), "");
}
