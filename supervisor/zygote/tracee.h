// A process under ptrace, driven from outside: its registers, its memory, and
// system calls made in its name.
//
// ptrace knows its tracer by thread: whoever has seized a process must make all
// further requests. Tracees die with that thread (PTRACE_O_EXITKILL).
#ifndef QUIESCE_SUPERVISOR_ZYGOTE_TRACEE_H_
#define QUIESCE_SUPERVISOR_ZYGOTE_TRACEE_H_

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// One stop of a tracee, as waitpid() tells it.
struct TraceStop {
  enum class Kind {
    kSyscall,  // entry or exit, in turn
    kStep,     // after one instruction
    kEvent,    // PTRACE_EVENT_*, in `number`
    kSignal,   // about to be delivered, in `number`
    kGone,     // it has ended; wait status in `number`
  };
  Kind kind;
  int number = 0;
};

// What a call returns inside the kernel that a signal, or a stop, found waiting
// with nothing done: it is made again (ERESTARTSYS, include/linux/errno.h).
inline constexpr int64_t kRestartsCall = -512;

class Tracee {
 public:
  // Seizes a process that is stopped (SIGSTOP) or about to be, and waits for
  // it.
  static absl::StatusOr<Tracee> Seize(pid_t pid);
  // A child that a tracee has just made: traced already.
  static absl::StatusOr<Tracee> Adopt(pid_t pid);

  pid_t pid() const { return pid_; }
  // To be called after an execve: its memory is another one.
  absl::Status Reopen();

  absl::StatusOr<user_regs_struct> Registers() const;
  absl::Status SetRegisters(const user_regs_struct& registers) const;
  // Floating point and vector registers, as one opaque value.
  absl::StatusOr<std::string> ExtendedState() const;
  absl::Status SetExtendedState(const std::string& state) const;
  absl::StatusOr<uint64_t> SignalMask() const;
  absl::Status SetSignalMask(uint64_t mask) const;

  // Works for pages that the process itself may not write, too (FOLL_FORCE).
  absl::StatusOr<std::string> Read(uint64_t address, size_t size) const;
  absl::Status Write(uint64_t address, absl::string_view bytes) const;
  // Many at once.
  absl::Status WritePieces(
      const std::vector<std::pair<uint64_t, std::string>>& pieces) const;
  // Up to the first NUL; an error for more than 4096 bytes.
  absl::StatusOr<std::string> ReadString(uint64_t address) const;

  // PTRACE_SYSCALL, PTRACE_SINGLESTEP or PTRACE_CONT, without waiting.
  absl::Status Resume(int request, int signal = 0) const;
  absl::StatusOr<TraceStop> Wait() const;
  // The signal that it has stopped for and has not got yet; 0 if we have
  // stopped it.
  int StoppingSignal() const;
  // Has it stopped already?
  absl::StatusOr<bool> HasStopped(TraceStop* stop) const;

  // Where a `syscall` instruction is, for Call().
  void set_gadget(uint64_t address) { gadget_ = address; }
  uint64_t gadget() const { return gadget_; }
  // Makes a call in the process's name, which must not be in the middle of one.
  // Returns what the kernel returns, -errno for an error. Leaves the registers
  // changed. For calls that make a process `child`, if not null, gets it,
  // stopped at its first instruction.
  absl::StatusOr<int64_t> Call(int64_t number,
                               std::initializer_list<uint64_t> arguments,
                               pid_t* child = nullptr) const;
  // The first half of Call(), for calls that somebody else must answer.
  absl::Status BeginCall(int64_t number,
                         std::initializer_list<uint64_t> arguments) const;
  // What a call that has ended returned.
  absl::StatusOr<int64_t> Result() const;

  // With a signal that it gets, or none.
  absl::Status Detach(int signal = 0) const;
  void Kill() const;

 private:
  Tracee(pid_t pid, UniqueFd memory) : pid_(pid), memory_(std::move(memory)) {}

  pid_t pid_;
  UniqueFd memory_;
  uint64_t gadget_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ZYGOTE_TRACEE_H_
