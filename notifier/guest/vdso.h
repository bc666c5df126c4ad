// The guest's clock page.
//
// Programs read clocks without a system call, through the vDSO. Its code pages
// are private to each process (copy-on-write), so they can be written through
// /proc/TID/mem: the functions are replaced by a few instructions that read a
// time slot, and the slot lies in the same page, behind the new code. Reading
// a clock then costs the guest nothing, and setting one costs us one write.
//
// Static and dynamic programs and Go's own vDSO lookup all reach this code;
// nothing needs to be found or hooked in the guest itself.
#ifndef QUIESCE_NOTIFIER_GUEST_VDSO_H_
#define QUIESCE_NOTIFIER_GUEST_VDSO_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notifier/base/nanos.h"
#include "notifier/base/scarce_fd.h"
#include "notifier/base/unique_fd.h"
#include "notifier/guest/tsc.h"

namespace quiesce {

// CLOCK_PROCESS_CPUTIME_ID and its like: computing takes no virtual time, so
// that a CPU clock moves at all it shows a thousandth of the time that has
// passed.
constexpr Nanos CpuTimeAt(Nanos monotonic) { return monotonic / 1000; }

// What is written over a process's vDSO: made once, from our own vDSO (the same
// kernel gives every process the same one).
class VdsoPatch {
 public:
  // Unavailable where this kernel's vDSO lacks a function or room.
  static absl::StatusOr<VdsoPatch> Make();

  // Counted from the vDSO's base.
  const std::vector<CodePiece>& pieces() const { return pieces_; }
  uint64_t slot_offset() const { return slot_offset_; }

 private:
  std::vector<CodePiece> pieces_;
  uint64_t slot_offset_ = 0;
};

// One process image whose vDSO has been patched. Valid until its next execve.
class GuestClock {
 public:
  // To be called while the process's only thread waits for us and has read no
  // clock yet. Also redirects the program's reads of the time stamp counter,
  // and replaces the 16 random bytes of AT_RANDOM by `random`, if not null.
  // NotFound if the process is gone.
  static absl::StatusOr<std::unique_ptr<GuestClock>> Patch(
      pid_t tid, const VdsoPatch& patch, const uint8_t* random);

  // The clock of a forked child: its vDSO is a copy of its parent's.
  static absl::StatusOr<std::unique_ptr<GuestClock>> OfChild(
      pid_t tid, const VdsoPatch& patch);

  // Sets what the process reads from now on. Only while it cannot run. False if
  // it is gone.
  bool Set(Nanos monotonic, Nanos realtime);

 private:
  GuestClock(pid_t tid, UniqueFd memory, uint64_t slot)
      : tid_(tid), slot_(slot) {
    memory_.Keep(std::move(memory));
  }

  const pid_t tid_;
  const uint64_t slot_;
  ScarceFd memory_;  // /proc/TID/mem
  Nanos shown_ = -1;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_VDSO_H_
