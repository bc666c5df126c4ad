// What the processor or the kernel counts for a program and all that it starts:
// misses of the last level cache, where the processor's counters can be reached
// (most virtual machines have none).
#ifndef QUIESCE_TOOLS_BENCH_EVENT_COUNTER_H_
#define QUIESCE_TOOLS_BENCH_EVENT_COUNTER_H_

#include <linux/perf_event.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

class EventCounter {
 public:
  // Counts what the calling thread's next child does from its exec on, and its
  // descendants; one counter for each child: where a parent and its child have
  // shared a core, a second one may go uncounted. Of a type and config of
  // perf_event_open(2). NotFound where the machine does not count that.
  static absl::StatusOr<EventCounter> OfNextChild(uint32_t type,
                                                  uint64_t config);
  static absl::StatusOr<EventCounter> CacheMisses() {
    return OfNextChild(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES);
  }

  // So far, with those that have ended.
  absl::StatusOr<uint64_t> Read() const;

 private:
  explicit EventCounter(UniqueFd event) : event_(std::move(event)) {}

  UniqueFd event_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_EVENT_COUNTER_H_
