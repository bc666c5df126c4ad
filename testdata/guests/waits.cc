// Every call that waits: its timeout runs out, never early, and it is woken by
// something native (another thread, another process). On a virtual clock a
// timeout costs no wall time; what is checked is the clock a guest can see.
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kShort = 30 * kMillisecond;
// A timeout that would be noticed.
constexpr int64_t kLong = 30'000 * kMillisecond;

timespec Spec(int64_t nanos) {
  return {nanos / 1'000'000'000, nanos % 1'000'000'000};
}

int64_t Now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now;
  OK(clock_gettime(clock, &now));
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Runs `wait`, which must take at least `nanos` of the monotonic clock.
void TakesAtLeast(int64_t nanos, const std::function<void()>& wait) {
  int64_t before = Now();
  wait();
  int64_t taken = Now() - before;
  if (taken < nanos) EQ(taken, nanos);
}

// Runs `wait`, which must end long before kLong.
void IsWoken(const std::function<void()>& wait) {
  int64_t before = Now();
  wait();
  TRUE(Now() - before < kLong);
}

struct Pipe {
  Pipe() {
    int ends[2];
    OK(pipe(ends));
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end;
  int write_end;
};

// Something readable: a pipe another thread writes while the wait runs.
void WokenByThread(const std::function<void(int fd)>& wait) {
  Pipe pipe;
  std::thread writer([&] { OK(write(pipe.write_end, "x", 1)); });
  IsWoken([&] { wait(pipe.read_end); });
  writer.join();
}

// The same, written by another process.
void WokenByProcess(const std::function<void(int fd)>& wait) {
  Pipe pipe;
  pid_t child = OK(fork());
  if (child == 0) {
    (void)!write(pipe.write_end, "x", 1);
    _exit(0);
  }
  IsWoken([&] { wait(pipe.read_end); });
  OK(waitpid(child, nullptr, 0));
}

void PollIn(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, kLong / kMillisecond)), 1);
  EQ(entry.revents, POLLIN);
}

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

int Futex(uint32_t* word, int operation, uint32_t value,
          const timespec* timeout, uint32_t mask = 0) {
  return syscall(SYS_futex, word, operation, value, timeout, nullptr, mask);
}

sigset_t Block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  OK(pthread_sigmask(SIG_BLOCK, &set, nullptr));
  return set;
}

void AwaitSignal(const sigset_t& set, int wanted) {
  timespec timeout = Spec(kLong);
  EQ(OK(sigtimedwait(&set, nullptr, &timeout)), wanted);
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

CASE(Nanosleep) {
  TakesAtLeast(kShort, [] {
    timespec time = Spec(kShort);
    OK(nanosleep(&time, nullptr));
  });
}
CASE(NanosleepBad) {
  timespec time = {0, 1'000'000'000};
  ERRNO(nanosleep(&time, nullptr), EINVAL);
  time = {-1, 0};
  ERRNO(nanosleep(&time, nullptr), EINVAL);
  ERRNO(nanosleep(static_cast<timespec*>(Garbage()), nullptr), EFAULT);
}
CASE(ClockNanosleepRelative) {
  for (clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME}) {
    TakesAtLeast(kShort, [&] {
      timespec time = Spec(kShort);
      EQ(clock_nanosleep(clock, 0, &time, nullptr), 0);
    });
  }
}
CASE(ClockNanosleepAbsolute) {
  for (clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME}) {
    int64_t until = Now(clock) + kShort;
    timespec time = Spec(until);
    EQ(clock_nanosleep(clock, TIMER_ABSTIME, &time, nullptr), 0);
    TRUE(Now(clock) >= until);
  }
}
CASE(ClockNanosleepInThePast) {
  timespec time = {1, 0};
  EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr), 0);
}
CASE(ClockNanosleepBad) {
  timespec time = Spec(kShort);
  EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, nullptr), EINVAL);
  EQ(clock_nanosleep(77, 0, &time, nullptr), EINVAL);
}

