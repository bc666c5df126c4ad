// When a topology's events are due on the real kernel, in real time. Pure, but
// for the clock.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_EVENT_SCHEDULE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_EVENT_SCHEDULE_H_

#include <vector>

#include "absl/time/time.h"
#include "proto/topology.pb.h"
#include "topo/topology.h"

namespace quiesce {

// Whether the first that the events say of the node is its start.
bool AbsentAtFirst(const Topology& topology, int node);

// How often the network converges until nothing more happens to it.
int Convergences(const Topology& topology);

class EventSchedule {
 public:
  explicit EventSchedule(const Topology& topology);

  // Those with a time that are due `elapsed` after the start; each once.
  std::vector<proto::Event> TakeDue(absl::Duration elapsed);
  // Whether events with a time are still to come. They come before the first
  // convergence.
  bool more_to_come() const { return next_ < timed_.size(); }
  // Those of the n-th convergence, from 1.
  std::vector<proto::Event> AtConvergence(int n) const;

 private:
  std::vector<proto::Event> timed_, at_convergence_;
  size_t next_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_EVENT_SCHEDULE_H_
