#include "supervisor/zygote/call_log.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

using enum CallKind;

// Sorted by number.
constexpr CallRule kRules[] = {
    {SYS_read, "read", kReads, "f--"},
    {SYS_write, "write", kWrites, "fbv"},
    {SYS_close, "close", kCloses, "f"},
    {SYS_stat, "stat", kAsks, "p-"},
    {SYS_fstat, "fstat", kUses, "f-"},
    {SYS_lstat, "lstat", kAsks, "p-"},
    {SYS_lseek, "lseek", kReads, "fvv"},
    {SYS_mmap, "mmap", kMemory, "vvvv-v"},
    {SYS_mprotect, "mprotect", kMemory, "vvv"},
    {SYS_munmap, "munmap", kMemory, "vv"},
    {SYS_brk, "brk", kMemory, "v"},
    {SYS_rt_sigaction, "rt_sigaction", kMemory, "v--v"},
    {SYS_rt_sigprocmask, "rt_sigprocmask", kMemory, "v--v"},
    {SYS_ioctl, "ioctl", kUses, "fv-"},
    {SYS_pread64, "pread64", kUses, "f-vv"},
    {SYS_access, "access", kAsks, "pv"},
    {SYS_pipe, "pipe", kPipe, "o"},
    {SYS_mremap, "mremap", kMemory, "vvvvv"},
    {SYS_madvise, "madvise", kMemory, "vvv"},
    {SYS_dup, "dup", kOpens, "f"},
    {SYS_dup2, "dup2", kOpens, "fv"},
    {SYS_getpid, "getpid", kIdentity, ""},
    {SYS_socket, "socket", kOpens, "vvv"},
    {SYS_connect, "connect", kUsesState, "fsv"},
    {SYS_uname, "uname", kIdentity, "-"},
    {SYS_fcntl, "fcntl", kUses, "fvv"},
    {SYS_ftruncate, "ftruncate", kWrites, "fv"},
    {SYS_getdents64, "getdents64", kReads, "f-v"},
    {SYS_getcwd, "getcwd", kAsks, "-v"},
    {SYS_mkdir, "mkdir", kChanges, "pv"},
    {SYS_rmdir, "rmdir", kChanges, "p"},
    {SYS_unlink, "unlink", kChanges, "p"},
    {SYS_readlink, "readlink", kAsks, "p-v"},
    {SYS_chmod, "chmod", kChanges, "pv"},
    {SYS_fchmod, "fchmod", kWrites, "fv"},
    {SYS_chown, "chown", kChanges, "pvv"},
    {SYS_fchown, "fchown", kWrites, "fvv"},
    {SYS_umask, "umask", kChanges, "v"},
    {SYS_getrlimit, "getrlimit", kAsks, "v-"},
    {SYS_getuid, "getuid", kAsks, ""},
    {SYS_getgid, "getgid", kAsks, ""},
    {SYS_setuid, "setuid", kChanges, "v"},
    {SYS_setgid, "setgid", kChanges, "v"},
    {SYS_geteuid, "geteuid", kAsks, ""},
    {SYS_getegid, "getegid", kAsks, ""},
    {SYS_getppid, "getppid", kIdentity, ""},
    {SYS_setreuid, "setreuid", kChanges, "vv"},
    {SYS_setregid, "setregid", kChanges, "vv"},
    {SYS_getgroups, "getgroups", kAsks, "v-"},
    {SYS_setgroups, "setgroups", kChanges, "vg"},
    {SYS_setresuid, "setresuid", kChanges, "vvv"},
    {SYS_getresuid, "getresuid", kAsks, "---"},
    {SYS_setresgid, "setresgid", kChanges, "vvv"},
    {SYS_getresgid, "getresgid", kAsks, "---"},
    {SYS_capget, "capget", kAsks, "--"},
    {SYS_capset, "capset", kChanges, "26"},
    {SYS_sigaltstack, "sigaltstack", kChanges, "6-"},
    {SYS_prctl, "prctl", kChanges, "vvvvv"},
    {SYS_arch_prctl, "arch_prctl", kMemory, "vv"},
    {SYS_gettid, "gettid", kIdentity, ""},
    {SYS_futex, "futex", kMemory, "vvv---"},
    {SYS_set_tid_address, "set_tid_address", kIdentity, "v"},
    {SYS_openat, "openat", kOpens, "apvv"},
    {SYS_open, "open", kOpens, "pvv"},
    {SYS_mkdirat, "mkdirat", kChanges, "apv"},
    {SYS_fchownat, "fchownat", kChanges, "apvvv"},
    {SYS_newfstatat, "newfstatat", kAsks, "ap-v"},
    {SYS_unlinkat, "unlinkat", kChanges, "apv"},
    {SYS_readlinkat, "readlinkat", kAsks, "ap-v"},
    {SYS_faccessat, "faccessat", kAsks, "apv"},
    {SYS_set_robust_list, "set_robust_list", kChanges, "vv"},
    {SYS_fallocate, "fallocate", kWrites, "fvvv"},
    {SYS_eventfd2, "eventfd2", kOpens, "vv"},
    {SYS_epoll_create1, "epoll_create1", kOpens, "v"},
    {SYS_dup3, "dup3", kOpens, "fvv"},
    {SYS_pipe2, "pipe2", kPipe, "ov"},
    {SYS_prlimit64, "prlimit64", kAsks, "vvv-"},
    {SYS_getrandom, "getrandom", kIdentity, "-vv"},
    {SYS_statx, "statx", kAsks, "apvv-"},
    {SYS_rseq, "rseq", kChanges, "vvvv"},
    {SYS_faccessat2, "faccessat2", kAsks, "apvv"},
};

