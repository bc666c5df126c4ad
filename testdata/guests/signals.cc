// Signals against calls that block: what is interrupted, what is restarted,
// what is delivered (signal(7)).
#include <netinet/tcp.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/interrupt.h"
#include "testdata/guests/sockets.h"

using namespace guest;

CASE(AcceptInterrupted) {
  int listener = Listener();
  Interrupted([&] { ERRNO(accept(listener, nullptr, nullptr), EINTR); });
}

CASE(AcceptInterruptedLosesNothing) {
  // The connection that comes after the signal is still there.
  int listener = Listener();
  Interrupted([&] { ERRNO(accept(listener, nullptr, nullptr), EINTR); });
  int fd = Tcp();
  OK(ConnectTo(fd, LocalOf(listener)));
  SendAll(fd, "x");
  EQ(ReadExactly(OK(accept(listener, nullptr, nullptr)), 1), "x");
}

CASE(AcceptRestarted) {
  int listener = Listener();
  Address address = LocalOf(listener);
  int server = -1;
  Restarted([&] { server = OK(accept(listener, nullptr, nullptr)); },
            [&] { OK(ConnectTo(Tcp(), address)); });
  TRUE(server >= 0);
}

CASE(AcceptWithTimeoutIsNotRestarted) {
  int listener = Listener();
  timeval timeout = {30, 0};
  OK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
  Interrupted([&] { ERRNO(accept(listener, nullptr, nullptr), EINTR); });
}

CASE(ConnectInterrupted) {
  // The handshake goes on in the background. The signal comes when it has
  // begun: what is answered from outside the kernel can be interrupted before
  // anybody has heard of it.
  Pending pending = Connecting();
  int fd = Tcp();
  Address address = LocalOf(pending.listener);
  Interrupted([&] { ERRNO(ConnectTo(fd, address), EINTR); },
              [&] { return TcpState(fd) == TCP_SYN_SENT; });
  SetNonBlocking(fd, true);
  ERRNO(ConnectTo(fd, address), EALREADY);
}

CASE(ConnectInterruptedThenEstablished) {
  Pending pending = Connecting();
  OK(close(pending.fd));
  int fd = Tcp();
  Address address = LocalOf(pending.listener);
  Interrupted([&] { ERRNO(ConnectTo(fd, address), EINTR); },
              [&] { return TcpState(fd) == TCP_SYN_SENT; });
  OK(accept(pending.listener, nullptr, nullptr));
  PollFor(fd, POLLOUT);
  EQ(SoError(fd), 0);
  OK(ConnectTo(fd, address));
}

CASE(ConnectRestarted) {
  Pending pending = Connecting();
  OK(close(pending.fd));
  int fd = Tcp();
  Restarted([&] { OK(ConnectTo(fd, LocalOf(pending.listener))); },
            [&] { OK(accept(pending.listener, nullptr, nullptr)); });
}

CASE(ReadInterrupted) {
  Pair pair = Connected();
  char byte;
  Interrupted([&] { ERRNO(read(pair.client, &byte, 1), EINTR); });
}

CASE(ReadRestarted) {
  Pair pair = Connected();
  Restarted([&] { EQ(ReadExactly(pair.client, 1), "x"); },
            [&] { SendAll(pair.server, "x"); });
}

CASE(ReceiveMessageInterrupted) {
  Pair pair = Connected();
  char byte;
  iovec vector = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  Interrupted([&] { ERRNO(recvmsg(pair.client, &message, 0), EINTR); });
}

CASE(WriteInterrupted) {
  Pair pair = Connected();
  FillUp(pair.client);
  Interrupted([&] { ERRNO(write(pair.client, "x", 1), EINTR); });
}

CASE(ReadWithTimeoutIsNotRestarted) {
  Pair pair = Connected();
  timeval timeout = {30, 0};
  OK(setsockopt(pair.client, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                sizeof(timeout)));
  char byte;
  Interrupted([&] { ERRNO(read(pair.client, &byte, 1), EINTR); });
}

