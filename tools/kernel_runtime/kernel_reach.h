// Who reaches whom on the real kernel: as ping finds out, by echo requests
// between the namespaces (RFC 792, RFC 4443). What counts is that they arrive,
// so that a way back is no part of the question: it is asked for every ordered
// pair of nodes, as reachability.json answers it.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_REACH_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_REACH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/reachability.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

// One request for each prefix of each pair, sent again while it does not
// arrive, for a second. `fibs` has the present nodes' addresses: a prefix is
// known by the lowest in it. Of several equal ways a request takes one, as any
// packet. The report has no failures' witnesses.
absl::StatusOr<ReachabilityReport> ProbeReachability(
    KernelNetwork* network, const std::vector<NodeFib>& fibs);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_REACH_H_
