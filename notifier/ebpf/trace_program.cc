#include "notifier/ebpf/trace_program.h"

#include <bpf/btf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

// include/linux/sched.h.
constexpr int kInterruptible = 0x1;
constexpr int kNoLoad = 0x400;  // a kernel thread with nothing to do
// include/linux/sched/prio.h:MAX_RT_PRIO. Less is more urgent.
constexpr int kRealtimeEnd = 100;
// include/linux/proc_ns.h:PROC_PID_INIT_INO
constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC;

int Bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

// Where struct task_struct has `prio` (include/linux/sched.h), in bytes; none
// where the kernel does not say.
std::optional<int> OffsetOfPriority() {
  const std::unique_ptr<btf, void (*)(btf*)> types(btf__load_vmlinux_btf(),
                                                   btf__free);
  if (types == nullptr) return std::nullopt;
  const int task =
      btf__find_by_name_kind(types.get(), "task_struct", BTF_KIND_STRUCT);
  if (task < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(types.get(), task);
  const btf_member* members = btf_members(type);
  for (int i = 0; i < btf_vlen(type); ++i) {
    const char* name = btf__name_by_offset(types.get(), members[i].name_off);
    if (std::strcmp(name, "prio") == 0) {
      return btf_member_bit_offset(type, i) / 8;
    }
  }
  return std::nullopt;
}

}  // namespace

bool SeesPidsOfKernel() {
  struct stat here {};
  return stat("/proc/self/ns/pid", &here) == 0 &&
         here.st_ino == kInitialPidNamespace;
}

absl::StatusOr<SharedArray> SharedArray::Make(size_t element, size_t count) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = sizeof(uint32_t);
  attributes.value_size = element;
  attributes.max_entries = count;
  attributes.map_flags = BPF_F_MMAPABLE;
  UniqueFd map(Bpf(BPF_MAP_CREATE, attributes));
  if (!map.valid()) return ErrnoStatus("making a BPF map");
  const size_t size = element * count;
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
  if (memory == MAP_FAILED) return ErrnoStatus("mapping a BPF map");
  return SharedArray(std::move(map), memory, size);
}

SharedArray::SharedArray(SharedArray&& other) noexcept
    : map_(std::move(other.map_)),
      memory_(std::exchange(other.memory_, nullptr)),
      size_(other.size_) {}

SharedArray::~SharedArray() {
  if (memory_ != nullptr) munmap(memory_, size_);
}

TraceProgram TraceProgram::OnRealtimeThreadLeaving(Wait wait) {
  // Arguments of sched_switch: preempted, from, to, the state it leaves in.
  constexpr int kPreempted = 0, kFrom = 1 * 8, kState = 3 * 8;
  TraceProgram program;
  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kPreempted, 0);
  program.Add(BPF_JMP | BPF_JNE | BPF_K, 2, 0, kEnd, 0);
  program.Add(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kState, 0);
  program.Add(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, kEnd, 0);  // it can run on
  if (wait == Wait::kInterruptible) {
    program.Add(BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, kInterruptible);
    program.Add(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, kEnd, 0);
  } else {
    program.Add(BPF_JMP | BPF_JSET | BPF_K, 2, 0, kEnd,
                kInterruptible | kNoLoad);
  }
  static const std::optional<int> priority = OffsetOfPriority();
  if (priority.has_value()) {
    program.Add(BPF_LDX | BPF_MEM | BPF_DW, 3, 1, kFrom, 0);
    program.Add(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, *priority);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
    program.Add(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -4);
    program.Add(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 4);
    program.Call(BPF_FUNC_probe_read_kernel);
    program.Add(BPF_LDX | BPF_MEM | BPF_W, 2, 10, -4, 0);
    program.Add(BPF_JMP | BPF_JGE | BPF_K, 2, 0, kEnd, kRealtimeEnd);
  }
  return program;
}

void TraceProgram::Add(int code, int to, int from, int offset, int value) {
  bpf_insn instruction{};
  instruction.code = code;
  instruction.dst_reg = to;
  instruction.src_reg = from;
  instruction.off = offset;
  instruction.imm = value;
  code_.push_back(instruction);
}

void TraceProgram::Call(bpf_func_id helper) {
  Add(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

void TraceProgram::FindElement(const SharedArray& array) {
  Add(BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0);
  Add(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, array.map());
  Add(0, 0, 0, 0, 0);  // its upper half
  Add(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
  Add(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
  Call(BPF_FUNC_map_lookup_elem);
  Add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, kEnd, 0);
}

void TraceProgram::JumpTo(std::vector<size_t>* jumps, int code, int to,
                          int value) {
  jumps->push_back(code_.size());
  Add(code, to, 0, 0, value);
}

void TraceProgram::Land(const std::vector<size_t>& jumps) {
  for (const size_t from : jumps) code_[from].off = code_.size() - from - 1;
}

absl::StatusOr<UniqueFd> TraceProgram::Attach(const char* trace_point) && {
  const size_t end = code_.size();
  Add(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
  Add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  for (size_t i = 0; i < end; ++i) {
    if (code_[i].off == kEnd) code_[i].off = end - i - 1;
  }
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = reinterpret_cast<uint64_t>(code_.data());
  attributes.insn_cnt = code_.size();
  attributes.license = reinterpret_cast<uint64_t>("Dual BSD/GPL");
  UniqueFd loaded(Bpf(BPF_PROG_LOAD, attributes));
  if (!loaded.valid()) return ErrnoStatus("loading a BPF program");
  attributes = {};
  attributes.raw_tracepoint.name = reinterpret_cast<uint64_t>(trace_point);
  attributes.raw_tracepoint.prog_fd = loaded.get();
  UniqueFd link(Bpf(BPF_RAW_TRACEPOINT_OPEN, attributes));
  if (!link.valid()) return ErrnoStatus("attaching a BPF program");
  return link;
}

}  // namespace quiesce
