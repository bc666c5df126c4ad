// Asks the routing daemons of a network that stands still for their RIBs.
#ifndef QUIESCE_SUPERVISOR_ASK_RIBS_H_
#define QUIESCE_SUPERVISOR_ASK_RIBS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "supervisor/plan/control.h"
#include "supervisor/sched/emulation.h"

namespace quiesce {

// By node; empty for those that do not run here and those without a daemon that
// can be asked. `control[n]` says how node n is asked. Virtual time stands
// still meanwhile.
std::vector<absl::StatusOr<NodeRib>> AskRibs(
    const std::vector<absl::optional<Control>>& control, Emulation* emulation);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ASK_RIBS_H_
