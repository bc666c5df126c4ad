#include "supervisor/zygote/tracee.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
                          PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
constexpr size_t kLongestString = 4096;
constexpr size_t kMostExtendedState = 16384;

UniqueFd OpenMemory(pid_t pid) {
  return UniqueFd(
      open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDWR | O_CLOEXEC));
}

TraceStop StopOf(int status) {
  if (!WIFSTOPPED(status)) return {TraceStop::Kind::kGone, status};
  const int signal = WSTOPSIG(status);
  if (status >> 16 != 0) return {TraceStop::Kind::kEvent, status >> 16};
  if (signal == (SIGTRAP | 0x80)) return {TraceStop::Kind::kSyscall};
  if (signal == SIGTRAP) return {TraceStop::Kind::kStep};
  return {TraceStop::Kind::kSignal, signal};
}

}  // namespace

absl::StatusOr<Tracee> Tracee::Seize(pid_t pid) {
  if (ptrace(PTRACE_SEIZE, pid, nullptr, kOptions) != 0) {
    return ErrnoStatus(absl::StrCat("ptrace of ", pid));
  }
  if (ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) {
    return ErrnoStatus(absl::StrCat("stopping ", pid));
  }
  return Adopt(pid);
}

absl::StatusOr<Tracee> Tracee::Adopt(pid_t pid) {
  Tracee tracee(pid, OpenMemory(pid));
  if (!tracee.memory_.valid()) return ErrnoStatus("memory of a process");
  ASSIGN_OR_RETURN(const TraceStop stop, tracee.Wait());
  if (stop.kind == TraceStop::Kind::kGone) {
    return absl::NotFoundError(absl::StrCat("process ", pid, " has ended"));
  }
  return tracee;
}

absl::Status Tracee::Reopen() {
  memory_ = OpenMemory(pid_);
  return memory_.valid() ? absl::OkStatus()
                         : ErrnoStatus("memory of a process");
}

absl::StatusOr<user_regs_struct> Tracee::Registers() const {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, pid_, nullptr, &registers) != 0) {
    return ErrnoStatus("PTRACE_GETREGS");
  }
  return registers;
}

absl::Status Tracee::SetRegisters(const user_regs_struct& registers) const {
  return ptrace(PTRACE_SETREGS, pid_, nullptr, &registers) == 0
             ? absl::OkStatus()
             : ErrnoStatus("PTRACE_SETREGS");
}

absl::StatusOr<std::string> Tracee::ExtendedState() const {
  std::string state(kMostExtendedState, '\0');
  iovec vector{state.data(), state.size()};
  if (ptrace(PTRACE_GETREGSET, pid_, NT_X86_XSTATE, &vector) != 0) {
    return ErrnoStatus("PTRACE_GETREGSET");
  }
  state.resize(vector.iov_len);
  return state;
}

absl::Status Tracee::SetExtendedState(const std::string& state) const {
  iovec vector{const_cast<char*>(state.data()), state.size()};
  return ptrace(PTRACE_SETREGSET, pid_, NT_X86_XSTATE, &vector) == 0
             ? absl::OkStatus()
             : ErrnoStatus("PTRACE_SETREGSET");
}

absl::StatusOr<uint64_t> Tracee::SignalMask() const {
  uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, pid_, sizeof(mask), &mask) != 0) {
    return ErrnoStatus("PTRACE_GETSIGMASK");
  }
  return mask;
}

absl::Status Tracee::SetSignalMask(uint64_t mask) const {
  return ptrace(PTRACE_SETSIGMASK, pid_, sizeof(mask), &mask) == 0
             ? absl::OkStatus()
             : ErrnoStatus("PTRACE_SETSIGMASK");
}

absl::StatusOr<std::string> Tracee::Read(uint64_t address, size_t size) const {
  std::string bytes(size, '\0');
  if (pread(memory_.get(), bytes.data(), size, static_cast<off_t>(address)) !=
      static_cast<ssize_t>(size)) {
    return ErrnoStatus("reading the memory of a process");
  }
  return bytes;
}

absl::Status Tracee::Write(uint64_t address, absl::string_view bytes) const {
  return pwrite(memory_.get(), bytes.data(), bytes.size(),
                static_cast<off_t>(address)) ==
                 static_cast<ssize_t>(bytes.size())
             ? absl::OkStatus()
             : ErrnoStatus("writing the memory of a process");
}

