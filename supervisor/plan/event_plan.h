// From a topology's events to what the scheduler carries out.
#ifndef QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_
#define QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_

#include <vector>

#include "absl/status/status.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/events.h"
#include "topo/topology.h"

namespace quiesce {

std::vector<NetworkEvent> PlanEvents(const Topology& topology);

// InvalidArgument if an event names a process that its node, of those that are
// planned here, does not run.
absl::Status CheckEvents(const std::vector<NetworkEvent>& events,
                         const std::vector<NodePlan>& nodes);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_
