// poll, select, epoll and their kin: the timeout runs out, never early, or
// something native (another thread, another process) ends the wait. On a
// virtual clock a timeout costs no wall time; what is checked is the clock that
// a guest can see.
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

void PpollIn(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  timespec timeout = Spec(kLong);
  EQ(OK(ppoll(&entry, 1, &timeout, nullptr)), 1);
}

void SelectIn(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  timeval timeout = {30, 0};
  EQ(OK(select(fd + 1, &set, nullptr, nullptr, &timeout)), 1);
  TRUE(FD_ISSET(fd, &set));
}

void PselectIn(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  timespec timeout = Spec(kLong);
  EQ(OK(pselect(fd + 1, &set, nullptr, nullptr, &timeout, nullptr)), 1);
}

int EpollOf(int fd) {
  int epoll = OK(epoll_create1(0));
  epoll_event event = {EPOLLIN, {}};
  OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
  return epoll;
}

void EpollIn(int fd) {
  epoll_event event;
  EQ(OK(epoll_wait(EpollOf(fd), &event, 1, kLong / kMillisecond)), 1);
}

void EpollPwaitIn(int fd) {
  epoll_event event;
  EQ(OK(epoll_pwait(EpollOf(fd), &event, 1, kLong / kMillisecond, nullptr)), 1);
}

int EpollPwait2(int epoll, epoll_event* event, const timespec* timeout) {
  return syscall(SYS_epoll_pwait2, epoll, event, 1, timeout, nullptr, 8);
}

void EpollPwait2In(int fd) {
  epoll_event event;
  timespec timeout = Spec(kLong);
  EQ(OK(EpollPwait2(EpollOf(fd), &event, &timeout)), 1);
}

}  // namespace

CASE(PollTimeout) {
  pollfd entry = {Pipe().read_end, POLLIN, 0};
  TakesAtLeast(kShort, [&] { EQ(OK(poll(&entry, 1, 30)), 0); });
  EQ(entry.revents, 0);
}

CASE(PollOfNothingTimeout) {
  TakesAtLeast(kShort, [] { EQ(OK(poll(nullptr, 0, 30)), 0); });
}

CASE(PollZeroTimeout) {
  pollfd entry = {Pipe().read_end, POLLIN, 0};
  EQ(OK(poll(&entry, 1, 0)), 0);
}

CASE(PollWokenByThread) { WokenByThread(PollIn); }

CASE(PollWokenByProcess) { WokenByProcess(PollIn); }

CASE(PpollTimeout) {
  TakesAtLeast(kShort, [] {
    timespec timeout = Spec(kShort);
    EQ(OK(ppoll(nullptr, 0, &timeout, nullptr)), 0);
    // glibc hides that the kernel writes the rest back.
    EQ(timeout.tv_nsec, kShort);
  });
}

CASE(PpollRawWritesRestBack) {
  timespec timeout = Spec(kShort);
  EQ(OK(syscall(SYS_ppoll, nullptr, 0, &timeout, nullptr, 8)), 0);
  EQ(timeout.tv_sec, 0);
  EQ(timeout.tv_nsec, 0);
}

CASE(PpollWokenByThread) { WokenByThread(PpollIn); }

CASE(PpollWokenByProcess) { WokenByProcess(PpollIn); }

// Who looks without waiting until something else happens gets there.
CASE(PpollsWithoutTimeoutTakeTime) {
  int ends[2];
  OK(pipe(ends));
  OK(write(ends[1], "x", 1));
  const int64_t begin = Now();
  for (int i = 0; Now() - begin < kMillisecond; ++i) {
    TRUE(i < 100'000);
    pollfd entry = {ends[0], POLLIN, 0};
    timespec none = {};
    EQ(OK(ppoll(&entry, 1, &none, nullptr)), 1);
  }
}

CASE(PpollBadTimeout) {
  timespec timeout = {0, 1'000'000'000};
  ERRNO(ppoll(nullptr, 0, &timeout, nullptr), EINVAL);
  timeout = {-1, 0};
  ERRNO(ppoll(nullptr, 0, &timeout, nullptr), EINVAL);
  ERRNO(syscall(SYS_ppoll, nullptr, 0, Garbage(), nullptr, 8), EFAULT);
}

CASE(SelectTimeout) {
  int fd = Pipe().read_end;
  TakesAtLeast(kShort, [&] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval timeout = {0, 30'000};
    EQ(OK(select(fd + 1, &set, nullptr, nullptr, &timeout)), 0);
    TRUE(!FD_ISSET(fd, &set));
    // Linux tells what is left.
    EQ(timeout.tv_sec, 0);
    EQ(timeout.tv_usec, 0);
  });
}

CASE(SelectWokenByThread) { WokenByThread(SelectIn); }

CASE(SelectWokenByProcess) { WokenByProcess(SelectIn); }

CASE(SelectTellsTheRest) {
  Pipe pipe;
  OK(write(pipe.write_end, "x", 1));
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe.read_end, &set);
  timeval timeout = {30, 0};
  EQ(OK(select(pipe.read_end + 1, &set, nullptr, nullptr, &timeout)), 1);
  TRUE(timeout.tv_sec >= 29);
}

CASE(SelectErrors) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(300, &set);
  timeval timeout = {0, 0};
  ERRNO(select(301, &set, nullptr, nullptr, &timeout), EBADF);
  ERRNO(select(-1, nullptr, nullptr, nullptr, &timeout), EINVAL);
  timeout = {-1, 0};
  ERRNO(select(0, nullptr, nullptr, nullptr, &timeout), EINVAL);
}

