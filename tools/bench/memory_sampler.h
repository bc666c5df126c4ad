// Looks at a run's memory again and again, from a thread of its own that has
// precedence of the routers' (they run at realtime priorities), and says what
// that has cost.
#ifndef QUIESCE_TOOLS_BENCH_MEMORY_SAMPLER_H_
#define QUIESCE_TOOLS_BENCH_MEMORY_SAMPLER_H_

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tools/bench/memory_now.h"

namespace quiesce {

struct MemorySample {
  double seconds = 0;  // since sampling began
  MemoryNow memory;
};

struct MemorySamples {
  std::vector<MemorySample> samples;
  double cpu_seconds = 0;  // of the looks
};

// Highest and mean of what was seen in the first `seconds`, each sample
// standing for the time until the next.
struct MemoryOverTime {
  MemoryNow peak;  // of each number by itself
  MemoryNow mean;
};
MemoryOverTime OverTime(absl::Span<const MemorySample> samples, double seconds);

class MemorySampler {
 public:
  using Look = std::function<absl::StatusOr<MemoryNow>()>;

  // Looks at once, and then every `interval`, but never more often than a
  // fiftieth of the time allows. A look that fails is left out.
  MemorySampler(Look look, absl::Duration interval);
  // As Finish().
  ~MemorySampler();
  // Looks once more and ends.
  MemorySamples Finish();

 private:
  void Run();
  absl::Duration LookOnce();

  const Look look_;
  const absl::Duration interval_;
  const absl::Time begin_;
  std::atomic<bool> done_ = false;
  MemorySamples result_;  // of the thread, until it has ended
  std::thread thread_;
};

// The same by /proc/PID/smaps_rollup of `root` and its descendants, where there
// is no control group: dear, about a millisecond a process. Kernel memory is
// what the whole machine's has grown by since this was called.
MemorySampler::Look MemoryOfTree(pid_t root);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MEMORY_SAMPLER_H_
