// Timers: timerfd, setitimer, alarm, timer_create.
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

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
