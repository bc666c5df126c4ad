// What else a real kernel knows of a node's way through its tables: policy
// routing rules, and the addresses of its interfaces. Read through iproute2, as
// kernel_fib.h does.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RULES_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// Adds what `ip -N -details [-6] rule show` printed: "10:	from all fwmark
// 0x7 lookup 100 proto 0". Pure.
absl::Status AddIpRuleText(absl::string_view text, int family, NodeFib* fib);

// Adds what `ip -json address show` printed. Pure.
absl::Status AddIpAddressJson(absl::string_view text, NodeFib* fib);

// Both, of a network namespace.
absl::Status AddRulesAndAddresses(int netns, NodeFib* fib);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_RULES_H_
