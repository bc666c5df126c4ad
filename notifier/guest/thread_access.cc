#include "notifier/guest/thread_access.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

namespace quiesce {
namespace {

constexpr uint64_t kPage = 4096;

// What stands behind "name:" in a file of /proc, not in its first line;
// empty if there is no such line or file.
std::string FieldOf(const std::string& path, absl::string_view name) {
  char text[4096];
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return "";
  const ssize_t size = read(file.get(), text, sizeof(text));
  if (size <= 0) return "";
  const std::string status(text, size);
  const std::string key = absl::StrCat("\n", name, ":");
  const size_t line = status.find(key);
  if (line == std::string::npos) return "";
  const size_t begin = line + key.size();
  return status.substr(begin, status.find('\n', begin) - begin);
}

std::string StatusField(pid_t tid, absl::string_view name) {
  return FieldOf(absl::StrCat("/proc/", tid, "/status"), name);
}

uint64_t StatusNumber(pid_t tid, absl::string_view name, int base) {
  return std::strtoull(StatusField(tid, name).c_str(), nullptr, base);
}

}  // namespace

int ThreadMemory::Read(GuestAddr from, void* to, size_t size) {
  if (size == 0) return 0;
  if (copied_.Read(static_cast<uint64_t>(from), to, size)) return 0;
  iovec local{to, size};
  iovec remote{reinterpret_cast<void*>(from), size};
  const ssize_t done = process_vm_readv(tid_, &local, 1, &remote, 1, 0);
  if (done == static_cast<ssize_t>(size)) return 0;
  return done < 0 ? errno : EFAULT;
}

int ThreadMemory::Write(GuestAddr to, const void* from, size_t size) {
  if (size == 0) return 0;
  Know(nullptr);
  iovec local{const_cast<void*>(from), size};
  iovec remote{reinterpret_cast<void*>(to), size};
  const ssize_t done = process_vm_writev(tid_, &local, 1, &remote, 1, 0);
  if (done == static_cast<ssize_t>(size)) return 0;
  return done < 0 ? errno : EFAULT;
}

int ThreadMemory::ReadAll(absl::Span<const ReadPiece> pieces) {
  if (std::all_of(pieces.begin(), pieces.end(), [this](const ReadPiece& piece) {
        return piece.size == 0 ||
               copied_.Read(static_cast<uint64_t>(piece.from), piece.to,
                            piece.size);
      })) {
    return 0;
  }
  iovec local[kMostPieces], remote[kMostPieces];
  const size_t count = std::min(pieces.size(), kMostPieces);
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    local[i] = {pieces[i].to, pieces[i].size};
    remote[i] = {reinterpret_cast<void*>(pieces[i].from), pieces[i].size};
    total += pieces[i].size;
  }
  if (process_vm_readv(tid_, local, count, remote, count, 0) ==
      static_cast<ssize_t>(total)) {
    return 0;
  }
  return GuestMemory::ReadAll(pieces);  // which says where it fails
}

int ThreadMemory::WriteAll(absl::Span<const WritePiece> pieces) {
  Know(nullptr);
  iovec local[kMostPieces], remote[kMostPieces];
  const size_t count = std::min(pieces.size(), kMostPieces);
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    local[i] = {const_cast<void*>(pieces[i].from), pieces[i].size};
    remote[i] = {reinterpret_cast<void*>(pieces[i].to), pieces[i].size};
    total += pieces[i].size;
  }
  if (process_vm_writev(tid_, local, count, remote, count, 0) ==
      static_cast<ssize_t>(total)) {
    return 0;
  }
  return GuestMemory::WriteAll(pieces);
}

ErrnoOr<std::string> ThreadMemory::ReadString(GuestAddr from, size_t max) {
  std::string result;
  while (result.size() < max) {
    // Page by page: the string may end right before an unmapped one.
    const GuestAddr at = from + result.size();
    const uint64_t room = kPage - static_cast<uint64_t>(at) % kPage;
    size_t want = std::min<size_t>(room, max - result.size());
    const size_t had = result.size();
    result.resize(had + want);
    if (const size_t known = Known(at, &result[had], want); known > 0) {
      want = known;
      result.resize(had + want);
    } else if (int error = Read(at, &result[had], want)) {
      return Errno(error);
    }
    const size_t end = result.find('\0', had);
    if (end != std::string::npos) {
      result.resize(end);
      return result;
    }
  }
  return Errno(ENAMETOOLONG);
}

