// What is asked of a network once it has converged: FIBs from the emulated
// kernels, RIBs and sessions from the daemons themselves.
#ifndef QUIESCE_SUPERVISOR_COLLECT_H_
#define QUIESCE_SUPERVISOR_COLLECT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "supervisor/plan/control.h"
#include "supervisor/report/answers.h"
#include "supervisor/report/event_report.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

struct Collected {
  std::vector<NodeFib> fibs;  // by node
  std::vector<RibRow> paths;
  std::vector<BgpSession> sessions;
  std::vector<Answer> answers;  // to the topology's questions, by node
  ReachabilityReport reachability;
  // As Emulation::confessions(), of all emulators.
  std::map<std::string, std::set<std::string>> confessions;

  std::vector<const NodeFib*> FibPointers() const;
  // To be compared with another; borrows from this.
  NetworkState state() const { return {fibs, paths, reachability}; }
};

// Who reaches whom over these FIBs, one for each node, and the links as they
// are now.
absl::StatusOr<ReachabilityReport> CheckNetwork(
    const Topology& topology, const Emulation& emulation,
    const std::vector<const NodeFib*>& fibs);

// Whether the topology's questions are put, too.
enum class Collecting { kState, kStateAndAnswers };

// `control[n]` is how node n's RIB is asked for, if at all. Virtual time stands
// still meanwhile. In a swarm every emulator asks its own nodes, and each
// learns of all, but for others' paths, which only the first does. Errors name
// the node.
absl::StatusOr<Collected> Collect(
    const Topology& topology,
    const std::vector<absl::optional<Control>>& control, Collecting what,
    Emulation* emulation);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_COLLECT_H_
