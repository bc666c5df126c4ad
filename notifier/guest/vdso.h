// The guests' clock page.
//
// Programs read clocks without a system call, through the vDSO. Its code pages
// are private to each process (copy-on-write), so they can be written through
// /proc/TID/mem: the functions are replaced by a few instructions that read a
// page which all processes of the node map, and which we write. Reading a clock
// costs the guest nothing, and setting it for a whole node three stores.
//
// Nobody but the process itself can map the page, so the new code does it when
// a clock is read for the first time: it asks for the page's file by a system
// call that Linux does not have (kClockPageCall), maps it, says where, and
// closes the file. Where that fails, for want of a descriptor, clocks are read
// by system calls, which are answered here.
//
// Static and dynamic programs and Go's own vDSO lookup all reach this code;
// nothing needs to be found or hooked in the guest itself. A forked child has
// its parent's mapping.
#ifndef QUIESCE_NOTIFIER_GUEST_VDSO_H_
#define QUIESCE_NOTIFIER_GUEST_VDSO_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"
#include "notifier/call/clock_page_call.h"
#include "notifier/guest/tsc.h"

namespace quiesce {

// CLOCK_PROCESS_CPUTIME_ID and its like: computing takes no virtual time, so
// that a CPU clock moves at all it shows a thousandth of the time that has
// passed.
constexpr Nanos CpuTimeAt(Nanos monotonic) { return monotonic / 1000; }

struct ClockPage;

// The clocks of the nodes of one run. Set() may be called for different nodes
// by different threads; all else is constant once made.
class GuestClocks {
 public:
  // For nodes 0 to `nodes` - 1. Unavailable where this kernel's vDSO lacks a
  // function or room.
  static absl::StatusOr<std::unique_ptr<GuestClocks>> Make(size_t nodes);
  ~GuestClocks();

  // To be called while the process's only thread waits for us and has read no
  // clock yet; does nothing when it has been done. Also redirects the program's
  // reads of the time stamp counter, and replaces the 16 random bytes of
  // AT_RANDOM by `random`, if not null. NotFound if the process is gone.
  absl::Status Patch(pid_t tid, size_t node, const uint8_t* random) const;

  // The file with all pages, and where a node's page is in it.
  int file() const { return file_.get(); }
  static uint64_t OffsetOf(size_t node);
  // What a process maps; invalid for want of a descriptor.
  UniqueFd FileForGuest() const;
  // `tid` is a copy of a process that has been patched for whatever node: it is
  // `node`'s from now on, which it has at `page`, 0 if it has not asked yet.
  absl::Status PatchCopy(pid_t tid, size_t node, uint64_t page,
                         const uint8_t* random) const;

  // A process has mapped its node's page there; or it could not, and `address`
  // is the errno, negative.
  absl::Status PageIsMapped(pid_t tid, uint64_t address) const;

  // What a page holds that shows these times.
  static std::string Page(Nanos monotonic, Nanos realtime);
  // Sets what the node's processes read from now on.
  void Set(size_t node, Nanos monotonic, Nanos realtime);

 private:
  GuestClocks() = default;
  absl::Status MakeCode();
  ClockPage* PageOf(size_t node) const;

  std::vector<CodePiece> code_;  // counted from the vDSO's base
  uint64_t data_offset_ = 0;
  UniqueFd file_;  // read-only
  char* pages_ = nullptr;
  size_t size_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_VDSO_H_
