// One socket used for one connection after another: connect(2) again after a
// refusal or connect(AF_UNSPEC), with duplicates and epoll sets that know it.
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

// A socket whose non-blocking connect was refused, and the address, where
// somebody listens from now on.
struct Refused {
  int fd;
  int listener;
};

void ConnectRefused(int fd, const Address& address) {
  ERRNO(ConnectTo(fd, address), EINPROGRESS);
  PollFor(fd, POLLOUT);
}

Refused RefusedOnce(int fd = Tcp(AF_INET, SOCK_NONBLOCK)) {
  int listener = Tcp();
  OK(BindTo(listener, Ip("127.0.0.1", 0)));
  ConnectRefused(fd, LocalOf(listener));
  OK(listen(listener, 16));
  return {fd, listener};
}

void Disconnect(int fd) {
  sockaddr unspec = {};
  unspec.sa_family = AF_UNSPEC;
  OK(connect(fd, &unspec, sizeof(unspec)));
}

void Add(int set, int fd, uint32_t events, uint64_t data) {
  epoll_event event = {events, {}};
  event.data.u64 = data;
  OK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
}

// The one event there is within ten seconds; its data.
uint64_t WaitFor(int set, uint32_t* events) {
  epoll_event event;
  EQ(OK(epoll_wait(set, &event, 1, 10'000)), 1);
  *events = event.events;
  return event.data.u64;
}

void ExpectTalk(int a, int b) {
  SendAll(a, "ping");
  EQ(ReadExactly(b, 4), "ping");
  SendAll(b, "pong");
  PollFor(a, POLLIN);
  EQ(ReadExactly(a, 4), "pong");
}

}  // namespace

// The first connect() afterwards tells what became of the one before.
CASE(ErrorThenConnected) {
  auto [fd, listener] = RefusedOnce();
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNREFUSED);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), 0);
  ExpectTalk(fd, OK(accept(listener, nullptr, nullptr)));
}

CASE(ErrorThenIdle) {
  auto [fd, listener] = RefusedOnce();
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNREFUSED);
  BITS(fd, POLLOUT | POLLHUP);
}

CASE(RegisteredWhileRefused) {
  int set = OK(epoll_create1(0));
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  Add(set, fd, EPOLLOUT | EPOLLRDHUP | EPOLLET, 0x1234567890abcdef);
  auto [same, listener] = RefusedOnce(fd);
  uint32_t events;
  EQ(WaitFor(set, &events), 0x1234567890abcdefu);
  TRUE(events & EPOLLERR);
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNREFUSED);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  do {
    EQ(WaitFor(set, &events), 0x1234567890abcdefu);
  } while (events & EPOLLHUP);
  EQ(events, EPOLLOUT);
  int server = OK(accept(listener, nullptr, nullptr));
  ExpectTalk(fd, server);
  OK(close(server));
  do {
    EQ(WaitFor(set, &events), 0x1234567890abcdefu);
  } while (!(events & EPOLLRDHUP));
}

CASE(RegistrationCanBeChanged) {
  int set = OK(epoll_create1(0));
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  Add(set, fd, EPOLLIN, 1);
  auto [same, listener] = RefusedOnce(fd);
  ERRNO(ConnectTo(fd, LocalOf(listener)), ECONNREFUSED);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  epoll_event event = {EPOLLOUT, {}};
  event.data.u64 = 2;
  OK(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event));
  uint32_t events;
  EQ(WaitFor(set, &events), 2u);
  EQ(events, EPOLLOUT);
  ERRNO(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), EEXIST);
  OK(epoll_ctl(set, EPOLL_CTL_DEL, fd, nullptr));
  EQ(OK(epoll_wait(set, &event, 1, 0)), 0);
}

CASE(TwoSetsAndADuplicate) {
  int sets[2] = {OK(epoll_create1(0)), OK(epoll_create1(0))};
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  int copy = OK(fcntl(fd, F_DUPFD_CLOEXEC, 40));
  auto [same, listener] = RefusedOnce(fd);
  Add(sets[0], fd, EPOLLIN, 1);
  Add(sets[1], copy, EPOLLIN, 2);
  ERRNO(ConnectTo(copy, LocalOf(listener)), ECONNREFUSED);
  ERRNO(ConnectTo(copy, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  int server = OK(accept(listener, nullptr, nullptr));
  ExpectTalk(fd, server);
  ExpectTalk(copy, server);
  EQ(OK(fcntl(copy, F_GETFD)), FD_CLOEXEC);
  EQ(OK(fcntl(fd, F_GETFD)), 0);
  SendAll(server, "x");
  uint32_t events;
  EQ(WaitFor(sets[0], &events), 1u);
  EQ(WaitFor(sets[1], &events), 2u);
}

CASE(DisconnectedThenAgainInASet) {
  int set = OK(epoll_create1(0));
  int first = Listener(), second = Listener();
  int fd = Tcp();
  Add(set, fd, EPOLLIN, 7);
  OK(ConnectTo(fd, LocalOf(first)));
  ExpectTalk(fd, OK(accept(first, nullptr, nullptr)));
  Disconnect(fd);
  OK(ConnectTo(fd, LocalOf(second)));
  int server = OK(accept(second, nullptr, nullptr));
  ExpectTalk(fd, server);
  SendAll(server, "x");
  uint32_t events;
  EQ(WaitFor(set, &events), 7u);
  EQ(events, EPOLLIN);
}

CASE(ManyTimes) {
  int fd = Tcp(AF_INET, SOCK_NONBLOCK);
  int set = OK(epoll_create1(0));
  Add(set, fd, EPOLLIN, 1);
  for (int i = 0; i < 20; ++i) {
    Refused refused = RefusedOnce(fd);
    ERRNO(ConnectTo(fd, LocalOf(refused.listener)), ECONNREFUSED);
    OK(close(refused.listener));
  }
  auto [same, listener] = RefusedOnce(fd);
  Disconnect(fd);
  ERRNO(ConnectTo(fd, LocalOf(listener)), EINPROGRESS);
  PollFor(fd, POLLOUT);
  ExpectTalk(fd, OK(accept(listener, nullptr, nullptr)));
}
