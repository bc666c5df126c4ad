// The fork server: a single-threaded process that clones node inits into new
// namespaces for a supervisor that has threads.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_FORK_SERVER_H_
#define QUIESCE_SUPERVISOR_LAUNCH_FORK_SERVER_H_

#include <string>

#include "notifier/base/unique_fd.h"

namespace quiesce {

// First says with a Status whether it has its priority. Then serves until the
// supervisor closes its end of `channel`. A request is a
// NodeSpec with the descriptors of NodeInitChannels in their order; the
// answer is a Status, and the new PID 1's pidfd. Runs in the process that
// Launcher::Start() has just forked.
[[noreturn]] void RunForkServer(UniqueFd channel, const std::string& name,
                                int fifo_priority);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_FORK_SERVER_H_
