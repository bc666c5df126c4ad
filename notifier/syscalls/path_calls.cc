#include "notifier/syscalls/path_calls.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/procfs/virtual_files.h"

namespace quiesce {
namespace {

constexpr size_t kMostPath = 4096;  // PATH_MAX

// Whether `path` can be one of ours at all: most are not, and are let go
// before anything else is done.
bool Interesting(const std::string& path) {
  return absl::StartsWith(path, "/proc/") || absl::StartsWith(path, "/dev/") ||
         absl::StartsWith(path, "/sys/class/net/");
}

// "/proc//net/./dev" is "/proc/net/dev". A path that goes up is left alone.
std::string Plain(std::string path) {
  while (absl::StrContains(path, "//") || absl::StrContains(path, "/./")) {
    path = absl::StrReplaceAll(path, {{"//", "/"}, {"/./", "/"}});
  }
  return path;
}

// What fs/namei.c:do_open and may_open would say of a file of /proc; 0 if it
// can be opened.
int Refusal(Call& call, const VirtualFile& file, int flags) {
  if (file.kind == VirtualFile::Kind::kError) return file.error;
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return EEXIST;
  if (flags & O_DIRECTORY) return ENOTDIR;
  if ((flags & O_ACCMODE) == O_RDONLY) return 0;
  switch (file.kind) {
    case VirtualFile::Kind::kText:
      return EACCES;
    case VirtualFile::Kind::kSysctl:
      // net/sysctl_net.c:net_ctl_permissions
      return call.Capable(CAP_NET_ADMIN) ? 0 : EACCES;
    case VirtualFile::Kind::kRandom:
      return 0;
    case VirtualFile::Kind::kError:
      break;
  }
  return EACCES;
}

Outcome Open(Call& call, GuestAddr path_address, int flags) {
  ErrnoOr<std::string> path = call.memory->ReadString(path_address, kMostPath);
  // The kernel has its own words for a bad path.
  if (!path.ok() || (flags & O_PATH) || !Interesting(*path)) {
    return Outcome::Native();
  }
  // What was written to such files before must be seen.
  call.kernel->Pump();
  VirtualFiles& files = VirtualFiles::Of(*call.kernel);
  std::optional<VirtualFile> file = files.Find(call, Plain(*std::move(path)));
  if (!file) return Outcome::Native();
  if (int error = Refusal(call, *file, flags)) return Outcome::Fail(error);
  ErrnoOr<UniqueFd> opened = files.Open(*file, flags);
  if (!opened.ok()) return Outcome::Fail(opened.error());
  return Outcome::Install(std::move(*opened), (flags & O_CLOEXEC) != 0);
}

}  // namespace

Outcome SysOpen(Call& call) { return Open(call, call.Addr(0), call.Int(1)); }

// An absolute path makes nothing of the directory.
Outcome SysOpenat(Call& call) { return Open(call, call.Addr(1), call.Int(2)); }

Outcome SysOpenat2(Call& call) {
  ErrnoOr<open_how> how = call.memory->ReadValue<open_how>(call.Addr(2));
  // A resolution with conditions is the kernel's, and so are its errors.
  if (!how.ok() || call.args[3] != sizeof(open_how) || how->resolve != 0 ||
      how->flags > INT32_MAX) {
    return Outcome::Native();
  }
  return Open(call, call.Addr(1), static_cast<int>(how->flags));
}

}  // namespace quiesce
