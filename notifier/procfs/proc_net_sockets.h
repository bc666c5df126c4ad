// /proc/net/tcp and its like: the node's sockets, for ss and netstat.
#ifndef QUIESCE_NOTIFIER_PROCFS_PROC_NET_SOCKETS_H_
#define QUIESCE_NOTIFIER_PROCFS_PROC_NET_SOCKETS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/call/call.h"

namespace quiesce {

// The content of /proc/net/`name` for tcp, tcp6, udp, udp6, raw and raw6 of the
// caller's node, in the order in which the sockets were made; absent for any
// other name. Queues, timers, owners and inodes are shown as 0.
std::optional<std::string> ProcNetSockets(Call& call, absl::string_view name);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PROCFS_PROC_NET_SOCKETS_H_
