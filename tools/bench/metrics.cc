#include "tools/bench/metrics.h"

#include <algorithm>
#include <cassert>

#include "tools/bench/score.h"

namespace quiesce {
namespace {

using Value = std::optional<double>;

// CPU seconds of the daemons' own start, all nodes together. On the real kernel
// they start while others already talk, so there it is what a node of the
// smallest network takes, times the nodes that run daemons.
Value StartCpu(const MetricInput& in) {
  if (in.runtime != Runtime::kKernel) return in.run.routers_start_cpu_seconds;
  if (in.row.kernel_start_cpu_seconds <= 0) return {};
  return in.row.kernel_start_cpu_seconds * in.row.speakers;
}

Value AfterStart(const MetricInput& in) {
  const Value start = StartCpu(in);
  if (!start.has_value()) return {};
  return std::max(0.0, in.run.routers_cpu_seconds - *start);
}

bool IsOurs(const MetricInput& in) { return in.runtime != Runtime::kKernel; }

double PerNode(const MetricInput& in, double number) {
  return number / in.row.nodes;
}

// Nothing was sampled.
bool Unsampled(const MetricInput& in) { return in.run.samples == 0; }

Value Quotient(double a, double b) {
  if (b <= 0) return {};
  return a / b;
}

const Metric kMetrics[] = {
    {"converged_wall_seconds", "wall s, from nothing to converged",
     Metric::kLess,
     [](const MetricInput& in) -> Value { return in.run.converged_seconds; }},
    {"routers_cpu_seconds", "routers' CPU s", Metric::kLess,
     [](const MetricInput& in) -> Value { return in.run.routers_cpu_seconds; }},
    {"runtime_cpu_seconds", "runtime's CPU s", Metric::kNeither,
     [](const MetricInput& in) -> Value { return in.run.runtime_cpu_seconds; }},
    {"all_cpu_seconds", "all CPU s", Metric::kLess,
     [](const MetricInput& in) -> Value {
       return in.run.routers_cpu_seconds + in.run.runtime_cpu_seconds;
     }},
    {"routers_cpu_after_start_seconds", "routers' CPU s after their start",
     Metric::kLess, AfterStart},
    {"routers_system_seconds", "routers' CPU s in the kernel", Metric::kLess,
     [](const MetricInput& in) -> Value {
       return in.run.routers_system_seconds;
     }},
    {"memory_peak_mib_per_node", "memory MiB a node, peak", Metric::kLess,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return PerNode(in, in.run.memory_peak_mib);
     }},
    {"memory_mean_mib_per_node", "memory MiB a node, average", Metric::kLess,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return PerNode(in, in.run.memory_mean_mib);
     }},
    {"kernel_memory_peak_mib_per_node", "kernel memory MiB a node, peak",
     Metric::kLess,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return PerNode(in, in.run.kernel_memory_peak_mib);
     }},
    {"kernel_memory_mean_mib_per_node", "kernel memory MiB a node, average",
     Metric::kLess,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return PerNode(in, in.run.kernel_memory_mean_mib);
     }},
    {"pss_mib_per_node", "PSS MiB a node, daemons alone, converged",
     Metric::kLess,
     [](const MetricInput& in) -> Value { return in.run.pss_mib_per_node; }},
    {"routers_switches", "switches to the routers' threads", Metric::kLess,
     [](const MetricInput& in) -> Value { return in.run.routers_switches; }},
    {"cache_misses", "last-level cache misses", Metric::kLess,
     [](const MetricInput& in) -> Value {
       if (in.run.cache_misses < 0) return {};
       return in.run.cache_misses;
     }},
    {"nodes_per_gib", "nodes per GiB", Metric::kMore,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return SpatialScore(in.row.nodes, in.run.memory_peak_mib,
                           in.run.memory_mean_mib);
     }},
    {"nodes_per_gib_with_kernel_memory",
     "nodes per GiB, kernel memory included", Metric::kMore,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return SpatialScore(
           in.row.nodes, in.run.memory_peak_mib + in.run.kernel_memory_peak_mib,
           in.run.memory_mean_mib + in.run.kernel_memory_mean_mib);
     }},
    {"speakers_per_gib", "nodes per GiB without BGP-free hosts", Metric::kMore,
     [](const MetricInput& in) -> Value {
       if (Unsampled(in)) return {};
       return SpatialScore(in.row.speakers, in.run.memory_peak_mib,
                           in.run.memory_mean_mib);
     }},
    {"nodes_per_second", "nodes per second on the wall", Metric::kMore,
     [](const MetricInput& in) -> Value {
       return Quotient(in.row.nodes, in.run.converged_seconds);
     }},
    {"cpu_use", "CPU use, of all cores", Metric::kNeither,
     [](const MetricInput& in) -> Value { return CpuUse(in.run, in.cores); }},
    {"weighted_nodes_per_second", "nodes per second, weighted by CPU use",
     Metric::kMore,
     [](const MetricInput& in) -> Value {
       return TemporalScore(in.row.nodes, in.run, in.cores);
     }},
    {"speakers_per_second", "the same without BGP-free hosts", Metric::kMore,
     [](const MetricInput& in) -> Value {
       return TemporalScore(in.row.speakers, in.run, in.cores);
     }},
    {"routers_start_cpu_seconds", "routers' CPU s of their start",
     Metric::kLess, StartCpu},
    {"supervisor_cpu_after_start_seconds", "supervisor's CPU s after the start",
     Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.runtime_converge_cpu_seconds;
     }},
    {"supervisor_over_routers", "the same, % of the routers'", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       const Value routers = AfterStart(in);
       if (!IsOurs(in) || !routers.has_value()) return {};
       return Quotient(100 * in.run.runtime_converge_cpu_seconds, *routers);
     }},
    {"supervisor_us_per_message", "the same, us a message", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       return Quotient(1e6 * in.run.runtime_converge_cpu_seconds,
                       in.run.messages);
     }},
    {"messages", "messages", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.messages;
     }},
    {"switches_per_message", "switches to routers' threads a message",
     Metric::kNeither,
     [](const MetricInput& in) -> Value {
       return Quotient(in.run.routers_switches - in.run.routers_start_switches,
                       in.run.messages);
     }},
    {"supervisor_switches_per_message",
     "switches to the supervisor's a message", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       return Quotient(in.run.runtime_converge_switches, in.run.messages);
     }},
    {"supervisor_descriptors", "descriptors of the supervisor",
     Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.descriptors;
     }},
    {"estimated_descriptors", "the same, estimated beforehand",
     Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.estimated_descriptors;
     }},
    {"used_memory_mib", "PSS MiB of all at the end, results included",
     Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.used_memory_mib;
     }},
    {"estimated_memory_mib", "the same, estimated beforehand", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       if (!IsOurs(in)) return {};
       return in.run.estimated_memory_mib;
     }},
    {"samples", "looks at memory", Metric::kNeither,
     [](const MetricInput& in) -> Value { return in.run.samples; }},
    {"sampling_cpu_seconds", "CPU s of those looks", Metric::kNeither,
     [](const MetricInput& in) -> Value {
       return in.run.sampling_cpu_seconds;
     }},
};

}  // namespace

const char* NameOf(Runtime runtime) {
  switch (runtime) {
    case Runtime::kKernel:
      return "kernel";
    case Runtime::kOurs:
      return "ours";
    case Runtime::kAgainst:
      return "against";
  }
  return "";
}

const std::vector<Measurement>& RunsOf(const BenchRow& row, Runtime runtime) {
  return runtime == Runtime::kKernel ? row.kernel
         : runtime == Runtime::kOurs ? row.ours
                                     : row.against;
}

absl::Span<const Metric> Metrics() { return kMetrics; }

const Metric& MetricOf(absl::string_view key) {
  for (const Metric& metric : kMetrics) {
    if (key == metric.key) return metric;
  }
  assert(false);
  return kMetrics[0];
}

double Advantage(const Metric& metric, double kernel, double ours) {
  const double over = metric.better == Metric::kLess ? kernel : ours;
  const double under = metric.better == Metric::kLess ? ours : kernel;
  return under > 0 ? over / under : 0;
}

}  // namespace quiesce
