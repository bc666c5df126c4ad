// The children of a process, from outside: whoever walks a process tree.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_PROCESS_CHILDREN_H_
#define QUIESCE_SUPERVISOR_LAUNCH_PROCESS_CHILDREN_H_

#include <sys/types.h>

#include <vector>

namespace quiesce {

// Children of all threads of a process (/proc/PID/task/*/children), in no
// order; none if it is gone.
std::vector<pid_t> ChildrenOf(pid_t pid);

// Those, their children and so on, in order.
std::vector<pid_t> DescendantsOf(pid_t pid);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_PROCESS_CHILDREN_H_
