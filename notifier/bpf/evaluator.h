// What the kernel does with a seccomp filter, as a function.
#ifndef QUIESCE_NOTIFIER_BPF_EVALUATOR_H_
#define QUIESCE_NOTIFIER_BPF_EVALUATOR_H_

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace quiesce {

// The value a filter returns for a call (SECCOMP_RET_*). Knows the instructions
// that kernel/seccomp.c:seccomp_check_filter admits. InvalidArgument where that
// or net/core/filter.c:bpf_check_classic would refuse the program.
absl::StatusOr<uint32_t> EvaluateFilter(absl::Span<const sock_filter> program,
                                        const seccomp_data& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BPF_EVALUATOR_H_
