#include "supervisor/sched/sleep_counter.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

// include/linux/sched.h.
constexpr int kInterruptible = 0x1;
constexpr int kNoLoad = 0x400;  // a kernel thread with nothing to do
// include/linux/sched/prio.h:MAX_RT_PRIO. Less is more urgent.
constexpr int kRealtimeEnd = 100;

int Bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof(attributes));
}

bpf_insn Insn(int code, int to, int from, int offset, int value) {
  bpf_insn result{};
  result.code = code;
  result.dst_reg = to;
  result.src_reg = from;
  result.off = offset;
  result.imm = value;
  return result;
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

// Arguments of sched_switch: preempted, from, to, the state it leaves in.
// `map` has the counts, by core.
absl::StatusOr<UniqueFd> LoadProgram(int map) {
  constexpr int kPreempted = 0, kFrom = 1 * 8, kState = 3 * 8;
  constexpr int kDone = 0x7fff;  // where a jump leads to the end
  std::vector<bpf_insn> program = {
      Insn(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kPreempted, 0),
      Insn(BPF_JMP | BPF_JNE | BPF_K, 2, 0, kDone, 0),
      Insn(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kState, 0),
      Insn(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, kDone, 0),  // it can run on
      Insn(BPF_JMP | BPF_JSET | BPF_K, 2, 0, kDone, kInterruptible | kNoLoad),
  };
  if (const std::optional<int> priority = OffsetOfPriority()) {
    const bpf_insn is_realtime[] = {
        Insn(BPF_LDX | BPF_MEM | BPF_DW, 3, 1, kFrom, 0),
        Insn(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, *priority),
        Insn(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
        Insn(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -4),
        Insn(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 4),
        Insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel),
        Insn(BPF_LDX | BPF_MEM | BPF_W, 2, 10, -4, 0),
        Insn(BPF_JMP | BPF_JGE | BPF_K, 2, 0, kDone, kRealtimeEnd),
    };
    program.insert(program.end(), std::begin(is_realtime),
                   std::end(is_realtime));
  }
  const bpf_insn count[] = {
      Insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id),
      Insn(BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0),
      Insn(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
      Insn(0, 0, 0, 0, 0),
      Insn(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
      Insn(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
      Insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
      Insn(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, kDone, 0),
      Insn(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
      Insn(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
      Insn(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
      Insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  program.insert(program.end(), std::begin(count), std::end(count));
  const int end = program.size() - 2;
  for (int i = 0; i < end; ++i) {
    if (program[i].off == kDone) program[i].off = end - i - 1;
  }
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = reinterpret_cast<uint64_t>(program.data());
  attributes.insn_cnt = program.size();
  attributes.license = reinterpret_cast<uint64_t>("Dual BSD/GPL");
  UniqueFd loaded(Bpf(BPF_PROG_LOAD, attributes));
  if (!loaded.valid()) return ErrnoStatus("loading a BPF program");
  return loaded;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SleepCounter>> SleepCounter::Start() {
  const long cores = sysconf(_SC_NPROCESSORS_CONF);
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = sizeof(uint32_t);
  attributes.value_size = sizeof(Count);
  attributes.max_entries = cores;
  attributes.map_flags = BPF_F_MMAPABLE;
  UniqueFd map(Bpf(BPF_MAP_CREATE, attributes));
  if (!map.valid()) return ErrnoStatus("making a BPF map");
  ASSIGN_OR_RETURN(UniqueFd program, LoadProgram(map.get()));

  attributes = {};
  attributes.raw_tracepoint.name = reinterpret_cast<uint64_t>("sched_switch");
  attributes.raw_tracepoint.prog_fd = program.get();
  UniqueFd link(Bpf(BPF_RAW_TRACEPOINT_OPEN, attributes));
  if (!link.valid()) return ErrnoStatus("attaching a BPF program");

  const size_t size = cores * sizeof(Count);
  void* const counts = mmap(nullptr, size, PROT_READ, MAP_SHARED, map.get(), 0);
  if (counts == MAP_FAILED) return ErrnoStatus("mapping a BPF map");
  return std::unique_ptr<SleepCounter>(
      new SleepCounter(std::move(link), static_cast<Count*>(counts), size));
}

SleepCounter::~SleepCounter() { munmap(const_cast<Count*>(counts_), size_); }

}  // namespace quiesce
