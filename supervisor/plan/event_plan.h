// From a topology's events to what the scheduler carries out.
#ifndef QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_
#define QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_

#include <vector>

#include "supervisor/sched/events.h"
#include "topo/topology.h"

namespace quiesce {

std::vector<NetworkEvent> PlanEvents(const Topology& topology);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_EVENT_PLAN_H_
