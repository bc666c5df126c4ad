#include "tools/kernel_runtime/in_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

absl::StatusOr<UniqueFd> OpenNamespace(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(path);
  return fd;
}

}  // namespace

absl::StatusOr<InNamespace> InNamespace::Enter(int netns) {
  ASSIGN_OR_RETURN(UniqueFd home, OpenNamespace("/proc/thread-self/ns/net"));
  if (setns(netns, CLONE_NEWNET) != 0) return ErrnoStatus("setns");
  return InNamespace(std::move(home));
}

InNamespace::~InNamespace() {
  // Staying abroad would let us change the wrong network.
  if (home_.valid() && setns(home_.get(), CLONE_NEWNET) != 0) abort();
}

absl::StatusOr<UniqueFd> NetworkNamespaceOf(pid_t pid) {
  return OpenNamespace(absl::StrCat("/proc/", pid, "/ns/net"));
}

absl::StatusOr<UniqueFd> NewNetworkNamespace() {
  ASSIGN_OR_RETURN(UniqueFd home, OpenNamespace("/proc/thread-self/ns/net"));
  if (unshare(CLONE_NEWNET) != 0) return ErrnoStatus("unshare(CLONE_NEWNET)");
  auto made = OpenNamespace("/proc/thread-self/ns/net");
  if (setns(home.get(), CLONE_NEWNET) != 0) abort();
  return made;
}

absl::Status WriteNetSysctl(const std::string& name, const std::string& value) {
  std::string path = absl::StrCat("/proc/sys/net/", name);
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(path);
  if (write(fd.get(), value.data(), value.size()) != value.size()) {
    return ErrnoStatus(absl::StrCat("writing ", value, " to ", path));
  }
  return absl::OkStatus();
}

}  // namespace quiesce
