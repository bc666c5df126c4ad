#include "supervisor/launch/mounts.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<UniqueFd> NewMount(
    const std::string& type,
    const std::vector<std::pair<std::string, std::string>>& options,
    unsigned attributes) {
  UniqueFd context(syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC));
  if (!context.valid()) return ErrnoStatus(absl::StrCat("fsopen ", type));
  for (const auto& [key, value] : options) {
    if (syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, key.c_str(),
                value.c_str(), 0) != 0) {
      return ErrnoStatus(absl::StrCat(type, " option ", key, "=", value));
    }
  }
  if (syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr,
              nullptr, 0) != 0) {
    return ErrnoStatus(absl::StrCat("creating a ", type));
  }
  UniqueFd tree(
      syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, attributes));
  if (!tree.valid()) return ErrnoStatus(absl::StrCat("mounting a ", type));
  return tree;
}

absl::StatusOr<UniqueFd> CopyMount(int directory, const std::string& path,
                                   bool recursive, bool read_only) {
  UniqueFd tree(syscall(
      SYS_open_tree, directory, path.c_str(),
      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0)));
  if (!tree.valid()) return ErrnoStatus(absl::StrCat("open_tree ", path));
  if (read_only) {
    struct mount_attr attributes = {};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (syscall(SYS_mount_setattr, tree.get(), "",
                AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes,
                sizeof(attributes)) != 0) {
      return ErrnoStatus(absl::StrCat("making ", path, " read-only"));
    }
  }
  return tree;
}

absl::Status Attach(int tree, int directory, const std::string& path) {
  if (syscall(SYS_move_mount, tree, "", directory, path.c_str(),
              MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    return ErrnoStatus(absl::StrCat("mounting at ", path));
  }
  return absl::OkStatus();
}

}  // namespace quiesce