ErrnoOr<UniqueFd> ThreadFiles::Duplicate(int guest_fd) {
  if (guest_fd < 0) return Errno(EBADF);
  const int pidfd = pidfd_->valid() ? pidfd_->get() : process_;
  int fd = pidfd >= 0 ? syscall(SYS_pidfd_getfd, pidfd, guest_fd, 0) : -1;
  if (fd < 0 && (pidfd < 0 || errno == ESRCH)) {
    // The thread it was opened for has ended; its process goes on.
    pidfd_->Reset(syscall(SYS_pidfd_open, tid_, PIDFD_THREAD));
    if (!pidfd_->valid()) return Errno(errno == EMFILE ? EMFILE : ESRCH);
    fd = syscall(SYS_pidfd_getfd, pidfd_->get(), guest_fd, 0);
  }
  if (fd < 0) return Errno(errno);
  return UniqueFd(fd);
}

pid_t ThreadGroupOf(pid_t tid) {
  const uint64_t tgid = StatusNumber(tid, "Tgid", 10);
  return tgid == 0 ? -1 : static_cast<pid_t>(tgid);
}

pid_t InnermostPid(pid_t tid) {
  const std::string numbers = StatusField(tid, "NSpid");
  const size_t last = numbers.find_last_of("\t ");
  return std::atoi(numbers.c_str() +
                   (last == std::string::npos ? 0 : last + 1));
}

uint64_t EffectiveCapabilities(pid_t tid) {
  // capget(2) of another thread: much cheaper than its status file.
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, tid};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return 0;
  return static_cast<uint64_t>(data[1].effective) << 32 | data[0].effective;
}

uint64_t PendingSignals(pid_t tid) {
  return StatusNumber(tid, "SigPnd", 16) | StatusNumber(tid, "ShdPnd", 16);
}

bool IsStopped(pid_t tid) {
  const std::string state = StatusField(tid, "State");  // "T (stopped)"
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(state), "T");
}

uint64_t SignalsOfFd(pid_t tid, int fd) {
  // fs/signalfd.c:signalfd_show_fdinfo
  const std::string mask =
      FieldOf(absl::StrCat("/proc/", tid, "/fdinfo/", fd), "sigmask");
  return std::strtoull(mask.c_str(), nullptr, 16);
}

UniqueFd FileOf(pid_t process, int guest_fd) {
  UniqueFd pidfd(syscall(SYS_pidfd_open, process, 0));
  if (!pidfd.valid()) return UniqueFd();
  return UniqueFd(syscall(SYS_pidfd_getfd, pidfd.get(), guest_fd, 0));
}

bool CloseOnExec(pid_t tid, int guest_fd) {
  UniqueFd file(open(absl::StrCat("/proc/", tid, "/fdinfo/", guest_fd).c_str(),
                     O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t size =
      file.valid() ? read(file.get(), text, sizeof(text) - 1) : 0;
  if (size <= 0) return false;
  text[size] = '\0';
  const char* flags = std::strstr(text, "flags:");
  return flags != nullptr &&
         (std::strtoull(flags + 6, nullptr, 8) & O_CLOEXEC) != 0;
}

uint32_t UserOf(pid_t tid) {
  // Real, effective, saved, file system.
  const std::string ids = StatusField(tid, "Uid");
  const size_t last = ids.find_last_of('\t');
  return last == std::string::npos
             ? 0
             : std::strtoul(ids.c_str() + last + 1, nullptr, 10);
}

bool InGroups(pid_t tid, uint32_t from, uint32_t to) {
  // Real, effective, saved, file system.
  const std::vector<std::string> ids = absl::StrSplit(
      StatusField(tid, "Gid"), absl::ByAnyChar("\t "), absl::SkipEmpty());
  std::vector<std::string> groups = absl::StrSplit(
      StatusField(tid, "Groups"), absl::ByAnyChar("\t "), absl::SkipEmpty());
  if (ids.size() > 1) groups.push_back(ids[1]);
  return std::any_of(groups.begin(), groups.end(), [&](const std::string& id) {
    uint32_t number;
    return absl::SimpleAtoi(id, &number) && number >= from && number <= to;
  });
}

}  // namespace quiesce
