// Files of /proc/net, drawn from a node's network stack. The node's own
// network namespace is empty, so the kernel's would show nothing but lo.
#ifndef QUIESCE_NOTIFIER_PROCFS_PROC_NET_H_
#define QUIESCE_NOTIFIER_PROCFS_PROC_NET_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/net/stack.h"

namespace quiesce {

// The content of /proc/net/`name`, in the kernel's format, byte for byte as
// far as there is anything to tell (counters of packets are 0: there are no
// packets). Absent for files that are left to the kernel.
std::optional<std::string> ProcNetFile(const Stack& stack,
                                       absl::string_view name);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PROCFS_PROC_NET_H_
