// Sleeps, timed futexes and what libc builds from them, sigtimedwait.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"
#include "testdata/guests/waits.h"

using namespace guest;

namespace {

int Futex(uint32_t* word, int operation, uint32_t value,
          const timespec* timeout, uint32_t mask = 0) {
  return syscall(SYS_futex, word, operation, value, timeout, nullptr, mask);
}

}  // namespace

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
  // the sleeper, but not for ever.
  uint32_t word = 1;
  std::thread waker([&] {
    int tries = 2'000'000;
    while (OK(Futex(&word, FUTEX_WAKE_PRIVATE, 1, nullptr)) == 0) {
      TRUE(--tries > 0);
      sched_yield();
    }
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
