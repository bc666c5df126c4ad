// Waits until a network on the real kernel has converged, as far as one can
// tell from outside: all its sessions are established and for a quiet window
// no route and no BGP connection has changed.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "supervisor/report/rib.h"
#include "supervisor/report/usage.h"
#include "tools/kernel_runtime/activity.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

struct ConvergenceOptions {
  absl::Duration quiet = absl::Seconds(6);
  // How often route notifications are looked at. Connections are looked at as
  // often as a twentieth of that time allows.
  absl::Duration interval = absl::Milliseconds(100);
  absl::Duration patience = absl::Minutes(15);
};

struct Convergence {
  absl::Time last_change;  // the end of converging
  absl::Time noticed;      // when the quiet window was over
  int session_ends = 0;    // all established
  int64_t route_events = 0;
  TreeUsage routers;  // before the sessions were asked for
};

// Session ends that the daemons have configured and that are not established,
// as "r1 - 10.0.0.1: Active". `established` counts the others.
absl::StatusOr<std::vector<std::string>> MissingSessions(KernelNetwork* network,
                                                         int* established);

// DeadlineExceeded says which sessions are missing or that routes still
// change. Sessions are asked for only in quiet moments, so that asking does
// not slow the daemons down.
absl::StatusOr<Convergence> AwaitConvergence(KernelNetwork* network,
                                             Activity* activity,
                                             const ConvergenceOptions& options);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_
