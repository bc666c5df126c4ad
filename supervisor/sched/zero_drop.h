// Drops pages of zeroes of another process: they read as before and take no
// memory any more. Only a process itself may do that (process_madvise(2)
// refuses MADV_DONTNEED for others), and it can read its memory faster than
// anybody else; so a thread of it that waits for our answer to a notified call
// is taken out of that by ptrace, runs a few instructions of ours that look for
// zeroes and drop them, and makes its call again.
#ifndef QUIESCE_SUPERVISOR_SCHED_ZERO_DROP_H_
#define QUIESCE_SUPERVISOR_SCHED_ZERO_DROP_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "supervisor/sched/new_pages.h"

namespace quiesce {

struct ZeroDrop {
  // The thread was taken out of its call, which comes again. (It was not where
  // somebody else traces it.)
  bool disturbed = false;
  std::vector<AddressRange> dropped;
};

// `thread` sleeps in a call that would be made again after a signal, and nobody
// else in its process runs. `ranges` are memory of it that it can read, and
// that is zeroes once it has been dropped. Needs Linux 6.15 (PIDFD_SELF);
// before that nothing is dropped.
ZeroDrop DropZeroes(pid_t thread, const std::vector<AddressRange>& ranges);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_ZERO_DROP_H_
