// The seccomp filter of a guest, made from the table of intercepted calls.
#ifndef QUIESCE_NOTIFIER_BPF_FILTER_H_
#define QUIESCE_NOTIFIER_BPF_FILTER_H_

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "notifier/syscalls/table.h"

namespace quiesce {

// The filter that notifies the calls of `table` (sorted by number) for which
// any rule with one of `reasons` holds, and lets all others pass. Calls of
// another architecture kill the process (a 32-bit program would pass the table
// by); x32 calls fail with ENOSYS, as on a kernel without x32.
//
// Not libseccomp's: that can compare a masked argument for equality only, and
// each argument once in a rule, so "an int that is neither 0 nor -1, whatever
// the upper half of its register holds" cannot be said in it.
//
// A number that is never notified is decided by the number alone: the kernel
// finds that out once and skips the filter from then on
// (kernel/seccomp.c:seccomp_cache_prepare).
//
// Errors: InvalidArgument for an unsorted table or a bad test; OutOfRange if
// the program exceeds what the kernel takes (BPF_MAXINSNS).
absl::StatusOr<std::vector<sock_filter>> BuildFilter(
    absl::Span<const SyscallRow> table, uint8_t reasons);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BPF_FILTER_H_
