#include "tools/kernel_runtime/event_schedule.h"

#include <algorithm>
#include <string>

namespace quiesce {

bool AbsentAtFirst(const Topology& topology, int node) {
  const std::string& name = topology.node(node).name;
  for (const proto::Event& event : topology.events()) {
    if (event.has_node_start() && event.node_start() == name) return true;
    if (event.has_node_stop() && event.node_stop() == name) return false;
  }
  return false;
}

int Convergences(const Topology& topology) {
  uint32_t last = 0;
  for (const proto::Event& event : topology.events()) {
    last = std::max(last, event.at_convergence());
  }
  return last + 1;
}

EventSchedule::EventSchedule(const Topology& topology) {
  for (const proto::Event& event : topology.events()) {
    (event.has_at_seconds() ? timed_ : at_convergence_).push_back(event);
  }
  std::stable_sort(timed_.begin(), timed_.end(),
                   [](const proto::Event& a, const proto::Event& b) {
                     return a.at_seconds() < b.at_seconds();
                   });
}

std::vector<proto::Event> EventSchedule::TakeDue(absl::Duration elapsed) {
  std::vector<proto::Event> due;
  while (next_ < timed_.size() &&
         absl::Seconds(timed_[next_].at_seconds()) <= elapsed) {
    due.push_back(timed_[next_++]);
  }
  return due;
}

std::vector<proto::Event> EventSchedule::AtConvergence(int n) const {
  std::vector<proto::Event> due;
  for (const proto::Event& event : at_convergence_) {
    if (event.at_convergence() == static_cast<uint32_t>(n)) {
      due.push_back(event);
    }
  }
  return due;
}

}  // namespace quiesce
