#include "supervisor/launch/stdio.h"

#include <fcntl.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<UniqueFd> OpenStdio(const StdioSpec& spec, bool input) {
  if (spec.kind == StdioSpec::Kind::kFd) {
    UniqueFd fd(fcntl(spec.fd, F_DUPFD_CLOEXEC, 0));
    if (!fd.valid()) return ErrnoStatus("a descriptor to be passed on");
    return fd;
  }
  const bool null = spec.kind == StdioSpec::Kind::kNull;
  const std::string& path = null ? "/dev/null" : spec.path;
  const int flags = null    ? O_RDWR
                    : input ? O_RDONLY
                            : O_WRONLY | O_CREAT | O_APPEND;
  UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0644));
  if (!fd.valid()) return ErrnoStatus(absl::StrCat("opening ", path));
  return fd;
}

}  // namespace quiesce
