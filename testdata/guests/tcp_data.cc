// Bytes on an established TCP connection: partial and whole reads, flags,
// vectors.
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

std::string Recv(int fd, size_t size, int flags) {
  std::string bytes(size, '\0');
  bytes.resize(OK(recv(fd, bytes.data(), size, flags)));
  return bytes;
}

}  // namespace

CASE(PartialReads) {
  Pair pair = Connected();
  SendAll(pair.client, "abcdef");
  EQ(Recv(pair.server, 2, MSG_WAITALL), "ab");
  EQ(Recv(pair.server, 3, MSG_WAITALL), "cde");
  EQ(Recv(pair.server, 10, 0), "f");
}

CASE(NoMessageBoundaries) {
  Pair pair = Connected();
  SendAll(pair.client, "ab");
  SendAll(pair.client, "cd");
  EQ(Recv(pair.server, 4, MSG_WAITALL), "abcd");
}

CASE(ReadAtOnce) {
  // What one thread wrote it can read at once at the other end.
  Pair pair = Connected();
  for (int i = 0; i < 200; ++i) {
    SendAll(pair.client, "tick");
    EQ(Recv(pair.server, 10, MSG_DONTWAIT), "tick");
    SendAll(pair.server, "tock");
    EQ(Recv(pair.client, 10, MSG_DONTWAIT), "tock");
  }
}

CASE(ReadAtOnceNonBlocking) {
  Pair pair = Connected();
  SetNonBlocking(pair.client, true);
  SetNonBlocking(pair.server, true);
  char bytes[8];
  ERRNO(read(pair.server, bytes, sizeof(bytes)), EAGAIN);
  EQ(OK(write(pair.client, "abc", 3)), 3);
  EQ(OK(read(pair.server, bytes, sizeof(bytes))), 3);
  ERRNO(read(pair.server, bytes, sizeof(bytes)), EAGAIN);
}

