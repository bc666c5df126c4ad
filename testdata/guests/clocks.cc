// Clocks: all of them readable, none goes back, they agree with each other, and
// the vDSO agrees with the system call.
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "testdata/guests/harness.h"
#include "testdata/guests/sockets.h"

using namespace guest;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr clockid_t kClocks[] = {
    CLOCK_REALTIME,          CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,  CLOCK_BOOTTIME,      CLOCK_TAI};

int64_t Nanos(const timespec& time) {
  return time.tv_sec * kSecond + time.tv_nsec;
}

int64_t Library(clockid_t clock) {
  timespec time = {};
  OK(clock_gettime(clock, &time));
  return Nanos(time);
}

int64_t Raw(clockid_t clock) {
  timespec time = {};
  OK(syscall(SYS_clock_gettime, clock, &time));
  return Nanos(time);
}

// The vDSO's and the kernel's time, read in turn, never go back.
void Agree(clockid_t clock) {
  int64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    int64_t library = Library(clock);
    int64_t raw = Raw(clock);
    TRUE(library >= last);
    TRUE(raw >= library);
    last = raw;
  }
}

}  // namespace

CASE(AllReadable) {
  for (clockid_t clock : kClocks) {
    TRUE(Library(clock) > 0);
    TRUE(Raw(clock) > 0);
  }
}

CASE(Resolution) {
  for (clockid_t clock : kClocks) {
    timespec resolution = {};
    OK(clock_getres(clock, &resolution));
    int64_t nanos = Nanos(resolution);
    TRUE(nanos >= 1 && nanos <= 10'000'000);
  }
}

CASE(UnknownClock) {
  timespec time;
  ERRNO(clock_gettime(77, &time), EINVAL);
  ERRNO(syscall(SYS_clock_gettime, 77, &time), EINVAL);
  ERRNO(clock_getres(77, &time), EINVAL);
}

CASE(GarbagePointer) {
  ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, Garbage()), EFAULT);
  ERRNO(syscall(SYS_gettimeofday, Garbage(), nullptr), EFAULT);
}

CASE(MonotonicNeverGoesBack) {
  int64_t last = 0;
  for (int i = 0; i < 100'000; ++i) {
    int64_t now = Library(CLOCK_MONOTONIC);
    TRUE(now >= last);
    last = now;
  }
}

CASE(MonotonicAcrossThreads) {
  std::vector<std::thread> threads;
  std::vector<int64_t> ends(4);
  int64_t before = Library(CLOCK_MONOTONIC);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      TRUE(Library(CLOCK_MONOTONIC) >= before);
      ends[i] = Library(CLOCK_MONOTONIC);
    });
  }
  for (std::thread& thread : threads) thread.join();
  int64_t after = Library(CLOCK_MONOTONIC);
  for (int64_t end : ends) TRUE(end >= before && end <= after);
}

CASE(MonotonicAgrees) { Agree(CLOCK_MONOTONIC); }
CASE(RealtimeAgrees) { Agree(CLOCK_REALTIME); }
CASE(BoottimeAgrees) { Agree(CLOCK_BOOTTIME); }
CASE(RawAgrees) { Agree(CLOCK_MONOTONIC_RAW); }
CASE(CoarseAgrees) { Agree(CLOCK_MONOTONIC_COARSE); }
CASE(RealtimeCoarseAgrees) { Agree(CLOCK_REALTIME_COARSE); }

CASE(CoarseIsBehind) {
  int64_t coarse = Library(CLOCK_MONOTONIC_COARSE);
  int64_t fine = Library(CLOCK_MONOTONIC);
  TRUE(fine >= coarse);
  TRUE(Library(CLOCK_MONOTONIC_COARSE) >= coarse);
}

CASE(TimeOfDayIsRealtime) {
  int64_t before = Library(CLOCK_REALTIME);
  timeval library, raw;
  OK(gettimeofday(&library, nullptr));
  OK(syscall(SYS_gettimeofday, &raw, nullptr));
  int64_t after = Library(CLOCK_REALTIME);
  int64_t first = library.tv_sec * kSecond + library.tv_usec * 1000;
  int64_t second = raw.tv_sec * kSecond + raw.tv_usec * 1000;
  TRUE(first >= before / 1000 * 1000 && first <= after);
  TRUE(second >= first && second <= after);
}

