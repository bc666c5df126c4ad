// Bytes on an established TCP connection: partial and whole reads, flags, half
// close, back-pressure, resets, large transfers.
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

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

// A byte that depends on its position, so that loss and reordering show.
char Pattern(size_t position) { return position * 131 + (position >> 11); }

void WritePattern(int fd, size_t total, size_t chunk) {
  std::vector<char> bytes(chunk);
  for (size_t at = 0; at < total;) {
    size_t size = std::min(chunk, total - at);
    for (size_t i = 0; i < size; ++i) bytes[i] = Pattern(at + i);
    for (size_t sent = 0; sent < size;) {
      sent += OK(write(fd, bytes.data() + sent, size - sent));
    }
    at += size;
  }
}

size_t ReadPattern(int fd, size_t chunk) {
  std::vector<char> bytes(chunk);
  size_t at = 0;
  while (true) {
    ssize_t count = OK(read(fd, bytes.data(), chunk));
    if (count == 0) return at;
    for (ssize_t i = 0; i < count; ++i) {
      if (bytes[i] != Pattern(at + i)) EQ(at + i, std::string::npos);
    }
    at += count;
  }
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

CASE(SendToIgnoresAddress) {
  Pair pair = Connected();
  Address other = Ip("192.0.2.9", 9);
  EQ(OK(sendto(pair.client, "x", 1, 0, other.get(), other.size)), 1);
  EQ(ReadExactly(pair.server, 1), "x");
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

CASE(WhileConnecting) {
  Pending pending = Connecting();
  char byte = 0;
  ERRNO(read(pending.fd, &byte, 1), EAGAIN);
  ERRNO(send(pending.fd, &byte, 1, MSG_NOSIGNAL), EAGAIN);
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

CASE(ReadableCount) {
  Pair pair = Connected();
  int count = -1;
  OK(ioctl(pair.server, FIONREAD, &count));
  EQ(count, 0);
  SendAll(pair.client, "12345");
  PollFor(pair.server, POLLIN);
  OK(ioctl(pair.server, FIONREAD, &count));
  EQ(count, 5);
  ReadExactly(pair.server, 2);
  OK(ioctl(pair.server, SIOCINQ, &count));
  EQ(count, 3);
}

CASE(ReadableCountOfListener) {
  int count;
  ERRNO(ioctl(Listener(), FIONREAD, &count), EINVAL);
}

CASE(UnsentCount) {
  Pair pair = Connected();
  int count = -1;
  OK(ioctl(pair.client, SIOCOUTQ, &count));
  EQ(count, 0);
  FillUp(pair.client);
  OK(ioctl(pair.client, SIOCOUTQ, &count));
  TRUE(count > 0);
}

CASE(NonBlockingByIoctl) {
  Pair pair = Connected();
  int on = 1;
  OK(ioctl(pair.client, FIONBIO, &on));
  char byte;
  ERRNO(read(pair.client, &byte, 1), EAGAIN);
  EQ(OK(fcntl(pair.client, F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
}

CASE(BackPressureNonBlocking) {
  Pair pair = Connected();
  size_t total = FillUp(pair.client);
  TRUE(total > 65536);
  ERRNO(send(pair.client, "x", 1, MSG_DONTWAIT), EAGAIN);
  EQ(PollNow(pair.client, POLLOUT), 0);
  ReadExactly(pair.server, total);
  PollFor(pair.client, POLLOUT);
  EQ(OK(send(pair.client, "x", 1, MSG_DONTWAIT)), 1);
  EQ(ReadExactly(pair.server, 1), "x");
}

CASE(BackPressureBlocksWriter) {
  Pair pair = Connected();
  std::atomic<bool> done = false;
  std::atomic<size_t> filled = 0;
  std::thread writer([&] {
    filled = FillUp(pair.client);
    SendAll(pair.client, std::string(1 << 20, 'w'));
    done = true;
  });
  // Nothing is read yet, so the megabyte cannot go.
  pollfd never = {pair.client, POLLRDHUP, 0};
  EQ(OK(poll(&never, 1, 50)), 0);
  EQ(done, false);
  while (filled == 0) std::this_thread::yield();
  ReadExactly(pair.server, filled + (1 << 20));
  writer.join();
}

CASE(BackPressureSmallBuffer) {
  Pair pair = Connected();
  OK(SetInt(pair.client, SOL_SOCKET, SO_SNDBUF, 4096));
  OK(SetInt(pair.server, SOL_SOCKET, SO_RCVBUF, 4096));
  size_t total = FillUp(pair.client);
  ReadExactly(pair.server, total);
}

CASE(PartialWriteNonBlocking) {
  Pair pair = Connected();
  SetNonBlocking(pair.client, true);
  std::vector<char> bytes(64 << 20, 'p');
  ssize_t count = OK(write(pair.client, bytes.data(), bytes.size()));
  TRUE(count > 0);
  TRUE(count < static_cast<ssize_t>(bytes.size()));
  ReadExactly(pair.server, count);
}

CASE(ReceiveTimeout) {
  Pair pair = Connected();
  timeval timeout = {0, 30'000};
  OK(setsockopt(pair.client, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                sizeof(timeout)));
  char byte;
  ERRNO(read(pair.client, &byte, 1), EAGAIN);
  ERRNO(recv(pair.client, &byte, 1, 0), EAGAIN);
  SendAll(pair.server, "x");
  EQ(ReadExactly(pair.client, 1), "x");
}

CASE(SendTimeout) {
  Pair pair = Connected();
  timeval timeout = {0, 30'000};
  OK(setsockopt(pair.client, SOL_SOCKET, SO_SNDTIMEO, &timeout,
                sizeof(timeout)));
  FillUp(pair.client);
  ERRNO(send(pair.client, "x", 1, 0), EAGAIN);
}

CASE(UrgentOutOfBand) {
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

CASE(UrgentInLine) {
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

CASE(UrgentNone) {
  Pair pair = Connected();
  char byte;
  ERRNO(recv(pair.server, &byte, 1, MSG_OOB), EINVAL);
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

CASE(LargeTransfer) {
  constexpr size_t kTotal = 64 << 20;
  Pair pair = Connected();
  std::thread writer([&] {
    WritePattern(pair.client, kTotal, 1 << 17);
    OK(shutdown(pair.client, SHUT_WR));
  });
  EQ(ReadPattern(pair.server, 1 << 16), kTotal);
  writer.join();
}

CASE(LargeTransferBothWays) {
  constexpr size_t kTotal = 8 << 20;
  Pair pair = Connected();
  auto send = [&](int fd) {
    WritePattern(fd, kTotal, 50'000);
    OK(shutdown(fd, SHUT_WR));
  };
  std::thread first(send, pair.client);
  std::thread second(send, pair.server);
  std::thread third([&] { EQ(ReadPattern(pair.client, 7'777), kTotal); });
  EQ(ReadPattern(pair.server, 30'000), kTotal);
  first.join();
  second.join();
  third.join();
}

CASE(LargeTransferBetweenProcesses) {
  constexpr size_t kTotal = 8 << 20;
  int listener = Listener();
  pid_t child = OK(fork());
  if (child == 0) {
    int fd = Tcp();
    OK(ConnectTo(fd, LocalOf(listener)));
    WritePattern(fd, kTotal, 1 << 16);
    _exit(0);
  }
  int server = OK(accept(listener, nullptr, nullptr));
  EQ(ReadPattern(server, 1 << 16), kTotal);
  OK(waitpid(child, nullptr, 0));
}

CASE(LargeTransferOneThreadNonBlocking) {
  // An event loop with both ends: only poll tells when to go on.
  constexpr size_t kTotal = 16 << 20;
  Pair pair = Connected();
  SetNonBlocking(pair.client, true);
  SetNonBlocking(pair.server, true);
  std::vector<char> bytes(1 << 18);
  size_t sent = 0, got = 0;
  while (got < kTotal) {
    pollfd entries[2] = {
        {pair.client, static_cast<short>(sent < kTotal ? POLLOUT : 0), 0},
        {pair.server, POLLIN, 0}};
    TRUE(OK(poll(entries, 2, 10'000)) > 0);
    if (entries[0].revents & POLLOUT) {
      size_t size = std::min(bytes.size(), kTotal - sent);
      for (size_t i = 0; i < size; ++i) bytes[i] = Pattern(sent + i);
      sent += OK(write(pair.client, bytes.data(), size));
    }
    if (entries[1].revents & POLLIN) {
      ssize_t count = OK(read(pair.server, bytes.data(), bytes.size()));
      for (ssize_t i = 0; i < count; ++i) {
        if (bytes[i] != Pattern(got + i)) EQ(got + i, kTotal);
      }
      got += count;
    }
  }
}
