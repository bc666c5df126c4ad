// What a real kernel's main table holds, as the report's FIB. Read through
// iproute2, so that the oracle shares no netlink code with what it judges.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_FIB_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_FIB_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// Adds what `ip -json -details -N [-6] route show table main` printed. `family`
// is AF_INET or AF_INET6 (what "default" means). Routes to link-local and
// multicast networks are left out, as supervisor/report/fib_of_stack.h leaves
// them out: every interface has them and they lead nowhere else. Pure.
absl::Status AddIpRouteJson(absl::string_view json, int family, NodeFib* fib);

// Both families of the main table in a network namespace, finished.
absl::StatusOr<NodeFib> ReadKernelFib(const std::string& node, int netns);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_FIB_H_
