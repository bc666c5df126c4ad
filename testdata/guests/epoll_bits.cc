// The same readiness through epoll: level, edge and one-shot.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int kIdle = EPOLLOUT | EPOLLHUP;
constexpr int kFin = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
constexpr int kDone = kFin | EPOLLHUP;
constexpr int kReset = kDone | EPOLLERR;

// An epoll instance that watches one descriptor.
class Watch {
 public:
  explicit Watch(int fd, uint32_t flags = 0)
      : epoll_(OK(epoll_create1(0))), fd_(fd) {
    Control(EPOLL_CTL_ADD, kAllBits | flags);
  }
  void Control(int operation, uint32_t events) {
    epoll_event event = {events, {}};
    event.data.fd = fd_;
    OK(epoll_ctl(epoll_, operation, fd_, &event));
  }
  // Events there are now; 0 when none.
  uint32_t Now(int timeout = 0) {
    epoll_event event = {};
    if (OK(epoll_wait(epoll_, &event, 1, timeout)) == 0) return 0;
    EQ(event.data.fd, fd_);
    return event.events;
  }
  uint32_t Next() {
    uint32_t events = Now(10'000);
    TRUE(events != 0);
    return events;
  }
  int epoll() const { return epoll_; }

 private:
  int epoll_;
  int fd_;
};

#define EVENTS(got, wanted) EQ(PollBits(got), PollBits(wanted))

int Refused() {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  PollFor(fd, POLLOUT);
  return fd;
}

}  // namespace

CASE(LevelUnconnected) {
  Watch watch(Tcp());
  EVENTS(watch.Now(), kIdle);
  EVENTS(watch.Now(), kIdle);
}

CASE(LevelConnecting) { EVENTS(Watch(Connecting().fd).Now(), 0); }

CASE(LevelConnectingThenEstablished) {
  Pending pending = Connecting();
  Watch watch(pending.fd);
  OK(accept(pending.listener, nullptr, nullptr));
  EVENTS(watch.Next(), EPOLLOUT);
}

CASE(LevelRefused) {
  int fd = Refused();
  Watch watch(fd);
  EVENTS(watch.Now(), kReset);
  EQ(SoError(fd), ECONNREFUSED);
  EVENTS(watch.Now(), kDone);
}

CASE(LevelEstablished) {
  Pair pair = Connected();
  Watch watch(pair.client);
  EVENTS(watch.Now(), EPOLLOUT);
  SendAll(pair.server, "x");
  PollFor(pair.client, POLLIN);
  EVENTS(watch.Now(), EPOLLIN | EPOLLOUT);
  EVENTS(watch.Now(), EPOLLIN | EPOLLOUT);
  ReadExactly(pair.client, 1);
  EVENTS(watch.Now(), EPOLLOUT);
}

CASE(LevelPeerFin) {
  Pair pair = Connected();
  Watch watch(pair.client);
  OK(shutdown(pair.server, SHUT_WR));
  PollFor(pair.client, POLLRDHUP);
  EVENTS(watch.Now(), kFin);
}

CASE(LevelPeerReset) {
  Pair pair = Connected();
  Watch watch(pair.client);
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  EVENTS(watch.Now(), kReset);
}

CASE(LevelBothShut) {
  Pair pair = Connected();
  Watch watch(pair.client);
  OK(shutdown(pair.client, SHUT_RDWR));
  EVENTS(watch.Now(), kDone);
}

CASE(LevelListener) {
  int listener = Listener();
  Watch watch(listener);
  EVENTS(watch.Now(), 0);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  EVENTS(watch.Next(), EPOLLIN);
  EVENTS(watch.Now(), EPOLLIN);
  OK(accept(listener, nullptr, nullptr));
  EVENTS(watch.Now(), 0);
}

CASE(LevelBufferFull) {
  Pair pair = Connected();
  Watch watch(pair.client);
  size_t total = FillUp(pair.client);
  EVENTS(watch.Now(), 0);
  ReadExactly(pair.server, total);
  EVENTS(watch.Next(), EPOLLOUT);
}

CASE(LevelHupWithoutAsking) {
  int fd = Tcp();
  Watch watch(fd);
  watch.Control(EPOLL_CTL_MOD, 0);
  EVENTS(watch.Now(), EPOLLHUP);
}

CASE(EdgeEstablishedOnce) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  EVENTS(watch.Now(), EPOLLOUT);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeConnectCompletes) {
  // Registered while unconnected, as event loops do; the registration outlives
  // connect.
  int listener = Listener();
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  Watch watch(fd, EPOLLET);
  EVENTS(watch.Now(), kIdle);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  EVENTS(watch.Next(), EPOLLOUT);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeConnectCompletesLate) {
  Pending pending = Connecting();
  Watch watch(pending.fd, EPOLLET);
  EVENTS(watch.Now(), 0);
  OK(accept(pending.listener, nullptr, nullptr));
  EVENTS(watch.Next(), EPOLLOUT);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeConnectRefused) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  Watch watch(fd, EPOLLET);
  watch.Now();
  ERRNO(ConnectTo(fd, Unused()), EINPROGRESS);
  EVENTS(watch.Next(), kReset);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeData) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  EVENTS(watch.Now(), EPOLLOUT);
  SendAll(pair.server, "x");
  EVENTS(watch.Next(), EPOLLIN | EPOLLOUT);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeMoreDataWhileUnread) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  watch.Now();
  SendAll(pair.server, "x");
  EVENTS(watch.Next(), EPOLLIN | EPOLLOUT);
  SendAll(pair.server, "y");
  EVENTS(watch.Next(), EPOLLIN | EPOLLOUT);
}

