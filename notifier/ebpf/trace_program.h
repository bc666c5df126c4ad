// A few dozen BPF instructions on one of the kernel's trace points, and the
// memory that they share with us (linux/bpf.h; the instruction set is
// Documentation/bpf/standardization/instruction-set.rst). Needs CAP_BPF and
// CAP_PERFMON; leaves nothing behind: the program goes with its descriptors.
#ifndef QUIESCE_NOTIFIER_EBPF_TRACE_PROGRAM_H_
#define QUIESCE_NOTIFIER_EBPF_TRACE_PROGRAM_H_

#include <linux/bpf.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// An array that a program reaches as a map, by a number of 32 bits, and we as
// memory: elements follow each other.
class SharedArray {
 public:
  // An error where this kernel has no BPF, or not for us. `element` is a
  // multiple of 8 bytes.
  static absl::StatusOr<SharedArray> Make(size_t element, size_t count);
  SharedArray(SharedArray&& other) noexcept;
  ~SharedArray();

  int map() const { return map_.get(); }
  void* memory() const { return memory_; }

 private:
  SharedArray(UniqueFd map, void* memory, size_t size)
      : map_(std::move(map)), memory_(memory), size_(size) {}

  UniqueFd map_;
  void* memory_;
  size_t size_;  // bytes mapped
};

// Whether programs see processes under the numbers that we see: not in a pid
// namespace of one's own.
bool SeesPidsOfKernel();

class TraceProgram {
 public:
  // Its jumps go to the end where their distance is kEnd.
  static constexpr int kEnd = 0x7fff;

  // A program for sched_switch (include/trace/events/sched.h) that goes on only
  // when a realtime thread leaves its core in order to wait: for something that
  // a signal ends as well, or else for something that none does. (Where the
  // kernel does not describe its own types, any thread.) What r6 to r9 hold
  // after that is up to the caller.
  enum class Wait { kInterruptible, kOther };
  static TraceProgram OnRealtimeThreadLeaving(Wait wait);

  void Add(int code, int to, int from, int offset, int value);
  void Call(bpf_func_id helper);
  // r0 is a number before, and the address of that element behind; ends where
  // there is none.
  void FindElement(const SharedArray& array);
  // A jump, if `code` says so, over what is added until Land().
  void JumpTo(std::vector<size_t>* jumps, int code, int to, int value);
  void Land(const std::vector<size_t>& jumps);

  // Loads it and puts it on the raw trace point. It is there as long as the
  // descriptor is open.
  absl::StatusOr<UniqueFd> Attach(const char* trace_point) &&;

 private:
  std::vector<bpf_insn> code_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_EBPF_TRACE_PROGRAM_H_
