// The compatibility page: what is answered and how far, printed from the same
// tables that do the answering.
#ifndef QUIESCE_TOOLS_COMPAT_PAGE_H_
#define QUIESCE_TOOLS_COMPAT_PAGE_H_

#include <string>

#include "absl/types/span.h"
#include "notifier/netlink/message_types.h"
#include "notifier/sockopt/option_table.h"
#include "notifier/syscalls/table.h"

namespace quiesce {

// The whole page, in Markdown.
std::string CompatibilityPage(absl::Span<const SyscallRow> calls,
                              absl::Span<const NetlinkMessageType> messages,
                              absl::Span<const OptionRow> options);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_COMPAT_PAGE_H_
