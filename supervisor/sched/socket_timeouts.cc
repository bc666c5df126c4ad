#include "supervisor/sched/socket_timeouts.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notifier/base/unique_fd.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/placeholder.h"
#include "supervisor/sched/thread_files.h"
#include "supervisor/zygote/tracee.h"

namespace quiesce {
namespace {

// How long the call may sleep in which the thread does; 0: for ever, or in
// none that this is about.
Nanos TimeoutOf(pid_t process, pid_t thread, NodeKernel& kernel) {
  char text[256];
  const char* const call = ReadText(
      AT_FDCWD, absl::StrCat("/proc/", process, "/task/", thread, "/syscall"),
      text);
  int number;
  uint64_t fd;
  if (sscanf(call, "%d 0x%" SCNx64, &number, &fd) != 2) return 0;
  bool sends = false;
  switch (number) {
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
      break;
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
      sends = true;
      break;
    default:
      return 0;
  }
  const UniqueFd file = FileOf(process, static_cast<int>(fd));
  const uint64_t cookie = file.valid() ? SocketCookie(file.get()) : 0;
  const Socket* const socket =
      cookie == 0 ? nullptr : kernel.FindSocket(cookie);
  if (socket == nullptr) return 0;
  return sends ? socket->send_timeout() : socket->receive_timeout();
}

uint64_t TimesRun(pid_t process, pid_t thread) {
  char text[96];
  return TimesRunIn(ReadText(
      AT_FDCWD, absl::StrCat("/proc/", process, "/task/", thread, "/schedstat"),
      text));
}

// The call it sleeps in fails with EAGAIN, unless it has moved something, or a
// signal has come first, which then ends it as signals do. False if it cannot
// be ended: it is gone, or somebody else traces it.
bool End(pid_t thread) {
  const absl::StatusOr<Tracee> tracee = Tracee::Seize(thread);
  if (!tracee.ok()) return false;
  const int signal = tracee->StoppingSignal();
  absl::StatusOr<user_regs_struct> registers = tracee->Registers();
  if (signal == 0 && registers.ok() &&
      static_cast<int64_t>(registers->rax) == kRestartsCall) {
    registers->rax = -EAGAIN;
    registers->orig_rax = -1;  // no restart
    (void)tracee->SetRegisters(*registers);
  }
  (void)tracee->Detach(signal);  // fails only where it is gone
  return true;
}

}  // namespace

bool SocketTimeouts::Look(const std::vector<pid_t>& processes,
                          absl::FunctionRef<bool(pid_t)> parked,
                          NodeKernel& kernel) {
  bool any = false;
  absl::flat_hash_map<pid_t, Sleep> before = std::exchange(sleeps_, {});
  for (const pid_t process : processes) {
    std::error_code error;
    for (std::filesystem::directory_iterator
             entry(absl::StrCat("/proc/", process, "/task"), error),
         end;
         !error && entry != end; entry.increment(error)) {
      pid_t thread;
      if (!absl::SimpleAtoi(entry->path().filename().string(), &thread)) {
        continue;
      }
      if (parked(thread)) continue;
      const Nanos timeout = TimeoutOf(process, thread, kernel);
      if (timeout == 0) continue;
      const uint64_t runs = TimesRun(process, thread);
      Sleep sleep{runs, SaturatingAdd(kernel.now(), timeout)};
      if (auto it = before.find(thread);
          it != before.end() && it->second.runs == runs) {
        sleep = it->second;  // that very one
      }
      if (sleep.deadline <= kernel.now()) {
        if (End(thread)) {
          any = true;
          continue;
        }
        sleep.deadline = kNever;  // not tried for ever
      }
      sleeps_[thread] = sleep;
    }
  }
  return any;
}

Nanos SocketTimeouts::next() const {
  Nanos next = kNever;
  for (const auto& [thread, sleep] : sleeps_) {
    next = std::min(next, sleep.deadline);
  }
  return next;
}

}  // namespace quiesce
