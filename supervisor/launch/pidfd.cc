#include "supervisor/launch/pidfd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<pid_t> PidOfPidfd(int pidfd) {
  UniqueFd info(open(absl::StrCat("/proc/self/fdinfo/", pidfd).c_str(),
                     O_RDONLY | O_CLOEXEC));
  char text[512];
  ssize_t size = info.valid() ? read(info.get(), text, sizeof(text) - 1) : -1;
  if (size < 0) return ErrnoStatus("reading a pidfd's fdinfo");
  text[size] = '\0';
  const char* line = strstr(text, "\nPid:");
  pid_t pid = line == nullptr ? -1 : atoi(line + 5);
  if (pid <= 0) return absl::NotFoundError("the process is gone");
  return pid;
}

absl::StatusOr<UniqueFd> FetchDescriptor(int pidfd, int descriptor) {
  UniqueFd fd(syscall(SYS_pidfd_getfd, pidfd, descriptor, 0));
  if (!fd.valid()) return ErrnoStatus("pidfd_getfd");
  return fd;
}

bool WaitForEnd(int pidfd, absl::Duration timeout) {
  absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd waiting{pidfd, POLLIN, 0};
    int ready = poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace quiesce
