// From a topology to what an emulation runs: for each node its processes,
// files, links and addresses; for each link a cable.
#ifndef QUIESCE_SUPERVISOR_PLAN_NETWORK_PLAN_H_
#define QUIESCE_SUPERVISOR_PLAN_NETWORK_PLAN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/image.pb.h"
#include "supervisor/plan/control.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

struct NetworkPlan {
  std::vector<NodePlan> nodes;
  std::vector<CablePlan> cables;
  // How each node's RIB is asked for.
  std::vector<absl::optional<Control>> control;
  std::vector<std::string> images;  // names, sorted, each once
};

// Whether every image that the topology names can be used; all that is wrong
// with them. InvalidArgument: a description that is not there or has mistakes;
// NotFound: a root file system that has to be built first.
absl::Status CheckImages(const Topology& topology);

// Loads and checks every image that the topology names. `node_directory` gives
// the directory for a node's outputs and is called once for each; empty: the
// node does not run here, and has a name only. With `hold_threads` calls are
// notified at which threads can be held (ThreadHolds). Errors name node and
// image.
absl::StatusOr<NetworkPlan> PlanNetwork(
    const Topology& topology, uint64_t seed, bool hold_threads,
    const std::function<absl::StatusOr<std::string>(const std::string& node)>&
        node_directory);

// Gives a node's stack its links, addresses and static routes, links up.
absl::Status BuildStack(const TopologyNode& node, bool install_routes,
                        Stack& stack);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_NETWORK_PLAN_H_
