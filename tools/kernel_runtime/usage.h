// What a process has used, read from outside.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_USAGE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_USAGE_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace quiesce {

// CPU time of all threads of a process, those that ended included: its
// CPU-time clock (clock_getcpuclockid(3)), exact to the scheduler's
// nanoseconds. Other users' processes are fine.
absl::StatusOr<absl::Duration> CpuTimeOf(pid_t pid);

// Proportional set size in KiB: private pages, and of each shared page its
// share (/proc/PID/smaps_rollup). Needs ptrace access to the process.
absl::StatusOr<int64_t> PssKibOf(pid_t pid);

// The number of a line "NAME:   123 kB"; what PssKibOf reads. Pure.
absl::StatusOr<int64_t> KibNamed(absl::string_view text,
                                 absl::string_view name);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_USAGE_H_
