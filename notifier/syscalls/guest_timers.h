// Timers that guests set and that fire by themselves: timerfd, setitimer and
// alarm, POSIX timers. One set a node, driven by virtual time.
//
// A timerfd is an eventfd to the guest: a read gives the count and clears it,
// poll sees it, exactly as with a timerfd; to expire is to add to it.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_GUEST_TIMERS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_GUEST_TIMERS_H_

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <map>
#include <utility>

#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {

// When it expires next (kNever: disarmed), on CLOCK_MONOTONIC, and then every
// `interval` (0: once).
struct TimerSetting {
  Nanos next = kNever;
  Nanos interval = 0;
  // How often it has expired up to `now`; moves `next` on.
  uint64_t Expire(Nanos now);
};

class GuestTimers : public Protocol {
 public:
  static GuestTimers& Of(NodeKernel& kernel);

  struct Timerfd {
    clockid_t clock;
    UniqueFd eventfd;  // ours, to write to
    TimerSetting setting;
  };
  struct PosixTimer {
    clockid_t clock;
    int notify;  // SIGEV_*
    int signal;
    uint64_t value;  // sigev_value
    pid_t thread;    // SIGEV_THREAD_ID: in our pid namespace
    TimerSetting setting;
    int overrun = 0;
  };

  // Timerfds by the kernel's eventfd id, POSIX timers by (process, id),
  // ITIMER_REAL by process.
  std::map<uint64_t, Timerfd> timerfds;
  std::map<std::pair<pid_t, int>, PosixTimer> posix;
  std::map<pid_t, TimerSetting> real;

  void Receive(Message) override {}
  Nanos next_timer() const override;
  void RunTimers(Nanos now) override;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_GUEST_TIMERS_H_
