// Finds memory of guests that has come since the last look, and may hold
// nothing but zeroes: buffers that a program has cleared and not filled yet
// (bgpd clears 0.65 MiB for each neighbour), stack that is in use no more.
//
// Looking costs CPU: it is done only when a process has run for a while since
// the last time and its own memory has grown. Wants PAGEMAP_SCAN (Linux 6.7,
// Documentation/admin-guide/mm/pagemap.rst); elsewhere nothing is found.
//
// Anonymous private mappings only: what of them is dropped (madvise(2),
// MADV_DONTNEED) is zeroes afterwards. The kernel itself leaves out what is
// locked; a process that has a userfaultfd is left out here.
#ifndef QUIESCE_SUPERVISOR_SCHED_NEW_PAGES_H_
#define QUIESCE_SUPERVISOR_SCHED_NEW_PAGES_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "notifier/base/nanos.h"
#include "notifier/base/scarce_fd.h"

namespace quiesce {

struct AddressRange {
  uint64_t begin;
  uint64_t end;
};

// What becomes of pages of zeroes.
enum class ZeroPages {
  kStay,
  kGo,
  // Whatever it costs: for tests.
  kGoAtEveryRest,
};

class NewPages {
 public:
  explicit NewPages(ZeroPages when) : when_(when) {}

  // In order, if it is time to look and there are enough to be worth more.
  // Nobody in the process may run meanwhile.
  std::vector<AddressRange> Take(pid_t process);
  // To be told what of them has been dropped.
  void Dropped(pid_t process, const std::vector<AddressRange>& ranges);

  template <typename Gone>
  void Forget(Gone gone) {
    absl::erase_if(processes_, gone);
  }

 private:
  static constexpr Nanos kFirstInterval = kMillisecond / 2;
  struct Process {
    Nanos looked_at = 0;              // its CPU time then
    Nanos interval = kFirstInterval;  // of that, until the next look
    ScarceFd statm;
    uint64_t pages = 0;  // its own, after the last look
    std::vector<AddressRange> seen;
  };

  const ZeroPages when_;
  absl::flat_hash_map<pid_t, Process> processes_;
};

// The parts of `ranges` that are in none of `without`; both in order.
std::vector<AddressRange> Subtract(const std::vector<AddressRange>& ranges,
                                   const std::vector<AddressRange>& without);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_NEW_PAGES_H_
