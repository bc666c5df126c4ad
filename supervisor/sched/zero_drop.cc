#include "supervisor/sched/zero_drop.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/status_macros.h"
#include "supervisor/zygote/tracee.h"

// What runs in the guest, wherever it is put. Wants rsi and rdx, beginning and
// end of an array of AddressRange, and rdi, where there is room for results as
// struct iovec up to r11. Shorter runs than r10 bytes are left.
asm(R"(
    .pushsection .rodata
quiesce_sweep_begin:
    mov %rdi, %r12
next_range:
    cmp %rdx, %rsi
    jae all_seen
    mov (%rsi), %rax
    mov 8(%rsi), %rbx
    add $16, %rsi
    xor %ecx, %ecx           # where the run of zeroes began; 0: in none
next_page:
    cmp %rbx, %rax
    jae range_ends
    lea 4096(%rax), %r8
next_line:
    mov (%rax), %r9
    or 8(%rax), %r9
    or 16(%rax), %r9
    or 24(%rax), %r9
    or 32(%rax), %r9
    or 40(%rax), %r9
    or 48(%rax), %r9
    or 56(%rax), %r9
    jnz not_zero
    add $64, %rax
    cmp %r8, %rax
    jb next_line
    test %rcx, %rcx
    jnz next_page
    lea -4096(%r8), %rcx
    jmp next_page
not_zero:
    lea -4096(%r8), %rbp     # where a run ends
    mov %r8, %rax
    xor %r13d, %r13d         # go on in this range
    jmp run_ends
range_ends:
    mov %rbx, %rbp
    mov $1, %r13d
run_ends:
    test %rcx, %rcx
    jz run_done
    sub %rcx, %rbp
    cmp %r10, %rbp
    jb run_done
    cmp %r11, %rdi
    jae run_done
    mov %rcx, (%rdi)
    mov %rbp, 8(%rdi)
    add $16, %rdi
run_done:
    xor %ecx, %ecx
    test %r13d, %r13d
    jnz next_range
    jmp next_page
all_seen:
    mov %rdi, %rdx
    mov %r12, %rsi
    sub %rsi, %rdx
    shr $4, %rdx
    mov $-10000, %rdi        # PIDFD_SELF
    mov $4, %r10d            # MADV_DONTNEED
    xor %r8d, %r8d
    mov $440, %eax           # process_madvise
    syscall
quiesce_sweep_end:
    .popsection
)");
extern "C" const char quiesce_sweep_begin[];
extern "C" const char quiesce_sweep_end[];

