// Urgent data of TCP: MSG_OOB, the mark, SO_OOBINLINE, SIGURG.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

std::string Recv(int fd, size_t size, int flags) {
  std::string bytes(size, '\0');
  bytes.resize(OK(recv(fd, bytes.data(), size, flags)));
  return bytes;
}

void SendUrgent(int fd, const std::string& bytes) {
  EQ(OK(send(fd, bytes.data(), bytes.size(), MSG_OOB)), bytes.size());
}

int AtMark(int fd) {
  int at_mark = -1;
  OK(ioctl(fd, SIOCATMARK, &at_mark));
  return at_mark;
}

volatile sig_atomic_t signals = 0;

}  // namespace

CASE(OutOfBand) {
  Pair pair = Connected();
  SendAll(pair.client, "ab");
  OK(send(pair.client, "!", 1, MSG_OOB));
  SendAll(pair.client, "cd");
  PollFor(pair.server, POLLPRI);
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_OOB), EINVAL);
  // A read stops at the mark.
  EQ(Recv(pair.server, 10, 0), "ab");
  EQ(Recv(pair.server, 10, 0), "cd");
}

CASE(InLine) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_OOBINLINE, 1));
  SendAll(pair.client, "ab");
  OK(send(pair.client, "!", 1, MSG_OOB));
  PollFor(pair.server, POLLPRI);
  EQ(Recv(pair.server, 10, 0), "ab");
  int at_mark = 0;
  OK(ioctl(pair.server, SIOCATMARK, &at_mark));
  EQ(at_mark, 1);
  EQ(Recv(pair.server, 10, 0), "!");
}

CASE(None) {
  Pair pair = Connected();
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_OOB), EINVAL);
}

// Only the last byte is urgent, and it is not among the others.
CASE(LastByteOfMany) {
  Pair pair = Connected();
  SendUrgent(pair.client, "abc!");
  PollFor(pair.server, POLLPRI);
  EQ(AtMark(pair.server), 0);
  EQ(Recv(pair.server, 10, 0), "abc");
  EQ(AtMark(pair.server), 1);
  SendAll(pair.client, "de");
  PollFor(pair.server, POLLIN);
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  EQ(Recv(pair.server, 10, 0), "de");
  EQ(AtMark(pair.server), 0);
}

CASE(InLineLater) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_OOBINLINE, 1));
  SendUrgent(pair.client, "ab!");
  SendAll(pair.client, "cd");
  PollFor(pair.server, POLLPRI);
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_OOB), EINVAL);
  EQ(Recv(pair.server, 10, 0), "ab");
  EQ(Recv(pair.server, 10, 0), "!cd");
}

CASE(InLineByTheListener) {
  int listener = Listener();
  OK(SetInt(listener, SOL_SOCKET, SO_OOBINLINE, 1));
  int client = Tcp();
  OK(ConnectTo(client, LocalOf(listener)));
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(GetInt(server, SOL_SOCKET, SO_OOBINLINE), 1);
  SendUrgent(client, "!");
  PollFor(server, POLLIN);
  EQ(Recv(server, 10, 0), "!");
}

CASE(ReadPastTheMark) {
  Pair pair = Connected();
  SendUrgent(pair.client, "ab!");
  SendAll(pair.client, "cd");
  PollFor(pair.server, POLLPRI);
  EQ(Recv(pair.server, 10, 0), "ab");
  EQ(Recv(pair.server, 10, 0), "cd");
  EQ(PollNow(pair.server, POLLPRI), 0);
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_OOB), EINVAL);
}

CASE(PeekedAndTaken) {
  Pair pair = Connected();
  SendUrgent(pair.client, "!");
  PollFor(pair.server, POLLPRI);
  EQ(Recv(pair.server, 1, MSG_OOB | MSG_PEEK), "!");
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  EQ(PollNow(pair.server, POLLPRI), 0);
}

CASE(WithNamesAndMessages) {
  Pair pair = Connected();
  char bytes[] = "ab!";
  iovec piece = {bytes, 3};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EQ(OK(sendmsg(pair.client, &message, MSG_OOB)), 3);
  PollFor(pair.server, POLLPRI);
  Address from;
  from.size = sizeof(from.storage);
  char byte = 0;
  EQ(OK(recvfrom(pair.server, &byte, 1, MSG_OOB, from.get(), &from.size)), 1);
  EQ(byte, '!');
  EQ(from.size, 0u);
  EQ(OK(recvmsg(pair.server, &message, 0)), 2);
}

// Bytes that wait for a reader keep their order, and the mark its place.
CASE(BehindManyBytes) {
  Pair pair = Connected();
  OK(SetInt(pair.server, SOL_SOCKET, SO_OOBINLINE, 1));
  size_t before = FillUp(pair.client);
  size_t left = before / 8;
  ReadExactly(pair.server, before - left);
  PollFor(pair.client, POLLOUT);
  SendUrgent(pair.client, "!");
  SendAll(pair.client, "after");
  std::string bytes(1 << 16, '\0');
  while (left > 0) {
    EQ(AtMark(pair.server), 0);
    left -=
        OK(recv(pair.server, bytes.data(), std::min(left, bytes.size()), 0));
  }
  EQ(ReadExactly(pair.server, 6), "!after");
}

CASE(Signalled) {
  Pair pair = Connected();
  signal(SIGURG, [](int) { signals = signals + 1; });
  OK(fcntl(pair.server, F_SETOWN, getpid()));
  SendUrgent(pair.client, "!");
  PollFor(pair.server, POLLPRI);
  EQ(signals, 1);
}

CASE(Unconnected) {
  int fd = Tcp();
  char byte;
  ERRNO(recv(fd, &byte, 1, MSG_OOB), EINVAL);
  EQ(AtMark(fd), 0);
}

CASE(ThenTheEnd) {
  Pair pair = Connected();
  SendUrgent(pair.client, "!");
  OK(close(pair.client));
  PollFor(pair.server, POLLPRI);
  EQ(Recv(pair.server, 1, MSG_OOB), "!");
  EQ(Recv(pair.server, 1, 0), "");
}