CASE(TimeIsRealtime) {
  // time() reads the coarse clock, which may lag by a tick.
  time_t before = Library(CLOCK_REALTIME_COARSE) / kSecond;
  time_t library = time(nullptr);
  time_t stored = 0;
  time_t raw = syscall(SYS_time, &stored);
  time_t after = Library(CLOCK_REALTIME) / kSecond;
  TRUE(library >= before && library <= raw && raw <= after);
  EQ(stored, raw);
}

CASE(RealtimeIsPlausible) {
  // Between 2020 and 2100.
  time_t now = time(nullptr);
  TRUE(now > 1'577'836'800 && now < 4'102'444'800);
}

CASE(BoottimeIsNotBehindMonotonic) {
  int64_t monotonic = Library(CLOCK_MONOTONIC);
  TRUE(Library(CLOCK_BOOTTIME) >= monotonic);
}

CASE(SleepMovesAllClocks) {
  constexpr clockid_t kMoving[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                   CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
                                   CLOCK_TAI};
  std::vector<int64_t> before;
  for (clockid_t clock : kMoving) before.push_back(Library(clock));
  timespec time = {0, 50'000'000};
  OK(nanosleep(&time, nullptr));
  for (size_t i = 0; i < before.size(); ++i) {
    // CLOCK_MONOTONIC_RAW is not slewed: it may run a little apart.
    TRUE(Library(kMoving[i]) - before[i] >= 49'000'000);
  }
}

CASE(DifferenceIsSteady) {
  // The offset between two clocks does not move with a sleep.
  auto offset = [] {
    // The tightest of several bracketed readings.
    int64_t best = INT64_MAX, value = 0;
    for (int i = 0; i < 50; ++i) {
      int64_t first = Library(CLOCK_MONOTONIC);
      int64_t real = Library(CLOCK_REALTIME);
      int64_t second = Library(CLOCK_MONOTONIC);
      if (second - first < best) {
        best = second - first;
        value = real - second;
      }
    }
    return value;
  };
  int64_t before = offset();
  timespec time = {0, 100'000'000};
  OK(nanosleep(&time, nullptr));
  int64_t moved = offset() - before;
  TRUE(moved > -5'000'000 && moved < 5'000'000);
}

CASE(ProcessorTimeGrowsWithWork) {
  int64_t before = Library(CLOCK_THREAD_CPUTIME_ID);
  volatile unsigned sum = 0;
  for (int i = 0; i < 20'000'000; ++i) sum = sum + i;
  TRUE(Library(CLOCK_THREAD_CPUTIME_ID) > before);
  TRUE(Library(CLOCK_PROCESS_CPUTIME_ID) >= before);
}

CASE(UptimeAndTimes) {
  struct sysinfo info;
  OK(sysinfo(&info));
  TRUE(info.uptime > 0);
  struct tms used;
  clock_t first = times(&used);
  TRUE(first != static_cast<clock_t>(-1));
  TRUE(times(&used) >= first);
}

CASE(ForkedChildSeesTheSameClock) {
  int ends[2];
  OK(pipe(ends));
  int64_t before = Library(CLOCK_MONOTONIC);
  pid_t child = OK(fork());
  if (child == 0) {
    int64_t now = Library(CLOCK_MONOTONIC);
    (void)!write(ends[1], &now, sizeof(now));
    _exit(0);
  }
  int64_t now = 0;
  EQ(OK(read(ends[0], &now, sizeof(now))), sizeof(now));
  TRUE(now >= before);
  TRUE(Library(CLOCK_MONOTONIC) >= now);
}

CASE(SetRefusedToOthers) {
  OK(setresuid(65534, 65534, 65534));
  timespec time = {1, 0};
  ERRNO(clock_settime(CLOCK_REALTIME, &time), EPERM);
  ERRNO(clock_settime(CLOCK_MONOTONIC, &time), EINVAL);
}
