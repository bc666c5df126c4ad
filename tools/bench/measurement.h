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
#include "tools/bench/memory_sampler.h"

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
  double file_pss_mib = 0;      // mapped files of all processes, when converged
  double rib_paths = 0;

  // Of the whole run, runtime and templates included, sampled until it had
  // converged; user memory is anonymous, tmpfs and mapped files.
  double memory_peak_mib = 0;
  double memory_mean_mib = 0;
  double memory_whole_run_peak_mib = 0;  // to the very end
  double kernel_memory_peak_mib = 0;
  double kernel_memory_mean_mib = 0;
  double samples = 0;
  double sampling_cpu_seconds = 0;
  std::vector<MemorySample> samples_of_memory;
  double cache_misses = -1;  // of the last level, of all; -1: not counted

  // Ours only: the daemons' own start, each by itself, and what came after it.
  double routers_start_cpu_seconds = 0;
  double routers_start_system_seconds = 0;
  double routers_start_switches = 0;
  double runtime_converge_cpu_seconds = 0;
  double runtime_converge_switches = 0;
  double activations = 0;  // of nodes
  double messages = 0;
  double descriptors = 0;  // of the supervisor
  // What it thought beforehand that it would take, and took in the end.
  double estimated_descriptors = 0;
  double estimated_memory_mib = 0;
  double used_memory_mib = 0;
  double slab_mib = 0;  // by which the kernel's memory has grown
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

// Each of the numbers above, by name.
struct MeasuredNumber {
  const char* name;
  double Measurement::*member;
};
absl::Span<const MeasuredNumber> MeasuredNumbers();

// Enters what has been sampled. `with_files`: mapped files are in the samples;
// else they count as they were at the end.
void AddMemory(const MemorySamples& sampled, bool with_files, Measurement* run);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MEASUREMENT_H_
