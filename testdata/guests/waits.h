// What the guests that test waiting share: time as one number, waits that must
// take long enough, and waits that something native ends early.
#ifndef QUIESCE_TESTDATA_GUESTS_WAITS_H_
#define QUIESCE_TESTDATA_GUESTS_WAITS_H_

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

namespace guest {

inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kShort = 30 * kMillisecond;
// A timeout that would be noticed.
inline constexpr int64_t kLong = 30'000 * kMillisecond;

inline timespec Spec(int64_t nanos) {
  return {nanos / 1'000'000'000, nanos % 1'000'000'000};
}

inline int64_t Now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now;
  OK(clock_gettime(clock, &now));
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Runs `wait`, which must take at least `nanos` of the monotonic clock.
inline void TakesAtLeast(int64_t nanos, const std::function<void()>& wait) {
  int64_t before = Now();
  wait();
  int64_t taken = Now() - before;
  if (taken < nanos) EQ(taken, nanos);
}

// Runs `wait`, which must end long before kLong.
inline void IsWoken(const std::function<void()>& wait) {
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
inline void WokenByThread(const std::function<void(int fd)>& wait) {
  Pipe pipe;
  std::thread writer([&] { OK(write(pipe.write_end, "x", 1)); });
  IsWoken([&] { wait(pipe.read_end); });
  writer.join();
}

// The same, written by another process.
inline void WokenByProcess(const std::function<void(int fd)>& wait) {
  Pipe pipe;
  pid_t child = OK(fork());
  if (child == 0) {
    (void)!write(pipe.write_end, "x", 1);
    _exit(0);
  }
  IsWoken([&] { wait(pipe.read_end); });
  OK(waitpid(child, nullptr, 0));
}

inline void PollIn(int fd) {
  pollfd entry = {fd, POLLIN, 0};
  EQ(OK(poll(&entry, 1, kLong / kMillisecond)), 1);
  EQ(entry.revents, POLLIN);
}

inline sigset_t Block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  OK(pthread_sigmask(SIG_BLOCK, &set, nullptr));
  return set;
}

inline void AwaitSignal(const sigset_t& set, int wanted) {
  timespec timeout = Spec(kLong);
  EQ(OK(sigtimedwait(&set, nullptr, &timeout)), wanted);
}

}  // namespace guest

#endif  // QUIESCE_TESTDATA_GUESTS_WAITS_H_
