// How many descriptors this process has open, and whether they have run out.
//
// Once they have, a guest's socket() or accept() fails where on another machine
// it would not, and daemons may try again without end: what the run would come
// to is not the network's doing any more, so the run ends.
#ifndef QUIESCE_SUPERVISOR_SCHED_DESCRIPTOR_WATCH_H_
#define QUIESCE_SUPERVISOR_SCHED_DESCRIPTOR_WATCH_H_

#include <atomic>

#include "absl/status/status.h"

namespace quiesce {

// Descriptors that this process has open now.
int OpenDescriptors();

class DescriptorWatch {
 public:
  // To be called now and then, by any thread. ResourceExhausted once a guest
  // could not be given what it asked for because there were none left; says
  // what to do.
  absl::Status Look();
  // The most that were open when somebody looked, without those that are kept
  // only as long as there are enough (scarce_fd.h).
  int most() const { return most_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> most_{0};
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_DESCRIPTOR_WATCH_H_
