#include "notifier/guest/call_copies.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/status/status.h"
#include "notifier/base/status_macros.h"
#include "notifier/syscalls/table.h"

namespace quiesce {
namespace {

// Calls of one core that are kept at a time: a power of two.
constexpr int kPlaces = 16;
// More than there are numbers of calls.
constexpr int kCalls = 512;
// What is less is no address (vm.mmap_min_addr).
constexpr int kLeastAddress = 1 << 16;

// Where the kernel keeps a call's number and arguments while it makes it
// (arch/x86/include/asm/ptrace.h:pt_regs, laid out as user_regs_struct).
constexpr int kNumberRegister = 15 * 8;                              // orig_ax
constexpr int kRegisters[] = {14 * 8, 13 * 8, 12 * 8, 7 * 8, 9 * 8,  // di ...
                              8 * 8};
static_assert(std::size(kRegisters) == kCopiedArguments);

// Bit i: argument i of that call is copied.
uint64_t Wanted(const SyscallRow& row) {
  const bool intercepted = std::any_of(
      row.rules.begin(), row.rules.end(),
      [](const FilterRule& rule) { return (rule.reason & kForNetworks) != 0; });
  if (!intercepted) return 0;
  uint64_t result = 0;
  for (int i = 0; i < kCopiedArguments; ++i) {
    switch (row.args[i]) {
      case ArgKind::kPath:
      case ArgKind::kBuffer:
      case ArgKind::kIovec:
      case ArgKind::kSockAddr:
      case ArgKind::kSockLenPtr:
      case ArgKind::kOptionValue:
      case ArgKind::kMsgHdr:
      case ArgKind::kMsgHdrOut:
      case ArgKind::kMMsgHdr:
      case ArgKind::kMMsgHdrOut:
      case ArgKind::kIoctlArg:
      case ArgKind::kPollFds:
      case ArgKind::kFdSet:
      case ArgKind::kTimespec:
      case ArgKind::kTimeval:
      case ArgKind::kItimerval:
      case ArgKind::kItimerspec:
        result |= 1 << i;
        break;
      default:
        break;
    }
  }
  return result;
}

// r6: what is wanted, r7: the thread's registers, r8: the thread, r9: its
// place.
TraceProgram Copier(const SharedArray& wanted, const SharedArray& places) {
  TraceProgram program =
      TraceProgram::OnRealtimeThreadLeaving(TraceProgram::Wait::kInterruptible);
  const auto store = [&](int offset, int from) {
    program.Add(BPF_STX | BPF_MEM | BPF_DW, 9, from, offset, 0);
  };
  program.Call(BPF_FUNC_get_current_task_btf);
  program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0);
  program.Call(BPF_FUNC_task_pt_regs);
  program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 7, 0, 0, 0);
  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 0, 7, kNumberRegister, 0);
  program.FindElement(wanted);
  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 6, 0, 0, 0);
  program.Add(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, TraceProgram::kEnd, 0);

  program.Call(BPF_FUNC_get_current_pid_tgid);
  program.Add(BPF_ALU | BPF_MOV | BPF_X, 8, 0, 0, 0);  // the lower half
  program.Call(BPF_FUNC_get_smp_processor_id);
  program.Add(BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, kPlaces);
  program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 1, 8, 0, 0);
  program.Add(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, kPlaces - 1);
  program.Add(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0);
  program.FindElement(places);
  program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 9, 0, 0, 0);

  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 1, 9, offsetof(CallCopy, serial), 0);
  program.Add(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1);
  store(offsetof(CallCopy, serial), 1);
  store(offsetof(CallCopy, tid), 8);
  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 1, 7, kNumberRegister, 0);
  store(offsetof(CallCopy, number), 1);
  for (int i = 0; i < kCopiedArguments; ++i) {
    program.Add(BPF_LDX | BPF_MEM | BPF_DW, 3, 7, kRegisters[i], 0);
    store(offsetof(CallCopy, args) + 8 * i, 3);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 0);
    store(offsetof(CallCopy, readable) + 8 * i, 1);
    std::vector<size_t> copy, next;
    program.JumpTo(&copy, BPF_JMP | BPF_JSET | BPF_K, 6, 1 << i);
    program.JumpTo(&next, BPF_JMP | BPF_JA, 0, 0);
    program.Land(copy);
    program.JumpTo(&next, BPF_JMP | BPF_JLT | BPF_K, 3, kLeastAddress);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 1, 9, 0, 0);
    program.Add(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0,
                offsetof(CallCopy, bytes) + i * kCopiedBytes);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, kCopiedBytes);
    program.Call(BPF_FUNC_probe_read_user);
    program.JumpTo(&next, BPF_JMP | BPF_JNE | BPF_K, 0, 0);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, kCopiedBytes);
    store(offsetof(CallCopy, readable) + 8 * i, 1);
    program.Land(next);
  }
  return program;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CallCopies>> CallCopies::Start() {
  // Elsewhere notifications tell other numbers of threads than the kernel's.
  if (!SeesPidsOfKernel()) {
    return absl::UnavailableError("not in the initial pid namespace");
  }
  ASSIGN_OR_RETURN(SharedArray wanted,
                   SharedArray::Make(sizeof(uint64_t), kCalls));
  for (const SyscallRow& row : SyscallTable()) {
    if (row.number >= kCalls) continue;
    static_cast<uint64_t*>(wanted.memory())[row.number] = Wanted(row);
  }
  const int cores = sysconf(_SC_NPROCESSORS_CONF);
  ASSIGN_OR_RETURN(SharedArray array,
                   SharedArray::Make(sizeof(CallCopy), cores * kPlaces));
  ASSIGN_OR_RETURN(UniqueFd link, Copier(wanted, array).Attach("sched_switch"));
  return std::unique_ptr<CallCopies>(
      new CallCopies(std::move(wanted), std::move(array), std::move(link)));
}

const CallCopy* CallCopies::Find(int cpu,
                                 const seccomp_notif& notification) const {
  const CallCopy& copy = copies_[cpu * kPlaces + notification.pid % kPlaces];
  const bool same =
      copy.tid == notification.pid &&
      copy.number == static_cast<uint64_t>(notification.data.nr) &&
      std::equal(copy.args, std::end(copy.args), notification.data.args);
  return same ? &copy : nullptr;
}

}  // namespace quiesce
