// Waits until a network on the real kernel has converged, as far as one can
// tell from outside: for a quiet window no route and no BGP connection has
// changed, and nothing is missing that whoever waits knows of.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_

#include <functional>
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
  // The quiet window after an event of which nothing has come so far: it may go
  // unnoticed for as long as somebody's longest timer.
  absl::Duration unnoticed = absl::Seconds(10);
  // How often route notifications are looked at. Connections are looked at as
  // often as a twentieth of that time allows.
  absl::Duration interval = absl::Milliseconds(100);
  // How long until it is asked again for what was missing (somebody waits for
  // a connect retry) if nothing else happens.
  absl::Duration ask_again = absl::Seconds(5);
  absl::Duration patience = absl::Minutes(15);
};

struct Convergence {
  absl::Time last_change;  // the end of converging
  absl::Time noticed;      // when the quiet window was over
  // Not empty: what was still missing when patience was over.
  std::string missing;
  int64_t route_events = 0;
  TreeUsage routers;  // before it was looked for what is missing
};

// Session ends that the daemons have configured and that are not established,
// the first few as "r1 - 10.0.0.1: Active". `established` counts the others.
absl::StatusOr<std::string> MissingSessions(KernelNetwork* network,
                                            int* established);

// What must come true in quiet moments, and is asked for then only, so that
// asking does not slow the daemons down: returns what is missing, or nothing.
using Missing = std::function<absl::StatusOr<std::string>()>;

// Called at every look: whether something has been done to the network.
using Disturb = std::function<absl::StatusOr<bool>()>;

// DeadlineExceeded if routes still change when patience is over.
absl::StatusOr<Convergence> AwaitConvergence(KernelNetwork* network,
                                             Activity* activity,
                                             const ConvergenceOptions& options,
                                             const Missing& missing,
                                             const Disturb& disturb);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_CONVERGENCE_H_
