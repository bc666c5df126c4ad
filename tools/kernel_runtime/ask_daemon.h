// Asks a node's daemon over its control socket and waits for the answer: on
// the real kernel nobody has to serve the daemon meanwhile.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/plan/control.h"
#include "supervisor/report/rib_query.h"

namespace quiesce {

// `root` is "/proc/PID/root". DeadlineExceeded if no answer comes.
absl::StatusOr<NodeRib> AskRib(const Control& control, const std::string& node,
                               const std::string& root,
                               absl::Duration timeout = absl::Seconds(60));

absl::StatusOr<std::vector<BgpSession>> AskSessions(
    const Control& control, const std::string& node, const std::string& root,
    absl::Duration timeout = absl::Seconds(60));

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_ASK_DAEMON_H_
