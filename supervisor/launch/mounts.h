// Mounts made by descriptor, with the calls that came after mount(2)
// (fsopen(2), open_tree(2), move_mount(2), mount_setattr(2); Linux 5.12).
#ifndef QUIESCE_SUPERVISOR_LAUNCH_MOUNTS_H_
#define QUIESCE_SUPERVISOR_LAUNCH_MOUNTS_H_

#include <sys/mount.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// A new file system that is in no namespace yet; it goes with the descriptor
// unless it is attached. `attributes` are MOUNT_ATTR_*.
absl::StatusOr<UniqueFd> NewMount(
    const std::string& type,
    const std::vector<std::pair<std::string, std::string>>& options,
    unsigned attributes);

// A detached copy of the mount at a path (a bind mount), with the mounts below
// it if wanted.
absl::StatusOr<UniqueFd> CopyMount(int directory, const std::string& path,
                                   bool recursive, bool read_only);

// Puts a detached mount where `path` is. One attached already moves.
absl::Status Attach(int tree, int directory, const std::string& path);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_MOUNTS_H_
