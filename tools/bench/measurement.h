// What one run cost, read from the timing.json of either runtime into the same
// words, and the median of several.
#ifndef QUIESCE_TOOLS_BENCH_MEASUREMENT_H_
#define QUIESCE_TOOLS_BENCH_MEASUREMENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quiesce {

// What one of a node's processes costs; where a node has several of a name or
// only some nodes have it, on the average of all nodes.
struct ProgramCost {
  std::string program;
  double start_cpu_ms = 0;
  double pss_mib = 0;
  double private_mib = 0;
  double descriptors = 0;
};

struct Measurement {
  // Wall seconds of each phase up to convergence, in order.
  std::vector<std::pair<std::string, double>> phases;
  // Their sum. On the real kernel this ends with the last change: the seconds
  // of silence that show that it was the last are not counted.
  double converged_seconds = 0;
  double routers_cpu_seconds = 0;  // of the daemons, until converged
  // The supervisor's, or of what builds the kernel's network.
  double runtime_cpu_seconds = 0;
  double pss_mib_per_node = 0;  // of the daemons, converged
  double runtime_pss_mib = 0;   // of the supervisor; 0 for the kernel
  // Of routers_cpu_seconds, in the kernel; ticks of 10 ms for each process.
  double routers_system_seconds = 0;
  double routers_switches = 0;  // times a thread of theirs was put on a core

  // Ours only: the daemons' own start, each by itself, and what came after it.
  double routers_start_cpu_seconds = 0;
  double routers_start_system_seconds = 0;
  double routers_start_switches = 0;
  double runtime_converge_cpu_seconds = 0;
  double runtime_converge_switches = 0;
  double activations = 0;  // of nodes
  double messages = 0;
  double descriptors = 0;  // of the supervisor
  double slab_mib = 0;     // by which the kernel's memory has grown
  double page_tables_mib = 0;
  double other_kernel_mib = 0;        // stacks, per-cpu data
  std::vector<ProgramCost> programs;  // of a node
};

// The timing.json of kernel_runtime, and of the supervisor with its
// summary.json (proto/report.proto).
absl::StatusOr<Measurement> ParseKernelTiming(absl::string_view json);
absl::StatusOr<Measurement> ParseSupervisorTiming(absl::string_view timing,
                                                  absl::string_view summary);

// Each number's median; not of nothing. All have the same phases.
Measurement MedianOf(absl::Span<const Measurement> runs);

// One network and image, on both runtimes.
struct BenchRow {
  std::string topology;
  std::string image;
  int nodes = 0;
  int links = 0;
  std::vector<Measurement> kernel;
  std::vector<Measurement> ours;
  std::vector<Measurement> against;   // ours, with further flags
  std::vector<std::string> failures;  // runs that did not end well
};

// Where a node's start and memory go under the supervisor: a table, of the
// first run of each row.
std::string CostTable(absl::Span<const BenchRow> rows);

// A table for people: medians and ratios kernel / ours.
std::string BenchTable(absl::Span<const BenchRow> rows);
std::string BenchJson(absl::Span<const BenchRow> rows);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MEASUREMENT_H_
