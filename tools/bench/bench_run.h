// One run of one network on one runtime, and what it cost.
#ifndef QUIESCE_TOOLS_BENCH_BENCH_RUN_H_
#define QUIESCE_TOOLS_BENCH_BENCH_RUN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/bench/measurement.h"
#include "tools/bench/metrics.h"

namespace quiesce {

struct BenchRun {
  std::string topology;
  std::string image;
  Runtime runtime = Runtime::kOurs;
  std::vector<std::string> flags;  // further ones
  // What the run leaves goes there, and its output beside it (.log).
  std::string directory;
  // Memory is looked at by /proc/PID/smaps_rollup even where there could be a
  // control group.
  bool memory_by_pss = false;
};

// Errors: the run did not end with 0, with the last it has said.
absl::StatusOr<Measurement> Measure(const BenchRun& run);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_BENCH_RUN_H_