CASE(PselectTimeout) {
  TakesAtLeast(kShort, [] {
    timespec timeout = Spec(kShort);
    EQ(OK(pselect(0, nullptr, nullptr, nullptr, &timeout, nullptr)), 0);
  });
}

CASE(PselectWokenByThread) { WokenByThread(PselectIn); }

CASE(PselectWokenByProcess) { WokenByProcess(PselectIn); }

CASE(EpollTimeout) {
  int epoll = EpollOf(Pipe().read_end);
  epoll_event event;
  TakesAtLeast(kShort, [&] { EQ(OK(epoll_wait(epoll, &event, 1, 30)), 0); });
}

CASE(EpollWokenByThread) { WokenByThread(EpollIn); }

CASE(EpollWokenByProcess) { WokenByProcess(EpollIn); }

CASE(EpollErrors) {
  epoll_event event;
  int epoll = OK(epoll_create1(0));
  ERRNO(epoll_wait(epoll, &event, 0, 0), EINVAL);
  volatile int negative = -1;
  ERRNO(epoll_wait(epoll, &event, negative, 0), EINVAL);
  ERRNO(epoll_wait(-1, &event, 1, 30), EBADF);
  ERRNO(epoll_wait(Tcp(), &event, 1, 30), EINVAL);
}

CASE(EpollGarbage) {
  Pipe pipe;
  OK(write(pipe.write_end, "x", 1));
  auto* bad = static_cast<epoll_event*>(Garbage());
  ERRNO(epoll_wait(EpollOf(pipe.read_end), bad, 1, 30), EFAULT);
}

CASE(EpollPwaitTimeout) {
  int epoll = OK(epoll_create1(0));
  epoll_event event;
  TakesAtLeast(kShort,
               [&] { EQ(OK(epoll_pwait(epoll, &event, 1, 30, nullptr)), 0); });
}

CASE(EpollPwaitWokenByThread) { WokenByThread(EpollPwaitIn); }

CASE(EpollPwait2Timeout) {
  int epoll = OK(epoll_create1(0));
  epoll_event event;
  TakesAtLeast(kShort, [&] {
    timespec timeout = Spec(kShort);
    EQ(OK(EpollPwait2(epoll, &event, &timeout)), 0);
  });
}

CASE(EpollPwait2WokenByThread) { WokenByThread(EpollPwait2In); }

CASE(EpollPwait2WokenByProcess) { WokenByProcess(EpollPwait2In); }

CASE(EpollGrowsWhileWaitedOn) {
  // Another thread adds a ready descriptor to the set that is waited on.
  Pipe pipe;
  OK(write(pipe.write_end, "x", 1));
  int epoll = OK(epoll_create1(0));
  std::thread adder([&] {
    epoll_event event = {EPOLLIN, {}};
    OK(epoll_ctl(epoll, EPOLL_CTL_ADD, pipe.read_end, &event));
  });
  epoll_event event;
  IsWoken([&] { EQ(OK(epoll_wait(epoll, &event, 1, 30'000)), 1); });
  adder.join();
}

CASE(PollWokenByTcp) {
  Pair pair = Connected();
  std::thread writer([&] { SendAll(pair.client, "x"); });
  IsWoken([&] { PollIn(pair.server); });
  writer.join();
}

CASE(PollWokenByConnection) {
  int listener = Listener();
  Address address = LocalOf(listener);
  std::thread client([&] { OK(ConnectTo(Tcp(), address)); });
  IsWoken([&] { PollIn(listener); });
  client.join();
}

CASE(PollWokenByEventFd) {
  int fd = OK(eventfd(0, 0));
  std::thread writer([&] {
    uint64_t one = 1;
    OK(write(fd, &one, 8));
  });
  IsWoken([&] { PollIn(fd); });
  writer.join();
}

CASE(PollWokenByUnixSocket) {
  int ends[2];
  OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  std::thread writer([&] { SendAll(ends[0], "x"); });
  IsWoken([&] { PollIn(ends[1]); });
  writer.join();
}

CASE(PollWokenByHangUp) {
  Pipe pipe;
  std::thread closer([&] { OK(close(pipe.write_end)); });
  pollfd entry = {pipe.read_end, POLLIN, 0};
  IsWoken([&] { EQ(OK(poll(&entry, 1, 30'000)), 1); });
  EQ(entry.revents, POLLHUP);
  closer.join();
}

CASE(PollWokenByThreadThatWaitsAgain) {
  // The writer's last call before it sleeps again is no news to this poll by
  // itself: a parked wait is a claim, not a fact.
  Pipe pipe, never;
  for (int i = 0; i < 20; ++i) {
    std::thread writer([&] {
      pollfd entry = {never.read_end, POLLIN, 0};
      EQ(OK(poll(&entry, 1, 10)), 0);
      OK(write(pipe.write_end, "x", 1));
      EQ(OK(poll(&entry, 1, 20)), 0);
    });
    IsWoken([&] { PollIn(pipe.read_end); });
    char byte;
    EQ(OK(read(pipe.read_end, &byte, 1)), 1);
    writer.join();
  }
}

CASE(PollWokenByProcessThatWaitsAgain) {
  Pipe pipe, never;
  pid_t child = OK(fork());
  if (child == 0) {
    for (int i = 0; i < 20; ++i) {
      pollfd entry = {never.read_end, POLLIN, 0};
      EQ(OK(poll(&entry, 1, 10)), 0);
      OK(write(pipe.write_end, "x", 1));
    }
    _exit(0);
  }
  for (int i = 0; i < 20; ++i) {
    IsWoken([&] { PollIn(pipe.read_end); });
    char byte;
    EQ(OK(read(pipe.read_end, &byte, 1)), 1);
  }
  OK(waitpid(child, nullptr, 0));
}