bool IsDup(const LoggedCall& call) {
  return call.number == SYS_dup || call.number == SYS_dup2 ||
         call.number == SYS_dup3 ||
         (call.number == SYS_fcntl && (call.arguments[1] == F_DUPFD ||
                                       call.arguments[1] == F_DUPFD_CLOEXEC));
}

bool LeavesTraces(const LoggedCall& call) {
  const uint64_t flags = call.number == SYS_openat ? call.arguments[2]
                         : call.number == SYS_open ? call.arguments[1]
                                                   : 0;
  return (flags & (O_CREAT | O_TRUNC)) != 0;
}

}  // namespace

const CallRule* FindCallRule(int64_t number) {
  const auto it = std::find_if(
      std::begin(kRules), std::end(kRules),
      [number](const CallRule& rule) { return rule.number == number; });
  return it == std::end(kRules) ? nullptr : it;
}

std::string CallName(int64_t number) {
  const CallRule* rule = FindCallRule(number);
  return rule != nullptr ? rule->name : absl::StrCat("system call ", number);
}

CallLog::CallLog() {
  for (int number = 0; number < 3; ++number) {
    Place(number, NewFile("", /*traces=*/false, /*regular=*/false));
  }
}

int CallLog::NewFile(const std::string& path, bool traces, bool regular) {
  files_.push_back({path, 0, traces, regular});
  return static_cast<int>(files_.size()) - 1;
}

void CallLog::Place(int number, int file) {
  Drop(number);
  numbers_[number] = file;
  ++files_[file].numbers;
}

void CallLog::Drop(int number) {
  const auto it = numbers_.find(number);
  if (it == numbers_.end()) return;
  --files_[it->second].numbers;
  numbers_.erase(it);
}

int CallLog::IdOf(int number) const {
  const auto it = numbers_.find(number);
  return it == numbers_.end() ? -1 : it->second;
}

const OpenFile* CallLog::FileOf(int number) const {
  const int id = IdOf(number);
  return id < 0 ? nullptr : &files_[id];
}

void CallLog::Add(LoggedCall call, const std::string& path, bool regular) {
  const int first = static_cast<int>(call.arguments[0]);
  const bool of_file = call.kind == kCloses || call.kind == kWrites ||
                       call.kind == kUsesState || call.kind == kReads;
  if (of_file && FileOf(first) == nullptr) return;  // EBADF
  switch (call.kind) {
    case kOpens:
      if (call.result < 0) {
        if (!LeavesTraces(call)) return;
      } else {
        call.open_file = IsDup(call)
                             ? IdOf(first)
                             : NewFile(path, LeavesTraces(call), regular);
        Place(static_cast<int>(call.result), call.open_file);
      }
      break;
    case kPipe:
      // Both ends as one: bytes written to one are in the other.
      call.open_file = NewFile("", false, false);
      for (const int number : call.pipe) Place(number, call.open_file);
      break;
    case kCloses:
      call.open_file = IdOf(first);
      Drop(first);
      break;
    case kWrites:
      call.open_file = IdOf(first);
      if (!files_[call.open_file].path.empty()) {
        files_[call.open_file].traces = true;
      }
      break;
    case kUsesState:
      call.open_file = IdOf(first);
      break;
    case kReads:
      call.open_file = IdOf(first);
      files_[call.open_file].was_read = true;
      break;
    default:
      break;
  }
  calls_.push_back(std::move(call));
}

std::vector<int> CallLog::ReadNumbers() const {
  std::vector<int> result;
  for (const auto& [number, file] : numbers_) {
    if (files_[file].was_read) result.push_back(number);
  }
  return result;
}

bool CallLog::IsForgotten(const LoggedCall& call) const {
  return call.open_file >= 3 && files_[call.open_file].numbers == 0 &&
         !files_[call.open_file].traces;
}

std::vector<LoggedCall> CallLog::ToRepeat() const {
  std::vector<LoggedCall> result;
  for (const LoggedCall& call : calls_) {
    if (!IsForgotten(call) && call.kind != kReads) result.push_back(call);
  }
  return result;
}

bool CallLog::SameAs(const CallLog& other, std::string* difference) const {
  for (size_t i = 0; i < std::max(calls_.size(), other.calls_.size()); ++i) {
    if (i < calls_.size() && i < other.calls_.size() &&
        calls_[i].number == other.calls_[i].number &&
        calls_[i].result == other.calls_[i].result &&
        (IsForgotten(calls_[i]) || calls_[i].given == other.calls_[i].given) &&
        std::equal(std::begin(calls_[i].pipe), std::end(calls_[i].pipe),
                   std::begin(other.calls_[i].pipe))) {
      continue;
    }
    *difference = absl::StrCat(
        "call ", i, ", ",
        CallName((i < calls_.size() ? calls_ : other.calls_)[i].number));
    return false;
  }
  return true;
}

}  // namespace quiesce
