// The few instructions that the launcher puts before a process's filter, and
// how its listener is set up.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_FILTER_H_
#define QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_FILTER_H_

#include <linux/filter.h>

#include <vector>

namespace quiesce {

// The filter as it is installed: notifies the handshake call and lets the
// close() that goes with it through (child.h).
std::vector<sock_filter> LaunchFilter(const std::vector<sock_filter>& filter);

// Guest and supervisor take turns on one core. Before 6.6 wake-ups are merely
// slower.
void SetSyncWakeUp(int listener);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_FILTER_H_
