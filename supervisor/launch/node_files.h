// Files and directories of a node, made relative to a directory descriptor
// (or AT_FDCWD once the node's root is "/"). Errors name the path.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_NODE_FILES_H_
#define QUIESCE_SUPERVISOR_LAUNCH_NODE_FILES_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "supervisor/launch/passwd.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

// Whether the failure is that the place is read-only (EROFS).
bool IsReadOnly(const absl::Status& status);

// Makes every missing directory above `path`, mode 0755.
absl::Status MakeParents(int directory, const std::string& path);

// Makes one directory; one that exists gets the mode, unless it is read-only
// and has it already.
absl::Status MakeDirectory(int directory, const std::string& path, mode_t mode);

// Makes the file or replaces its content.
absl::Status WriteFile(int directory, const std::string& path,
                       absl::string_view content, mode_t mode);

// Makes an empty file unless there is one.
absl::Status TouchFile(int directory, const std::string& path);

absl::Status SetOwner(int directory, const std::string& path,
                      const FileOwner& owner, const UserDatabase& users);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_NODE_FILES_H_