CASE(FutexTimeout) {
  uint32_t word = 1;
  timespec timeout = Spec(kShort);
  TakesAtLeast(kShort, [&] {
    ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 1, &timeout), ETIMEDOUT);
  });
}
CASE(FutexAbsoluteTimeout) {
  uint32_t word = 1;
  timespec until = Spec(Now() + kShort);
  TakesAtLeast(kShort - kMillisecond, [&] {
    ERRNO(Futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, ~0u), ETIMEDOUT);
  });
  TRUE(Now() >= until.tv_sec * 1'000'000'000 + until.tv_nsec);
}
CASE(FutexAbsoluteRealtime) {
  uint32_t word = 1;
  int64_t until = Now(CLOCK_REALTIME) + kShort;
  timespec time = Spec(until);
  ERRNO(Futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, &time,
              ~0u),
        ETIMEDOUT);
  TRUE(Now(CLOCK_REALTIME) >= until);
}
CASE(FutexOtherValue) {
  uint32_t word = 1;
  timespec timeout = Spec(kLong);
  ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 2, &timeout), EAGAIN);
}
CASE(FutexWoken) {
  std::atomic<uint32_t> word = 1;
  auto* address = reinterpret_cast<uint32_t*>(&word);
  std::thread waker([&] {
    word = 2;
    OK(Futex(address, FUTEX_WAKE_PRIVATE, 1, nullptr));
  });
  IsWoken([&] {
    timespec timeout = Spec(kLong);
    while (word == 1) Futex(address, FUTEX_WAIT_PRIVATE, 1, &timeout);
  });
  waker.join();
}
CASE(FutexWokenWithoutChange) {
  // FUTEX_WAKE alone, the word as it was: a waker that goes on until it met
  // the sleeper.
  uint32_t word = 1;
  std::thread waker([&] {
    while (OK(Futex(&word, FUTEX_WAKE_PRIVATE, 1, nullptr)) == 0) sched_yield();
  });
  timespec timeout = Spec(kLong);
  IsWoken([&] { OK(Futex(&word, FUTEX_WAIT_PRIVATE, 1, &timeout)); });
  waker.join();
}
CASE(FutexBad) {
  timespec timeout = {0, 1'000'000'000};
  uint32_t word = 1;
  ERRNO(Futex(&word, FUTEX_WAIT_PRIVATE, 1, &timeout), EINVAL);
  timeout = Spec(kShort);
  ERRNO(
      Futex(static_cast<uint32_t*>(Garbage()), FUTEX_WAIT_PRIVATE, 1, &timeout),
      EFAULT);
}
CASE(ConditionVariableTimeout) {
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock<std::mutex> lock(mutex);
  TakesAtLeast(kShort, [&] {
    EQ(condition.wait_for(lock, std::chrono::milliseconds(30)) ==
           std::cv_status::timeout,
       true);
  });
}
CASE(ConditionVariableWoken) {
  std::mutex mutex;
  std::condition_variable condition;
  bool ready = false;
  std::thread waker([&] {
    std::lock_guard<std::mutex> lock(mutex);
    ready = true;
    condition.notify_one();
  });
  IsWoken([&] {
    std::unique_lock<std::mutex> lock(mutex);
    TRUE(condition.wait_for(lock, std::chrono::seconds(30),
                            [&] { return ready; }));
  });
  waker.join();
}
CASE(SemaphoreTimeout) {
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  int64_t until = Now(CLOCK_REALTIME) + kShort;
  timespec time = Spec(until);
  ERRNO(sem_timedwait(&semaphore, &time), ETIMEDOUT);
  TRUE(Now(CLOCK_REALTIME) >= until);
}
CASE(MutexTimeout) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  EQ(pthread_mutex_lock(&mutex), 0);
  std::thread waiter([&] {
    timespec time = Spec(Now(CLOCK_REALTIME) + kShort);
    EQ(pthread_mutex_timedlock(&mutex, &time), ETIMEDOUT);
  });
  waiter.join();
}

CASE(SigtimedwaitTimeout) {
  sigset_t set = Block(SIGUSR1);
  timespec timeout = Spec(kShort);
  TakesAtLeast(kShort,
               [&] { ERRNO(sigtimedwait(&set, nullptr, &timeout), EAGAIN); });
}
CASE(SigtimedwaitPending) {
  sigset_t set = Block(SIGUSR1);
  OK(raise(SIGUSR1));
  AwaitSignal(set, SIGUSR1);
}
CASE(SigtimedwaitWokenByThread) {
  sigset_t set = Block(SIGUSR1);
  pthread_t target = pthread_self();
  std::thread sender([&] { EQ(pthread_kill(target, SIGUSR1), 0); });
  IsWoken([&] { AwaitSignal(set, SIGUSR1); });
  sender.join();
}
CASE(SigtimedwaitWokenByProcess) {
  sigset_t set = Block(SIGCHLD);
  pid_t child = OK(fork());
  if (child == 0) _exit(0);
  IsWoken([&] { AwaitSignal(set, SIGCHLD); });
  OK(waitpid(child, nullptr, 0));
}

