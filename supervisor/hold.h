// A converged network kept up: commands run inside its nodes, under the same
// interposition, and events happen to it, until Ctrl-C.
//
// The network's clock goes on only while a command runs, and then no faster
// than the clock on the wall: sessions stay up however long somebody thinks.
// After an event it goes on until the network has converged again.
#ifndef QUIESCE_SUPERVISOR_HOLD_H_
#define QUIESCE_SUPERVISOR_HOLD_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "supervisor/plan/control.h"
#include "supervisor/sched/emulation.h"
#include "topo/topology.h"

namespace quiesce {

// Serves the control socket DIRECTORY/control (supervisor/hold_protocol.h)
// until `stop`; removes it at the end. `control` as for Collect(). Fails if a
// node fails.
absl::Status Hold(Emulation* emulation, const Topology& topology,
                  const std::vector<absl::optional<Control>>& control,
                  const std::string& directory, const std::atomic<bool>* stop);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_HOLD_H_
