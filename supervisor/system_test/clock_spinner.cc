// Waits for each clock in turn as some programs do, by reading it until it has
// moved, in every way there is to read one; and sees to it that at no time one
// clock is behind another or goes back. Prints each clock that has moved.
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

namespace {

int64_t Nanos(const timespec& t) {
  return t.tv_sec * int64_t{1'000'000'000} + t.tv_nsec;
}

int64_t Library(clockid_t clock) {
  timespec t = {};
  clock_gettime(clock, &t);
  return Nanos(t);
}

int64_t Call(clockid_t clock) {
  timespec t = {};
  syscall(SYS_clock_gettime, clock, &t);
  return Nanos(t);
}

int64_t Uptime() {
  char text[64] = {};
  const int fd = open("/proc/uptime", O_RDONLY);
  if (read(fd, text, sizeof(text) - 1) < 0) abort();
  close(fd);
  return static_cast<int64_t>(strtod(text, nullptr) * 1e9);
}

// Time stands still but for a step now and then: so read one after the other
// clocks of one kind never fall.
void Check() {
  static int64_t last_monotonic, last_realtime;
  const int64_t monotonic[] = {
      Library(CLOCK_MONOTONIC),        Call(CLOCK_MONOTONIC),
      Library(CLOCK_MONOTONIC_RAW),    Call(CLOCK_MONOTONIC_COARSE),
      Library(CLOCK_BOOTTIME),         Call(CLOCK_BOOTTIME),
      Library(CLOCK_MONOTONIC_COARSE), Call(CLOCK_MONOTONIC)};
  for (const int64_t now : monotonic) {
    if (now < last_monotonic) {
      printf("monotonic goes back by %ld ns\n", last_monotonic - now);
    }
    last_monotonic = now;
  }
  const int64_t realtime[] = {
      Call(CLOCK_REALTIME), Library(CLOCK_REALTIME_COARSE),
      Library(CLOCK_REALTIME), Call(CLOCK_REALTIME_COARSE)};
  for (const int64_t now : realtime) {
    if (now < last_realtime) {
      printf("realtime goes back by %ld ns\n", last_realtime - now);
    }
    last_realtime = now;
  }
}

struct Clock {
  const char* name;
  int64_t (*read)();
};

constexpr Clock kClocks[] = {
    {"monotonic", [] { return Library(CLOCK_MONOTONIC); }},
    {"monotonic by call", [] { return Call(CLOCK_MONOTONIC); }},
    {"realtime", [] { return Library(CLOCK_REALTIME); }},
    {"realtime by call", [] { return Call(CLOCK_REALTIME); }},
    {"boottime by call", [] { return Call(CLOCK_BOOTTIME); }},
    {"raw by call", [] { return Call(CLOCK_MONOTONIC_RAW); }},
    {"coarse by call", [] { return Call(CLOCK_MONOTONIC_COARSE); }},
    {"process", [] { return Library(CLOCK_PROCESS_CPUTIME_ID); }},
    {"thread by call", [] { return Call(CLOCK_THREAD_CPUTIME_ID); }},
    {"gettimeofday",
     [] {
       timeval t = {};
       syscall(SYS_gettimeofday, &t, nullptr);
       return t.tv_sec * int64_t{1'000'000} + t.tv_usec;
     }},
    {"time", [] { return int64_t{syscall(SYS_time, nullptr)}; }},
    {"times",
     [] {
       tms used;
       return int64_t{times(&used)};
     }},
    {"getrusage",
     [] {
       rusage used = {};
       getrusage(RUSAGE_SELF, &used);
       return used.ru_utime.tv_sec * int64_t{1'000'000} +
              used.ru_utime.tv_usec + used.ru_stime.tv_usec;
     }},
    {"sysinfo",
     [] {
       struct sysinfo info = {};
       sysinfo(&info);
       return int64_t{info.uptime};
     }},
    {"/proc/uptime", Uptime},
    // An event loop whose timer is nearer than the unit of its timeouts.
    {"ppoll without waiting",
     [] {
       const timespec none = {};
       if (ppoll(nullptr, 0, &none, nullptr) != 0) abort();
       return Library(CLOCK_MONOTONIC);
     }},
};

}  // namespace

int main() {
  for (const Clock& clock : kClocks) {
    const int64_t begin = clock.read();
    for (int i = 0; clock.read() <= begin; ++i) {
      if (i % 100 == 0) Check();
    }
    printf("%s\n", clock.name);
    fflush(stdout);
  }
  Check();
  printf("all have moved\n");
  fflush(stdout);
  while (true) pause();
}
