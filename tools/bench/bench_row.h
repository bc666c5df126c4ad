// One network and image, and what it cost on each runtime.
#ifndef QUIESCE_TOOLS_BENCH_BENCH_ROW_H_
#define QUIESCE_TOOLS_BENCH_BENCH_ROW_H_

#include <string>
#include <vector>

#include "tools/bench/measurement.h"

namespace quiesce {

struct BenchRow {
  std::string topology;
  std::string image;
  int nodes = 0;
  int speakers = 0;  // nodes with BGP; the others are hosts
  int links = 0;
  int prefixes = 0;  // that nodes originate
  // CPU seconds that the start of one speaker's daemons takes on the real
  // kernel; 0: not known.
  double kernel_start_cpu_seconds = 0;
  std::vector<Measurement> kernel;
  std::vector<Measurement> ours;
  std::vector<Measurement> against;   // ours, with further flags
  std::vector<std::string> failures;  // runs that did not end well

  std::string Title() const { return topology + " " + image; }
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_BENCH_ROW_H_
