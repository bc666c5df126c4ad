// Files as a process of a node sees them, looked at from outside: where a path
// leads, and whether what is there is the same in another node.
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_FILE_VIEW_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_FILE_VIEW_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// What is at a path. Sizes and times of directories are left out: others' files
// in them change these.
struct FileState {
  int error = 0;  // an errno instead of all else
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  int64_t size = 0;
  int64_t changed_at = 0;  // its content, in nanoseconds

  bool operator==(const FileState& other) const = default;
};

class FileView {
 public:
  // Of a process's root directory.
  static absl::StatusOr<FileView> Of(pid_t pid);

  // The path without symbolic links, as far as it exists.
  std::string Canonical(const std::string& path) const;
  // What stat(2) tells as the device of a file, as it stands in memory.
  std::string DeviceOf(const std::string& path) const;
  // Of a canonical path.
  FileState StateOf(const std::string& path) const;

 private:
  explicit FileView(UniqueFd root) : root_(std::move(root)) {}
  UniqueFd Open(const std::string& path) const;

  UniqueFd root_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_FILE_VIEW_H_