CASE(TimerFdExpires) {
  int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
  itimerspec when = {{}, Spec(kShort)};
  TakesAtLeast(kShort, [&] {
    OK(timerfd_settime(fd, 0, &when, nullptr));
    PollIn(fd);
  });
  uint64_t count = 0;
  EQ(OK(read(fd, &count, 8)), 8);
  EQ(count, 1);
}
CASE(TimerFdBlockingRead) {
  int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
  itimerspec when = {{}, Spec(kShort)};
  uint64_t count = 0;
  TakesAtLeast(kShort, [&] {
    OK(timerfd_settime(fd, 0, &when, nullptr));
    EQ(OK(read(fd, &count, 8)), 8);
  });
}
CASE(TimerFdInterval) {
  int fd = OK(timerfd_create(CLOCK_MONOTONIC, 0));
  itimerspec when = {Spec(10 * kMillisecond), Spec(10 * kMillisecond)};
  TakesAtLeast(kShort, [&] {
    OK(timerfd_settime(fd, 0, &when, nullptr));
    uint64_t total = 0;
    while (total < 3) {
      uint64_t count = 0;
      EQ(OK(read(fd, &count, 8)), 8);
      total += count;
    }
  });
}
CASE(TimerFdAbsolute) {
  int fd = OK(timerfd_create(CLOCK_REALTIME, 0));
  int64_t until = Now(CLOCK_REALTIME) + kShort;
  itimerspec when = {{}, Spec(until)};
  OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, nullptr));
  PollIn(fd);
  TRUE(Now(CLOCK_REALTIME) >= until);
}
CASE(TimerFdDisarmed) {
  int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
  itimerspec when = {{}, Spec(kLong)};
  OK(timerfd_settime(fd, 0, &when, nullptr));
  itimerspec left = {};
  OK(timerfd_gettime(fd, &left));
  TRUE(left.it_value.tv_sec >= 29);
  itimerspec off = {};
  OK(timerfd_settime(fd, 0, &off, nullptr));
  uint64_t count;
  ERRNO(read(fd, &count, 8), EAGAIN);
  OK(timerfd_gettime(fd, &left));
  EQ(left.it_value.tv_sec, 0);
}

CASE(IntervalTimer) {
  sigset_t set = Block(SIGALRM);
  itimerval when = {{}, {0, 30'000}};
  TakesAtLeast(kShort, [&] {
    OK(setitimer(ITIMER_REAL, &when, nullptr));
    AwaitSignal(set, SIGALRM);
  });
  itimerval left;
  OK(getitimer(ITIMER_REAL, &left));
  EQ(left.it_value.tv_sec, 0);
  EQ(left.it_value.tv_usec, 0);
}
CASE(IntervalTimerRepeats) {
  sigset_t set = Block(SIGALRM);
  itimerval when = {{0, 10'000}, {0, 10'000}};
  TakesAtLeast(kShort, [&] {
    OK(setitimer(ITIMER_REAL, &when, nullptr));
    for (int i = 0; i < 3; ++i) AwaitSignal(set, SIGALRM);
  });
}
CASE(IntervalTimerReplaced) {
  itimerval when = {{}, {30, 0}};
  OK(setitimer(ITIMER_REAL, &when, nullptr));
  itimerval off = {}, old = {};
  OK(setitimer(ITIMER_REAL, &off, &old));
  TRUE(old.it_value.tv_sec >= 29);
}
CASE(Alarm) {
  sigset_t set = Block(SIGALRM);
  TakesAtLeast(1000 * kMillisecond, [&] {
    EQ(alarm(1), 0);
    AwaitSignal(set, SIGALRM);
  });
  EQ(alarm(100), 0);
  EQ(alarm(0), 100);
}
CASE(AlarmInterruptsRead) {
  // The classic time limit for a blocking call.
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  OK(sigaction(SIGALRM, &action, nullptr));
  Pair pair = Connected();
  itimerval when = {{0, 10'000}, {0, 10'000}};
  OK(setitimer(ITIMER_REAL, &when, nullptr));
  char byte;
  ERRNO(read(pair.client, &byte, 1), EINTR);
}
CASE(PosixTimerSignals) {
  sigset_t set = Block(SIGUSR2);
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR2;
  timer_t timer;
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  itimerspec when = {{}, Spec(kShort)};
  TakesAtLeast(kShort, [&] {
    OK(timer_settime(timer, 0, &when, nullptr));
    AwaitSignal(set, SIGUSR2);
  });
  EQ(OK(timer_getoverrun(timer)), 0);
  OK(timer_delete(timer));
}
CASE(PosixTimerThread) {
  static sem_t ran;
  sem_init(&ran, 0, 0);
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { sem_post(&ran); };
  timer_t timer;
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  itimerspec when = {{}, Spec(kShort)};
  TakesAtLeast(kShort, [&] {
    OK(timer_settime(timer, 0, &when, nullptr));
    OK(sem_wait(&ran));
  });
}
CASE(PosixTimerLeft) {
  sigevent event = {};
  event.sigev_notify = SIGEV_NONE;
  timer_t timer;
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  itimerspec when = {{}, Spec(kLong)}, left = {};
  OK(timer_settime(timer, 0, &when, nullptr));
  OK(timer_gettime(timer, &left));
  TRUE(left.it_value.tv_sec >= 29);
  OK(timer_delete(timer));
  ERRNO(timer_gettime(timer, &left), EINVAL);
}

CASE(TimeoutsInOrder) {
  // Threads with different timeouts end in the order of their timeouts.
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> threads;
  int64_t start = Now() + 50 * kMillisecond;
  for (int i : {3, 1, 2}) {
    threads.emplace_back([&, i] {
      timespec until = Spec(start + i * 100 * kMillisecond);
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      std::lock_guard<std::mutex> lock(mutex);
      order.push_back(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 3; ++i) EQ(order[i], i + 1);
}
