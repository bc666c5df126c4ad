#include "topo/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(path);
  std::string result;
  char buffer[65536];
  while (true) {
    const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
    if (got == 0) return result;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(path);
    result.append(buffer, got);
  }
}

std::string JoinPath(absl::string_view directory, absl::string_view path) {
  if (directory.empty() || (!path.empty() && path[0] == '/')) {
    return std::string(path);
  }
  return absl::StrCat(directory, directory.back() == '/' ? "" : "/", path);
}

std::string Directory(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return "";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

std::string Stem(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  const size_t dot = path.rfind('.');
  if (dot != absl::string_view::npos && dot != 0) path = path.substr(0, dot);
  return std::string(path);
}

}  // namespace quiesce