CASE(EdgePartialReadGivesNoEdge) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  watch.Now();
  SendAll(pair.server, "xyz");
  watch.Next();
  ReadExactly(pair.client, 1);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeFin) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  watch.Now();
  OK(shutdown(pair.server, SHUT_WR));
  EVENTS(watch.Next(), kFin);
  EVENTS(watch.Now(), 0);
}

CASE(EdgeReset) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  watch.Now();
  Abort(pair.server);
  EVENTS(watch.Next(), kReset);
}

CASE(EdgeListener) {
  int listener = Listener();
  Watch watch(listener, EPOLLET);
  EVENTS(watch.Now(), 0);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  EVENTS(watch.Next(), EPOLLIN);
  EVENTS(watch.Now(), 0);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  EVENTS(watch.Next(), EPOLLIN);
}

CASE(EdgeBufferDrained) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  watch.Now();
  size_t total = FillUp(pair.client);
  EVENTS(watch.Now(), 0);
  ReadExactly(pair.server, total);
  EVENTS(watch.Next(), EPOLLOUT);
}

CASE(EdgeModRearms) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLET);
  EVENTS(watch.Now(), EPOLLOUT);
  EVENTS(watch.Now(), 0);
  watch.Control(EPOLL_CTL_MOD, EPOLLET | kAllBits);
  EVENTS(watch.Now(), EPOLLOUT);
}

CASE(OneShotDisarms) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLONESHOT);
  EVENTS(watch.Now(), EPOLLOUT);
  EVENTS(watch.Now(), 0);
  SendAll(pair.server, "x");
  PollFor(pair.client, POLLIN);
  EVENTS(watch.Now(), 0);
  watch.Control(EPOLL_CTL_MOD, EPOLLONESHOT | EPOLLIN);
  EVENTS(watch.Now(), EPOLLIN);
  EVENTS(watch.Now(), 0);
}

CASE(OneShotListener) {
  int listener = Listener();
  Watch watch(listener, EPOLLONESHOT);
  OK(ConnectTo(Tcp(), LocalOf(listener)));
  EVENTS(watch.Next(), EPOLLIN);
  EVENTS(watch.Now(), 0);
}

CASE(OneShotHidesReset) {
  Pair pair = Connected();
  Watch watch(pair.client, EPOLLONESHOT);
  watch.Now();
  Abort(pair.server);
  PollFor(pair.client, POLLIN);
  EVENTS(watch.Now(), 0);
}

CASE(NestedEpoll) {
  Pair pair = Connected();
  Watch inner(pair.client);
  inner.Control(EPOLL_CTL_MOD, EPOLLIN);
  Watch outer(inner.epoll());
  EVENTS(outer.Now(), 0);
  SendAll(pair.server, "x");
  EVENTS(outer.Next(), EPOLLIN);
}

CASE(RegistrationEndsWithLastDescriptor) {
  Pair pair = Connected();
  Watch watch(pair.client);
  int copy = OK(dup(pair.client));
  OK(close(pair.client));
  EVENTS(watch.Now(), EPOLLOUT);
  OK(close(copy));
  EVENTS(watch.Now(), 0);
}

CASE(ControlErrors) {
  Pair pair = Connected();
  Watch watch(pair.client);
  epoll_event event = {EPOLLIN, {}};
  ERRNO(epoll_ctl(watch.epoll(), EPOLL_CTL_ADD, pair.client, &event), EEXIST);
  ERRNO(epoll_ctl(watch.epoll(), EPOLL_CTL_MOD, pair.server, &event), ENOENT);
  ERRNO(epoll_ctl(watch.epoll(), EPOLL_CTL_DEL, pair.server, nullptr), ENOENT);
  ERRNO(epoll_ctl(pair.client, EPOLL_CTL_ADD, pair.server, &event), EINVAL);
  ERRNO(epoll_ctl(watch.epoll(), EPOLL_CTL_ADD, 999, &event), EBADF);
}

CASE(ManySocketsOneEpoll) {
  int epoll = OK(epoll_create1(0));
  constexpr int kCount = 50;
  Pair pairs[kCount];
  for (int i = 0; i < kCount; ++i) {
    pairs[i] = Connected();
    epoll_event event = {EPOLLIN, {}};
    event.data.u32 = i;
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, pairs[i].server, &event));
  }
  for (int i = 0; i < kCount; i += 5) SendAll(pairs[i].client, "x");
  for (int i = 0; i < kCount; i += 5) PollFor(pairs[i].server, POLLIN);
  epoll_event events[kCount];
  int count = OK(epoll_wait(epoll, events, kCount, 0));
  EQ(count, kCount / 5);
  for (int i = 0; i < count; ++i) EQ(events[i].data.u32 % 5, 0);
}
