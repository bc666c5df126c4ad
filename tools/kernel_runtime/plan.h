// From a topology to what its nodes run on the real kernel: the same images,
// files and arguments as under the supervisor (supervisor/plan), without what
// only the emulation needs.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/kernel_runtime/kernel_network.h"
#include "topo/topology.h"

namespace quiesce {

// One plan for each node, in order. `node_directory` gives the directory for a
// node's outputs. Processes run as they would anywhere: no filter, address
// space layout randomised, ordinary scheduling. Errors name the image.
absl::StatusOr<std::vector<KernelNodePlan>> PlanNodes(
    const Topology& topology,
    const std::function<absl::StatusOr<std::string>(const std::string& node)>&
        node_directory);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
