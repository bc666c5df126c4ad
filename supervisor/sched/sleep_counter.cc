#include "supervisor/sched/sleep_counter.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <iterator>
#include <utility>

#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

// include/linux/sched.h.
constexpr int kInterruptible = 0x1;
constexpr int kNoLoad = 0x400;  // a kernel thread with nothing to do

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

// Arguments of sched_switch: preempted, from, to, the state it leaves in.
// `map` has the counts, by core.
absl::StatusOr<UniqueFd> LoadProgram(int map) {
  constexpr int kPreempted = 0, kState = 3 * 8;
  const bpf_insn program[] = {
      Insn(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kPreempted, 0),
      Insn(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 14, 0),
      Insn(BPF_LDX | BPF_MEM | BPF_DW, 2, 1, kState, 0),
      Insn(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 12, 0),  // it can run on
      Insn(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 11, kInterruptible | kNoLoad),
      Insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_smp_processor_id),
      Insn(BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0),
      Insn(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
      Insn(0, 0, 0, 0, 0),
      Insn(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
      Insn(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
      Insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
      Insn(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
      Insn(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
      Insn(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
      Insn(BPF_JMP | BPF_JA, 0, 0, 0, 0),
      Insn(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
      Insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = reinterpret_cast<uint64_t>(program);
  attributes.insn_cnt = std::size(program);
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
