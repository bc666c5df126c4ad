// Back-pressure, counts of bytes under way, timeouts and large transfers.
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
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

CASE(SendToIgnoresAddress) {
  Pair pair = Connected();
  Address other = Ip("192.0.2.9", 9);
  EQ(OK(sendto(pair.client, "x", 1, 0, other.get(), other.size)), 1);
  EQ(ReadExactly(pair.server, 1), "x");
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

// Writable again, however large the pieces were, when all has been read.
CASE(WritableAgainSmallBuffer) {
  Pair pair = Connected();
  OK(SetInt(pair.client, SOL_SOCKET, SO_SNDBUF, 1024));
  SetNonBlocking(pair.client, true);
  size_t total = 0;
  for (size_t size = 8192; size >= 4; size /= 2) {
    const std::string bytes(size, 'w');
    ssize_t sent;
    while ((sent = send(pair.client, bytes.data(), size, 0)) > 0) total += sent;
    EQ(errno, EAGAIN);
  }
  EQ(PollNow(pair.client, POLLOUT), 0);
  ReadExactly(pair.server, total);
  PollFor(pair.client, POLLOUT);
  SendAll(pair.client, "more");
  EQ(ReadExactly(pair.server, 4), "more");
}

CASE(WritableAgainAfterSendfile) {
  constexpr size_t kTotal = 4 << 20;
  int file = OK(memfd_create("bytes", 0));
  OK(ftruncate(file, kTotal));
  Pair pair = Connected();
  OK(SetInt(pair.client, SOL_SOCKET, SO_SNDBUF, 4096));
  SetNonBlocking(pair.client, true);
  off_t at = 0;
  while (at < static_cast<off_t>(kTotal)) {
    size_t begun = at;
    if (sendfile(pair.client, file, &at, kTotal - at) < 0) EQ(errno, EAGAIN);
    ReadExactly(pair.server, at - begun);
    PollFor(pair.client, POLLOUT);
  }
}

CASE(NobodyReads) {
  // tcp_wmem and tcp_rmem bound what is under way.
  Pair pair = Connected();
  TRUE(FillUp(pair.client) < 10 << 20);
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
