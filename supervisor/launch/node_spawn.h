// Makes one process of a node, inside the node: names become numbers, argv[0]
// a path, and a child is cloned with a plan (child.h).
#ifndef QUIESCE_SUPERVISOR_LAUNCH_NODE_SPAWN_H_
#define QUIESCE_SUPERVISOR_LAUNCH_NODE_SPAWN_H_

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/child.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

struct SpawnedChild {
  pid_t pid = -1;  // as the node sees it
  UniqueFd pidfd;
};

// `process` as TakeProcessSpec() gives it; `fds` as its message had them, the
// write end of the pipe last. Called by the node init. InvalidArgument for
// names that do not exist, NotFound for a program that PATH does not have.
absl::StatusOr<SpawnedChild> SpawnChild(const ProcessSpec& process,
                                        std::vector<UniqueFd> fds,
                                        ChildSlot* slot);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_NODE_SPAWN_H_