CASE(EmptyWithDontWait) {
  Pair pair = Connected();
  char byte;
  ERRNO(recv(pair.client, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

CASE(Peek) {
  Pair pair = Connected();
  SendAll(pair.client, "abc");
  PollFor(pair.server, POLLIN);
  EQ(Recv(pair.server, 2, MSG_PEEK), "ab");
  EQ(Recv(pair.server, 10, MSG_PEEK), "abc");
  EQ(Recv(pair.server, 10, 0), "abc");
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

CASE(PeekAtEnd) {
  Pair pair = Connected();
  OK(shutdown(pair.client, SHUT_WR));
  PollFor(pair.server, POLLRDHUP);
  EQ(Recv(pair.server, 1, MSG_PEEK), "");
}

CASE(TruncDiscards) {
  // On TCP MSG_TRUNC throws bytes away without copying them.
  Pair pair = Connected();
  SendAll(pair.client, "abcdef");
  PollFor(pair.server, POLLIN);
  char bytes[4] = {'-', '-', '-', '-'};
  EQ(OK(recv(pair.server, bytes, 3, MSG_TRUNC)), 3);
  EQ(bytes[0], '-');
  EQ(Recv(pair.server, 10, 0), "def");
}

CASE(TruncWithoutBuffer) {
  Pair pair = Connected();
  SendAll(pair.client, "abcdef");
  PollFor(pair.server, POLLIN);
  EQ(OK(recv(pair.server, nullptr, 4, MSG_TRUNC)), 4);
  EQ(Recv(pair.server, 10, 0), "ef");
}

CASE(WaitAllJoinsWrites) {
  Pair pair = Connected();
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) SendAll(pair.client, "0123456789");
  });
  EQ(Recv(pair.server, 1000, MSG_WAITALL).size(), 1000);
  writer.join();
}

CASE(WaitAllEndsAtFin) {
  Pair pair = Connected();
  SendAll(pair.client, "abc");
  OK(shutdown(pair.client, SHUT_WR));
  EQ(Recv(pair.server, 10, MSG_WAITALL), "abc");
}

CASE(ZeroLengthWrite) {
  Pair pair = Connected();
  EQ(OK(write(pair.client, "", 0)), 0);
  EQ(OK(send(pair.client, nullptr, 0, 0)), 0);
  EQ(PollNow(pair.server, POLLIN), 0);
}

CASE(ZeroLengthRead) {
  Pair pair = Connected();
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  char byte;
  EQ(OK(read(pair.server, &byte, 0)), 0);
  EQ(OK(recv(pair.server, &byte, 0, 0)), 0);
  EQ(Recv(pair.server, 1, 0), "x");
}

CASE(VectorWriteAndRead) {
  Pair pair = Connected();
  iovec out[3] = {{const_cast<char*>("ab"), 2},
                  {nullptr, 0},
                  {const_cast<char*>("cde"), 3}};
  EQ(OK(writev(pair.client, out, 3)), 5);
  char head[1], tail[8];
  iovec in[2] = {{head, 1}, {tail, 8}};
  PollFor(pair.server, POLLIN);
  EQ(OK(readv(pair.server, in, 2)), 5);
  EQ(std::string(tail, 4), "bcde");
}

CASE(MessageWriteAndRead) {
  Pair pair = Connected();
  iovec out[2] = {{const_cast<char*>("abc"), 3}, {const_cast<char*>("de"), 2}};
  msghdr message = {};
  message.msg_iov = out;
  message.msg_iovlen = 2;
  EQ(OK(sendmsg(pair.client, &message, 0)), 5);
  char bytes[8], control[64], name[64];
  iovec in = {bytes, sizeof(bytes)};
  msghdr got = {};
  got.msg_iov = &in;
  got.msg_iovlen = 1;
  got.msg_control = control;
  got.msg_controllen = sizeof(control);
  got.msg_name = name;
  got.msg_namelen = sizeof(name);
  PollFor(pair.server, POLLIN);
  EQ(OK(recvmsg(pair.server, &got, 0)), 5);
  EQ(std::string(bytes, 5), "abcde");
  EQ(got.msg_controllen, 0);
  // A connection has no source address to tell.
  EQ(got.msg_namelen, 0);
  EQ(got.msg_flags, 0);
}

CASE(MessageVectors) {
  Pair pair = Connected();
  iovec out = {const_cast<char*>("ab"), 2};
  mmsghdr batch[2] = {};
  for (mmsghdr& entry : batch) {
    entry.msg_hdr.msg_iov = &out;
    entry.msg_hdr.msg_iovlen = 1;
  }
  EQ(OK(sendmmsg(pair.client, batch, 2, 0)), 2);
  EQ(batch[1].msg_len, 2);
  EQ(ReadExactly(pair.server, 4), "abab");
}

CASE(ReceiveFromTellsNoAddress) {
  Pair pair = Connected();
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  Address from;
  from.size = sizeof(from.storage);
  char byte;
  EQ(OK(recvfrom(pair.server, &byte, 1, 0, from.get(), &from.size)), 1);
  EQ(from.size, 0);
}

CASE(WhileConnecting) {
  Pending pending = Connecting();
  char byte = 0;
  ERRNO(read(pending.fd, &byte, 1), EAGAIN);
  ERRNO(send(pending.fd, &byte, 1, MSG_NOSIGNAL), EAGAIN);
}

CASE(NonBlockingByIoctl) {
  Pair pair = Connected();
  int on = 1;
  OK(ioctl(pair.client, FIONBIO, &on));
  char byte;
  ERRNO(read(pair.client, &byte, 1), EAGAIN);
  EQ(OK(fcntl(pair.client, F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
}

CASE(BadPointers) {
  Pair pair = Connected();
  char* bad = static_cast<char*>(Garbage());
  ERRNO(write(pair.client, bad, 4), EFAULT);
  SendAll(pair.client, "x");
  PollFor(pair.server, POLLIN);
  ERRNO(read(pair.server, bad, 4), EFAULT);
  ERRNO(recvmsg(pair.server, static_cast<msghdr*>(Garbage()), 0), EFAULT);
  ERRNO(sendmsg(pair.client, static_cast<msghdr*>(Garbage()), 0), EFAULT);
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(SendFile) {
  Pair pair = Connected();
  int file = OK(open("/proc/self/exe", O_RDONLY));
  EQ(OK(sendfile(pair.client, file, nullptr, 4096)), 4096);
  EQ(ReadExactly(pair.server, 4096).substr(1, 3), "ELF");
}

CASE(SpliceThroughPipe) {
  Pair pair = Connected();
  int ends[2];
  OK(pipe(ends));
  SendAll(pair.client, "spliced");
  EQ(OK(splice(pair.server, nullptr, ends[1], nullptr, 7, 0)), 7);
  EQ(OK(splice(ends[0], nullptr, pair.server, nullptr, 7, 0)), 7);
  EQ(ReadExactly(pair.client, 7), "spliced");
}
