// One run of a topology on the real kernel, from nothing to the files that a
// run of the supervisor leaves too.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RUN_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RUN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/report/usage.h"
#include "tools/kernel_runtime/convergence.h"
#include "tools/kernel_runtime/kernel_network.h"
#include "topo/topology.h"

namespace quiesce {

// Wall time of each phase and what was used.
struct KernelTiming {
  absl::Duration create;  // namespaces, file systems, links, addresses
  absl::Duration start;   // processes, until the last is ready
  absl::Duration
      converge;          // from then to the last change of a route or session
  absl::Duration quiet;  // from then until convergence was believed
  absl::Duration read;   // RIBs and FIBs
  absl::Duration stop;   // killing all of it
  TreeUsage routers;     // until converged; no memory
  absl::Duration builder_cpu;    // this program and ip(8), until all is wired
  std::vector<MemoryUsage> memory;  // of each node, converged
  int nodes = 0;
  int links = 0;
  int session_ends = 0;
  int64_t route_events = 0;
  int64_t rib_paths = 0;
  int64_t fib_rows = 0;

  // What timing.json says.
  std::string ToJson() const;
};

struct KernelRunOptions {
  ConvergenceOptions convergence;
  // Directory with the results of a run that this one is compared with. The
  // network has then converged when its tables are those, or when patience is
  // over. So a short quiet window does, and timers need not be known. Empty:
  // when all sessions are established; where there are events, of which some
  // may not be, when the quiet window is over.
  std::string until;
};

// Where the state at the n-th convergence of `last` stands, as the runtime
// writes and `until` reads it.
std::string ConvergenceDirectory(const std::string& out, int n, int last);

// Runs to convergence, as often as the topology's events want it, and writes
// fib.jsonl, fib.csv and rib.jsonl each time, at last to `out`, and there
// timing.json. Nothing is left running, whatever the result. `progress` is
// called at the start of each phase, and with what was missing in the end.
absl::StatusOr<KernelTiming> RunOnKernel(
    Launcher* launcher, const Topology& topology,
    std::vector<KernelNodePlan> plans, const KernelRunOptions& options,
    OutputDir* out,
    const std::function<void(const std::string& phase)>& progress);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RUN_H_
