#include "supervisor/zygote/file_view.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<FileView> FileView::Of(pid_t pid) {
  UniqueFd root(open(absl::StrCat("/proc/", pid, "/root").c_str(),
                     O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return ErrnoStatus("the root directory of a process");
  return FileView(std::move(root));
}

UniqueFd FileView::Open(const std::string& path) const {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(
      syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof(how)));
}

std::string FileView::Canonical(const std::string& path) const {
  if (const UniqueFd file = Open(path); file.valid()) {
    char target[PATH_MAX];
    const ssize_t size =
        readlink(absl::StrCat("/proc/self/fd/", file.get()).c_str(), target,
                 sizeof(target));
    if (size > 0) return std::string(target, size);
  }
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || path == "/") return path;
  const std::string parent =
      Canonical(slash == 0 ? "/" : path.substr(0, slash));
  return absl::StrCat(parent == "/" ? "" : parent, path.substr(slash));
}

std::string FileView::DeviceOf(const std::string& path) const {
  struct stat info = {};
  fstat(Open(path).get(), &info);
  return std::string(reinterpret_cast<const char*>(&info.st_dev),
                     sizeof(info.st_dev));
}

FileState FileView::StateOf(const std::string& path) const {
  FileState state;
  struct stat info;
  if (fstatat(root_.get(), path == "/" ? "." : path.c_str() + 1, &info,
              AT_SYMLINK_NOFOLLOW) != 0) {
    state.error = errno;
    return state;
  }
  state.mode = info.st_mode;
  state.uid = info.st_uid;
  state.gid = info.st_gid;
  if (!S_ISREG(info.st_mode)) return state;
  state.size = info.st_size;
  state.changed_at = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
  return state;
}

}  // namespace quiesce