namespace quiesce {
namespace {

// Left alone while the thread is ours, as the rest waits: what an instruction
// of its own may raise.
constexpr uint64_t kRaisedAtOnce =
    1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGTRAP - 1);

// The memory that the thread is lent: the code, what to look at, what was
// found.
constexpr uint64_t kPage = 4096;
constexpr uint64_t kInput = kPage;
constexpr uint64_t kOutput = 2 * kPage;
constexpr uint64_t kSize = 3 * kPage;
constexpr size_t kMostRanges = kPage / sizeof(AddressRange);
constexpr uint64_t kShortest = 4 * kPage;

// Runs the thread through its next call, and returns what that returns.
absl::StatusOr<int64_t> ThroughCall(const Tracee& tracee,
                                    const user_regs_struct& registers) {
  RETURN_IF_ERROR(tracee.SetRegisters(registers));
  for (int stops = 0; stops < 2; ++stops) {  // before it and behind
    RETURN_IF_ERROR(tracee.Resume(PTRACE_SYSCALL));
    ASSIGN_OR_RETURN(const TraceStop stop, tracee.Wait());
    if (stop.kind != TraceStop::Kind::kSyscall) {
      return absl::AbortedError("a thread was stopped by something else");
    }
  }
  return tracee.Result();
}

// What the code has found and the kernel has dropped, `bytes` of it.
absl::StatusOr<std::vector<AddressRange>> Dropped(const Tracee& tracee,
                                                  uint64_t found,
                                                  uint64_t bytes) {
  ASSIGN_OR_RETURN(const user_regs_struct registers, tracee.Registers());
  std::vector<iovec> pieces(registers.rdx);
  const size_t size = pieces.size() * sizeof(iovec);
  ASSIGN_OR_RETURN(const std::string text, tracee.Read(found, size));
  std::memcpy(pieces.data(), text.data(), size);
  std::vector<AddressRange> result;
  for (const iovec& piece : pieces) {
    if (bytes < piece.iov_len) break;
    bytes -= piece.iov_len;
    const uint64_t begin = reinterpret_cast<uint64_t>(piece.iov_base);
    result.push_back({begin, begin + piece.iov_len});
  }
  return result;
}

absl::StatusOr<std::vector<AddressRange>> Sweep(
    const Tracee& tracee, user_regs_struct registers,
    const std::vector<AddressRange>& ranges) {
  // No singlestep: its SIGTRAP would change how the guest takes that signal.
  const uint64_t gadget = registers.rip - 2;
  registers.orig_rax = -1;  // no restart
  registers.rip = gadget;
  registers.rax = SYS_mmap;
  registers.rdi = 0;
  registers.rsi = kSize;
  registers.rdx = PROT_READ | PROT_WRITE | PROT_EXEC;
  registers.r10 = MAP_PRIVATE | MAP_ANONYMOUS;
  registers.r8 = -1;
  registers.r9 = 0;
  ASSIGN_OR_RETURN(const int64_t lent, ThroughCall(tracee, registers));
  if (lent < 0) return absl::ResourceExhaustedError("no memory to be lent");

  const absl::string_view code(quiesce_sweep_begin,
                               quiesce_sweep_end - quiesce_sweep_begin);
  const size_t count = std::min(ranges.size(), kMostRanges);
  const size_t size = count * sizeof(AddressRange);
  absl::Status status = tracee.Write(lent, code);
  status.Update(tracee.Write(
      lent + kInput,
      absl::string_view(reinterpret_cast<const char*>(ranges.data()), size)));
  std::vector<AddressRange> dropped;
  if (status.ok()) {
    registers.rip = lent;
    registers.rsi = lent + kInput;
    registers.rdx = lent + kInput + size;
    registers.rdi = lent + kOutput;
    registers.r11 = lent + kSize;
    registers.r10 = kShortest;
    const absl::StatusOr<int64_t> bytes = ThroughCall(tracee, registers);
    status = bytes.status();
    if (bytes.ok() && *bytes > 0) {
      ASSIGN_OR_RETURN(dropped, Dropped(tracee, lent + kOutput, *bytes));
    }
  }
  registers.rip = gadget;
  registers.rax = SYS_munmap;
  registers.rdi = lent;
  registers.rsi = kSize;
  RETURN_IF_ERROR(ThroughCall(tracee, registers).status());
  RETURN_IF_ERROR(status);
  return dropped;
}

// In a thread that was stopped in the middle of a call; leaves it before the
// instruction that makes that call.
std::vector<AddressRange> SweepAndGoBack(
    const Tracee& tracee, const std::vector<AddressRange>& ranges) {
  absl::StatusOr<user_regs_struct> registers = tracee.Registers();
  if (!registers.ok()) return {};
  const absl::StatusOr<std::string> code = tracee.Read(registers->rip - 2, 2);
  const absl::StatusOr<uint64_t> mask = tracee.SignalMask();
  // Else it does what it would have done.
  if (static_cast<int64_t>(registers->rax) != kRestartsCall || !code.ok() ||
      *code != "\x0f\x05" || !mask.ok() ||
      !tracee.SetSignalMask(~kRaisedAtOnce).ok()) {
    return {};
  }
  absl::StatusOr<std::vector<AddressRange>> dropped =
      Sweep(tracee, *registers, ranges);
  registers->rip -= 2;
  registers->rax = std::exchange(registers->orig_rax, -1);
  // These fail only where it is gone.
  (void)tracee.SetRegisters(*registers);
  (void)tracee.SetSignalMask(*mask);
  return dropped.ok() ? *std::move(dropped) : std::vector<AddressRange>();
}

}  // namespace

ZeroDrop DropZeroes(pid_t thread, const std::vector<AddressRange>& ranges) {
  const absl::StatusOr<Tracee> tracee = Tracee::Seize(thread);
  if (!tracee.ok()) return {};
  ZeroDrop result;
  result.disturbed = true;
  const int signal = tracee->StoppingSignal();
  if (signal == 0) result.dropped = SweepAndGoBack(*tracee, ranges);
  (void)tracee->Detach(signal);  // fails only where it is gone
  return result;
}

}  // namespace quiesce
