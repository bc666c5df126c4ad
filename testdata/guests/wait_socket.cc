// SO_RCVTIMEO and SO_SNDTIMEO: reads and writes of sockets that end by
// themselves.
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr long kMillisecond = 1'000'000;
constexpr timeval kTimeout = {0, 200'000};

long Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 * kMillisecond + now.tv_nsec;
}

int WithTimeout(int fd, int option = SO_RCVTIMEO) {
  OK(setsockopt(fd, SOL_SOCKET, option, &kTimeout, sizeof(kTimeout)));
  return fd;
}

int Udp() {
  int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
  OK(BindTo(fd, Ip("127.0.0.1", 0)));
  return WithTimeout(fd);
}

// `call` fails with EAGAIN, no sooner than it should.
void TimesOut(const std::function<long()>& call) {
  const long begin = Now();
  ERRNO(call(), EAGAIN);
  TRUE(Now() - begin >= 195 * kMillisecond);
}

}  // namespace

CASE(StreamRead) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  char byte;
  for (int i = 0; i < 3; ++i) {
    TimesOut([&] { return read(pair.server, &byte, 1); });
  }
  SendAll(pair.client, "x");
  EQ(OK(read(pair.server, &byte, 1)), 1);
}

CASE(StreamReceive) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  char byte;
  TimesOut([&] { return recv(pair.server, &byte, 1, 0); });
}

CASE(StreamReadv) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  char byte;
  iovec piece = {&byte, 1};
  TimesOut([&] { return readv(pair.server, &piece, 1); });
}

CASE(StreamReceiveMessage) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  char byte;
  iovec piece = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  TimesOut([&] { return recvmsg(pair.server, &message, 0); });
}

// What has come by then is given.
CASE(StreamReceiveAll) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  SendAll(pair.client, "abc");
  char bytes[8];
  const long begin = Now();
  EQ(OK(recv(pair.server, bytes, sizeof(bytes), MSG_WAITALL)), 3);
  TRUE(Now() - begin >= 195 * kMillisecond);
}

CASE(StreamWrite) {
  Pair pair = Connected();
  WithTimeout(pair.client, SO_SNDTIMEO);
  const std::string bytes(1 << 20, 'x');
  const long begin = Now();
  // Until nothing more fits: a part, and then nothing.
  while (write(pair.client, bytes.data(), bytes.size()) > 0) {
  }
  EQ(errno, EAGAIN);
  TRUE(Now() - begin >= 195 * kMillisecond);
}

CASE(DatagramRead) {
  const int fd = Udp();
  char byte;
  TimesOut([&] { return read(fd, &byte, 1); });
}

CASE(DatagramReceive) {
  const int fd = Udp();
  char byte;
  TimesOut([&] { return recv(fd, &byte, 1, 0); });
  TimesOut([&] { return recvfrom(fd, &byte, 1, 0, nullptr, nullptr); });
}

// One that comes before.
CASE(InTime) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  std::thread sender([&] {
    usleep(100'000);
    SendAll(pair.client, "x");
  });
  char byte;
  const long begin = Now();
  EQ(OK(read(pair.server, &byte, 1)), 1);
  TRUE(Now() - begin >= 95 * kMillisecond);
  sender.join();
}

// Each by its own clock.
CASE(TwoThreads) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  const int fd = Udp();
  std::thread other([&] {
    usleep(50'000);
    char byte;
    TimesOut([&] { return read(fd, &byte, 1); });
  });
  char byte;
  TimesOut([&] { return read(pair.server, &byte, 1); });
  other.join();
}

// Without one they wait on.
CASE(TakenBack) {
  Pair pair = Connected();
  WithTimeout(pair.server);
  const timeval none = {};
  OK(setsockopt(pair.server, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)));
  std::thread sender([&] {
    usleep(400'000);
    SendAll(pair.client, "x");
  });
  char byte;
  EQ(OK(read(pair.server, &byte, 1)), 1);
  sender.join();
}
