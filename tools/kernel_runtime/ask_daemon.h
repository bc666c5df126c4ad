// Asks a node's daemon, over its control socket or by programs run in the node,
// and waits for the answers: on the real kernel nobody has to serve the daemon
// meanwhile.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_

#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/plan/control.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

// Empty for an image without BGP, an absent node, and one whose daemon an event
// has ended or stopped. DeadlineExceeded if no answer comes within a
// minute.
absl::StatusOr<NodeRib> AskRib(KernelNetwork* network, int node);
absl::StatusOr<std::vector<BgpSession>> AskSessions(KernelNetwork* network,
                                                    int node);

// Puts the topology's questions until the answers, times aside, have been the
// same for `quiet`: not all that daemons believe shows in routes.
// DeadlineExceeded after `patience`.
absl::StatusOr<std::vector<Answer>> AwaitAnswers(KernelNetwork* network,
                                                 absl::Duration quiet,
                                                 absl::Duration patience);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_
