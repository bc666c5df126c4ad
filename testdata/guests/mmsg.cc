// sendmmsg(2) and recvmmsg(2): several datagrams in a call.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/interrupt.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kMost = 8;

// Room for datagrams, and what came.
struct Batch {
  char bytes[kMost][16] = {};
  iovec pieces[kMost];
  mmsghdr messages[kMost] = {};

  Batch() {
    for (int i = 0; i < kMost; ++i) {
      pieces[i] = {bytes[i], sizeof(bytes[i])};
      messages[i].msg_hdr.msg_iov = &pieces[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::string Text(int i) const {
    return std::string(bytes[i], messages[i].msg_len);
  }
};

// A connected pair: what one sends the other receives.
Pair Udp() {
  Pair pair = {OK(socket(AF_INET, SOCK_DGRAM, 0)),
               OK(socket(AF_INET, SOCK_DGRAM, 0))};
  OK(BindTo(pair.server, Ip("127.0.0.1", 0)));
  OK(ConnectTo(pair.client, LocalOf(pair.server)));
  OK(ConnectTo(pair.server, LocalOf(pair.client)));
  return pair;
}

}  // namespace

CASE(SendMany) {
  Pair pair = Udp();
  Batch batch;
  for (int i = 0; i < 3; ++i) {
    snprintf(batch.bytes[i], sizeof(batch.bytes[i]), "number %d", i);
    batch.pieces[i].iov_len = 8;
  }
  EQ(OK(sendmmsg(pair.client, batch.messages, 3, 0)), 3);
  EQ(batch.messages[2].msg_len, 8u);
  for (int i = 0; i < 3; ++i) {
    EQ(ReadExactly(pair.server, 8), "number " + std::to_string(i));
  }
}

CASE(ReceiveWhatIsThere) {
  Pair pair = Udp();
  SendAll(pair.client, "one");
  SendAll(pair.client, "three");
  Batch batch;
  EQ(OK(recvmmsg(pair.server, batch.messages, kMost, MSG_DONTWAIT, nullptr)),
     2);
  EQ(batch.Text(0), "one");
  EQ(batch.Text(1), "three");
  ERRNO(recvmmsg(pair.server, batch.messages, kMost, MSG_DONTWAIT, nullptr),
        EAGAIN);
  EQ(OK(recvmmsg(pair.server, batch.messages, 0, MSG_DONTWAIT, nullptr)), 0);
}

CASE(WaitsForAll) {
  Pair pair = Udp();
  SendAll(pair.client, "first");
  std::thread sender([&] {
    for (const char* text : {"second", "third"}) {
      poll(nullptr, 0, 20);
      SendAll(pair.client, text);
    }
  });
  Batch batch;
  EQ(OK(recvmmsg(pair.server, batch.messages, 3, 0, nullptr)), 3);
  EQ(batch.Text(0), "first");
  EQ(batch.Text(1), "second");
  EQ(batch.Text(2), "third");
  sender.join();
}

CASE(WaitsForOne) {
  Pair pair = Udp();
  std::thread sender([&] {
    poll(nullptr, 0, 20);
    SendAll(pair.client, "only");
  });
  Batch batch;
  EQ(OK(recvmmsg(pair.server, batch.messages, kMost, MSG_WAITFORONE, nullptr)),
     1);
  EQ(batch.Text(0), "only");
  sender.join();
}

// The timeout is looked at after each message.
CASE(TimeoutEndsTheBatch) {
  Pair pair = Udp();
  for (int i = 0; i < 3; ++i) SendAll(pair.client, "x");
  Batch batch;
  timespec none = {0, 0};
  EQ(OK(recvmmsg(pair.server, batch.messages, kMost, 0, &none)), 1);
  EQ(none.tv_sec, 0);
  EQ(none.tv_nsec, 0);
}

CASE(TimeoutTellsTheRest) {
  Pair pair = Udp();
  SendAll(pair.client, "x");
  SendAll(pair.client, "y");
  Batch batch;
  timespec timeout = {100, 0};
  EQ(OK(recvmmsg(pair.server, batch.messages, 2, 0, &timeout)), 2);
  TRUE(timeout.tv_sec == 99 || timeout.tv_sec == 100);
}

CASE(TimeoutOfAnEarlierMessage) {
  // The first is waited for; then time is up.
  Pair pair = Udp();
  std::thread sender([&] {
    poll(nullptr, 0, 50);
    SendAll(pair.client, "late");
    SendAll(pair.client, "later");
  });
  Batch batch;
  timespec timeout = {0, 10'000'000};
  EQ(OK(recvmmsg(pair.server, batch.messages, kMost, 0, &timeout)), 1);
  EQ(batch.Text(0), "late");
  sender.join();
}

CASE(BadTimeout) {
  Pair pair = Udp();
  Batch batch;
  timespec bad = {0, 1'000'000'000};
  ERRNO(recvmmsg(pair.server, batch.messages, 1, 0, &bad), EINVAL);
}

CASE(InterruptedWithSome) {
  Pair pair = Udp();
  SendAll(pair.client, "one");
  SendAll(pair.client, "two");
  Batch batch;
  InterruptedAllTheSame(
      [&] { EQ(OK(recvmmsg(pair.server, batch.messages, 3, 0, nullptr)), 2); });
  EQ(batch.Text(0), "one");
  EQ(batch.Text(1), "two");
}

CASE(InterruptedWithSomeUnderATimeout) {
  Pair pair = Udp();
  timeval timeout = {30, 0};
  OK(setsockopt(pair.server, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                sizeof(timeout)));
  SendAll(pair.client, "one");
  Batch batch;
  InterruptedAllTheSame(
      [&] { EQ(OK(recvmmsg(pair.server, batch.messages, 3, 0, nullptr)), 1); });
  EQ(batch.Text(0), "one");
}

CASE(InterruptedLosesNothing) {
  Pair pair = Udp();
  SendAll(pair.client, "one");
  SendAll(pair.client, "two");
  Batch batch;
  int got = 0;
  Interrupted([&] {
    got = recvmmsg(pair.server, batch.messages, 3, 0, nullptr);
    // Linux says 2; without them, they are still there.
    if (got < 0) EQ(errno, EINTR);
  });
  SendAll(pair.client, "three");
  SoError(pair.server);  // Linux notes the signal there (do_recvmmsg)
  for (int i = std::max(got, 0); i < 3; ++i) {
    EQ(OK(recv(pair.server, batch.bytes[i], 16, 0)), i == 2 ? 5 : 3);
  }
  EQ(std::string(batch.bytes[0]), "one");
  EQ(std::string(batch.bytes[1]), "two");
  EQ(std::string(batch.bytes[2]), "three");
  EQ(PollNow(pair.server, POLLIN), 0);
}

CASE(InterruptedWithNothing) {
  Pair pair = Udp();
  Batch batch;
  Interrupted([&] {
    ERRNO(recvmmsg(pair.server, batch.messages, 3, 0, nullptr), EINTR);
  });
}
