// Counts, for each core, how often a realtime thread has left it for something
// else than a plain wait: a sleep that no signal ends (for a disk, a lock), a
// stop, its end. (Guests are realtime threads where this is asked. Where the
// kernel does not describe its own types, all threads count.) While the number
// for a core stands still, a thread that belongs there and does not run waits
// for an event, and whoever was seen asleep before sleeps still or has gone
// back to such a wait. That spares looking at each thread in /proc.
//
// A BPF program on the scheduler's own trace point; the numbers are in memory
// that is shared with the kernel. Gone with the object, and with the process.
#ifndef QUIESCE_SUPERVISOR_SCHED_SLEEP_COUNTER_H_
#define QUIESCE_SUPERVISOR_SCHED_SLEEP_COUNTER_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "notifier/ebpf/trace_program.h"

namespace quiesce {

class SleepCounter {
 public:
  // Threads of process `except` do not count, where that can be told (0: all
  // count). An error where this kernel has no BPF, or not for us.
  static absl::StatusOr<std::unique_ptr<SleepCounter>> Start(pid_t except);
  SleepCounter(const SleepCounter&) = delete;
  SleepCounter& operator=(const SleepCounter&) = delete;

  // Of one core so far. By a thread on that core: what has run there before it
  // is counted.
  uint64_t On(int cpu) const {
    return __atomic_load_n(&counts_[cpu].count, __ATOMIC_RELAXED);
  }

 private:
  // Each on a cache line of its own.
  struct alignas(64) Count {
    uint64_t count;
  };

  SleepCounter(SharedArray array, UniqueFd link)
      : array_(std::move(array)),
        link_(std::move(link)),
        counts_(static_cast<const Count*>(array_.memory())) {}

  const SharedArray array_;
  const UniqueFd link_;  // keeps the program where it is
  const Count* const counts_;
};

// The same for one core, of whose threads those of one node at a time can run:
// in between nothing wakes them. By that core's thread.
class CoreSleeps {
 public:
  // `counter` outlives this.
  CoreSleeps(const SleepCounter* counter, int cpu)
      : counter_(counter), cpu_(cpu) {}

  uint64_t Count() const { return counter_->On(cpu_); }
  void BeginActivation() { began_ = Count(); }
  void EndActivation() { inside_ += Count() - began_; }
  // The part that was in no activation, and may have been any node's.
  uint64_t Outside() const { return Count() - inside_; }

 private:
  const SleepCounter* const counter_;
  const int cpu_;
  uint64_t began_ = 0;
  uint64_t inside_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SLEEP_COUNTER_H_
