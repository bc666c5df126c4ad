// Something happens to a held network, by order of whoever holds it.
#ifndef QUIESCE_SUPERVISOR_HOLD_EVENT_H_
#define QUIESCE_SUPERVISOR_HOLD_EVENT_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "supervisor/plan/control.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

struct HeldEventResult {
  bool converged = false;
  // For people: how it ended, and each route and each pair of nodes that was
  // gained or lost.
  std::string text;
};

// `words` are those of an Event of proto/topology.proto without its time:
// `link_down { node: "r1" interface: "eth1" }`. It happens now, and the network
// runs until it has converged again. InvalidArgument where the words make no
// sense for this network; then nothing has happened. Other errors are those of
// Emulation::Undergo.
absl::StatusOr<HeldEventResult> RunHeldEvent(
    absl::string_view words, const Topology& topology,
    const std::vector<absl::optional<Control>>& control, Emulation* emulation,
    const std::atomic<bool>* stop);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_HOLD_EVENT_H_
