// The PID 1 of a node: our own code from clone() to the end, never under a
// filter. It builds the node's file system, says so, then spawns processes on
// request and reaps. It ends when the supervisor closes the control socket, and
// takes the whole PID namespace with it.
//
// Signals cannot hurt it: to a PID 1 without handlers the kernel delivers
// only SIGKILL and SIGSTOP, and these only from outside of its namespace
// (kernel/signal.c:sig_task_ignored).
#ifndef QUIESCE_SUPERVISOR_LAUNCH_NODE_INIT_H_
#define QUIESCE_SUPERVISOR_LAUNCH_NODE_INIT_H_

#include "notifier/base/unique_fd.h"
#include "supervisor/launch/child.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

struct NodeInitChannels {
  UniqueFd control;  // requests and their answers; the first answer is to
                     // the node's start
  UniqueFd events;   // WireExit, from us only
  UniqueFd slots;    // a memfd of kChildSlots ChildSlots
};

// Runs in the process that the fork server has just cloned.
[[noreturn]] void RunNodeInit(NodeSpec spec, NodeInitChannels channels);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_NODE_INIT_H_
