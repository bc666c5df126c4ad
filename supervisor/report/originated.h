// What reachability is told of: which nodes, known by which prefixes.
#ifndef QUIESCE_SUPERVISOR_REPORT_ORIGINATED_H_
#define QUIESCE_SUPERVISOR_REPORT_ORIGINATED_H_

#include <vector>

#include "supervisor/report/reachability.h"
#include "topo/topology.h"

namespace quiesce {

// Whether any node does in BGP.
bool OriginatesPrefixes(const Topology& topology);

// Where none does, nodes are known by their loopbacks, which need not be known
// to everybody.
std::vector<OriginatedPrefix> OriginatedBy(const Topology& topology);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_ORIGINATED_H_