// poll, select and epoll_wait are never restarted.
CASE(PollInterrupted) {
  pollfd entry = {Connected().client, POLLIN, 0};
  Interrupted([&] { ERRNO(poll(&entry, 1, -1), EINTR); });
}

CASE(PollWithTimeoutInterrupted) {
  pollfd entry = {Connected().client, POLLIN, 0};
  Interrupted([&] { ERRNO(poll(&entry, 1, 30'000), EINTR); });
}

CASE(SelectInterrupted) {
  int fd = Connected().client;
  Interrupted([&] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval timeout = {30, 0};
    ERRNO(select(fd + 1, &set, nullptr, nullptr, &timeout), EINTR);
  });
}

CASE(EpollInterrupted) {
  int epoll = OK(epoll_create1(0));
  epoll_event event;
  Interrupted([&] { ERRNO(epoll_wait(epoll, &event, 1, -1), EINTR); });
}

CASE(EpollWithTimeoutInterrupted) {
  int epoll = OK(epoll_create1(0));
  epoll_event event;
  Interrupted([&] { ERRNO(epoll_wait(epoll, &event, 1, 30'000), EINTR); });
}

namespace {

// Signals once the other thread has slept for a while: a call that a signal
// ends before the emulation has seen it leaves nothing behind.
bool Later() {
  poll(nullptr, 0, 20);
  return true;
}

}  // namespace

CASE(NanosleepInterruptedTellsTheRest) {
  Interrupted(
      [&] {
        timespec time = {30, 0}, rest = {};
        ERRNO(nanosleep(&time, &rest), EINTR);
        TRUE(rest.tv_sec > 0 && rest.tv_sec <= 30);
      },
      Later);
}

CASE(NanosleepInPlace) {
  // As sleep(3) has it: the rest takes the place of the request.
  Interrupted([&] {
    timespec time = {30, 0};
    ERRNO(nanosleep(&time, &time), EINTR);
    TRUE(time.tv_sec > 0 && time.tv_sec <= 30);
  });
  timespec time = {0, 20'000'000};
  OK(nanosleep(&time, &time));
  EQ(time.tv_nsec, 20'000'000);
}

CASE(ClockNanosleepInterrupted) {
  Interrupted(
      [&] {
        timespec time = {30, 0}, rest = {};
        EQ(clock_nanosleep(CLOCK_REALTIME, 0, &time, &rest), EINTR);
        TRUE(rest.tv_sec > 0 && rest.tv_sec <= 30);
      },
      Later);
}

CASE(SleepTellsTheRest) {
  std::thread sleeper([] {
    timespec before;
    OK(clock_gettime(CLOCK_MONOTONIC, &before));
    timespec time = {100, 0};
    ERRNO(nanosleep(&time, &time), EINTR);
    timespec after;
    OK(clock_gettime(CLOCK_MONOTONIC, &after));
    long slept = after.tv_sec - before.tv_sec;
    TRUE(time.tv_sec >= 98 - slept && time.tv_sec <= 100 - slept);
  });
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  OK(sigaction(SIGUSR1, &action, nullptr));
  poll(nullptr, 0, 1'500);
  EQ(pthread_kill(sleeper.native_handle(), SIGUSR1), 0);
  sleeper.join();
}

CASE(ClockNanosleepAbsoluteInterrupted) {
  Interrupted([&] {
    timespec time;
    OK(clock_gettime(CLOCK_MONOTONIC, &time));
    time.tv_sec += 30;
    EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr), EINTR);
  });
}

CASE(PauseInterrupted) {
  Interrupted([] { ERRNO(pause(), EINTR); });
}

CASE(SemaphoreWaitInterrupted) {
  sem_t never;
  sem_init(&never, 0, 0);
  Interrupted([&] {
    timespec until;
    OK(clock_gettime(CLOCK_REALTIME, &until));
    until.tv_sec += 30;
    ERRNO(sem_timedwait(&never, &until), EINTR);
  });
}