absl::Status Tracee::WritePieces(
    const std::vector<std::pair<uint64_t, std::string>>& pieces) const {
  for (size_t begin = 0; begin < pieces.size();) {
    const size_t count = std::min<size_t>(pieces.size() - begin, IOV_MAX);
    std::vector<iovec> from, to;
    for (size_t i = begin; i < begin + count; ++i) {
      const auto& [address, bytes] = pieces[i];
      from.push_back({const_cast<char*>(bytes.data()), bytes.size()});
      to.push_back({reinterpret_cast<void*>(address), bytes.size()});
    }
    ssize_t done = process_vm_writev(pid_, from.data(), count, to.data(), count,
                                     /*flags=*/0);
    const size_t end = begin + count;
    for (size_t i = 0; done > 0 && begin < end; ++i, ++begin) {
      done -= static_cast<ssize_t>(to[i].iov_len);
      if (done < 0) break;
    }
    // It stops at what the process itself may not write.
    if (begin == end) continue;
    RETURN_IF_ERROR(Write(pieces[begin].first, pieces[begin].second));
    ++begin;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Tracee::ReadString(uint64_t address) const {
  char bytes[kLongestString];
  size_t have = 0;
  while (have < sizeof(bytes)) {
    // Not beyond the page: the next one may not be there.
    const size_t left =
        std::min(sizeof(bytes) - have, 4096 - (address + have) % 4096);
    const ssize_t got = pread(memory_.get(), bytes + have, left,
                              static_cast<off_t>(address + have));
    if (got <= 0) return ErrnoStatus("reading a string of a process");
    const char* end = std::find(bytes + have, bytes + have + got, '\0');
    if (end != bytes + have + got) return std::string(bytes, end - bytes);
    have += got;
  }
  return absl::OutOfRangeError("a string without end");
}

absl::Status Tracee::Resume(int request, int signal) const {
  return ptrace(static_cast<__ptrace_request>(request), pid_, nullptr,
                signal) == 0
             ? absl::OkStatus()
             : ErrnoStatus("resuming a traced process");
}

absl::StatusOr<TraceStop> Tracee::Wait() const {
  int status = 0;
  pid_t done;
  do {
    done = waitpid(pid_, &status, __WALL);
  } while (done < 0 && errno == EINTR);
  if (done != pid_) return ErrnoStatus(absl::StrCat("waiting for ", pid_));
  return StopOf(status);
}

int Tracee::StoppingSignal() const {
  siginfo_t info{};
  if (ptrace(PTRACE_GETSIGINFO, pid_, nullptr, &info) != 0) return 0;
  return info.si_code >> 8 == PTRACE_EVENT_STOP ? 0 : info.si_signo;
}

absl::StatusOr<bool> Tracee::HasStopped(TraceStop* stop) const {
  int status = 0;
  const pid_t done = waitpid(pid_, &status, __WALL | WNOHANG);
  if (done < 0) return ErrnoStatus(absl::StrCat("waiting for ", pid_));
  if (done == 0) return false;
  *stop = StopOf(status);
  return true;
}

absl::Status Tracee::BeginCall(
    int64_t number, std::initializer_list<uint64_t> arguments) const {
  ASSIGN_OR_RETURN(user_regs_struct registers, Registers());
  registers.rip = gadget_;
  registers.rax = number;
  registers.orig_rax = -1;  // no restart
  unsigned long long* const order[] = {&registers.rdi, &registers.rsi,
                                       &registers.rdx, &registers.r10,
                                       &registers.r8,  &registers.r9};
  size_t i = 0;
  for (const uint64_t argument : arguments) *order[i++] = argument;
  while (i < 6) *order[i++] = 0;
  RETURN_IF_ERROR(SetRegisters(registers));
  return Resume(PTRACE_SINGLESTEP);
}

absl::StatusOr<int64_t> Tracee::Result() const {
  ASSIGN_OR_RETURN(const user_regs_struct registers, Registers());
  return static_cast<int64_t>(registers.rax);
}

absl::StatusOr<int64_t> Tracee::Call(int64_t number,
                                     std::initializer_list<uint64_t> arguments,
                                     pid_t* child) const {
  RETURN_IF_ERROR(BeginCall(number, arguments));
  for (;;) {
    ASSIGN_OR_RETURN(const TraceStop stop, Wait());
    switch (stop.kind) {
      case TraceStop::Kind::kStep:
        return Result();
      case TraceStop::Kind::kEvent: {
        unsigned long message = 0;
        if (child != nullptr &&
            ptrace(PTRACE_GETEVENTMSG, pid_, nullptr, &message) == 0) {
          *child = static_cast<pid_t>(message);
        }
        RETURN_IF_ERROR(Resume(PTRACE_SINGLESTEP));
        break;
      }
      case TraceStop::Kind::kGone:
        return absl::NotFoundError("the process has ended");
      default:
        return absl::AbortedError(
            absl::StrCat("a call in the name of a process was interrupted by "
                         "signal ",
                         stop.number));
    }
  }
}

absl::Status Tracee::Detach(int signal) const {
  return ptrace(PTRACE_DETACH, pid_, nullptr, signal) == 0
             ? absl::OkStatus()
             : ErrnoStatus("PTRACE_DETACH");
}

void Tracee::Kill() const {
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status)) {
  }
}

}  // namespace quiesce
