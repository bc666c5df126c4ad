// Builds a node's file system, from inside: called by the node's PID 1 in its
// fresh mount namespace, where "/" is still a copy of the host's.
//
// Everything private lives in one tmpfs per node; its directories are bound
// to where the node expects them. The image is bound read-only below, or is
// the lower layer of an overlay whose upper layer is in that tmpfs. Mounts are
// made detached (fsmount, open_tree) and put in place by move_mount, so no
// directory of the host is needed for staging and none is left behind.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_NODE_ROOT_H_
#define QUIESCE_SUPERVISOR_LAUNCH_NODE_ROOT_H_

#include "absl/status/status.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

// After it "/" is the node's root and nothing of the host is reachable but
// what the spec names. InvalidArgument says which path of the spec cannot be
// had and why.
absl::Status BuildNodeRoot(const NodeSpec& spec);

// For a host_transparent node with a PID namespace: everything stays as it is
// but /proc, which shows that namespace. Mounts that the host makes later
// appear in the node, those of the node do not appear on the host.
absl::Status MountOwnProc();

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_NODE_ROOT_H_
