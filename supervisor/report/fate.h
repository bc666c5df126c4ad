// What can become of a packet from each node to one destination.
//
// All sources are answered in one pass over the destination's forwarding graph
// (strongly connected components, Tarjan 1972): the dispositions reachable from
// a node are its own and its successors', a component with a cycle adds LOOP,
// and the number of ECMP paths is the sum over the successors. So a destination
// costs O(nodes + edges), not a walk per pair.
#ifndef QUIESCE_SUPERVISOR_REPORT_FATE_H_
#define QUIESCE_SUPERVISOR_REPORT_FATE_H_

#include <cstdint>
#include <vector>

#include "supervisor/report/forwarding.h"

namespace quiesce {

// What a packet from each node to one destination can meet.
struct DestinationResult {
  std::vector<DispositionSet> fate;  // by source
  // ECMP paths that end well at the node asked for; saturates.
  std::vector<uint64_t> paths;
};

// `wanted` is the node index that should get the packet; success at another
// one also sets kElsewhere.
DestinationResult Analyse(const Forwarding::Graph& graph, int wanted);

// A shortest path from `source` to a node where `disposition` happens; for
// kLoop some path up to and including a node that is on it a second time.
// Empty when it cannot happen.
std::vector<uint32_t> Witness(const Forwarding::Graph& graph, int wanted,
                              int source, Disposition disposition);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FATE_H_
