// The few things a pidfd is good for.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_PIDFD_H_
#define QUIESCE_SUPERVISOR_LAUNCH_PIDFD_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// The process's number in our PID namespace, from /proc/self/fdinfo
// (fs/pidfs.c:pidfd_show_fdinfo). NotFound when it has been reaped.
absl::StatusOr<pid_t> PidOfPidfd(int pidfd);

// A duplicate of another process's descriptor, pidfd_getfd(2).
absl::StatusOr<UniqueFd> FetchDescriptor(int pidfd, int descriptor);

// Waits until the process has ended (is a zombie or gone). For the PID 1 of a
// namespace that is after everything else in it has gone
// (kernel/pid_namespace.c:zap_pid_ns_processes). False on timeout.
bool WaitForEnd(int pidfd, absl::Duration timeout);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_PIDFD_H_
