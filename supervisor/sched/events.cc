#include "supervisor/sched/events.h"

#include <algorithm>
#include <utility>

namespace quiesce {

EventQueue::EventQueue(std::vector<NetworkEvent> events)
    : given_(std::move(events)) {
  for (const NetworkEvent& event : given_) {
    if (event.at_convergence == 0) timed_.push_back(event);
  }
  std::stable_sort(
      timed_.begin(), timed_.end(),
      [](const NetworkEvent& a, const NetworkEvent& b) { return a.at < b.at; });
}

Nanos EventQueue::next() const {
  return next_ < timed_.size() ? timed_[next_].at : kNever;
}

std::vector<NetworkEvent> EventQueue::TakeDue(Nanos elapsed) {
  std::vector<NetworkEvent> due;
  while (next() <= elapsed && next_ < timed_.size()) {
    due.push_back(timed_[next_++]);
  }
  return due;
}

std::vector<NetworkEvent> EventQueue::TakeAtConvergence(uint32_t n) {
  std::vector<NetworkEvent> due;
  for (const NetworkEvent& event : given_) {
    if (event.at_convergence == n) due.push_back(event);
  }
  return due;
}

bool EventQueue::StartsLater(NodeId node) const {
  for (const NetworkEvent& event : given_) {
    if (event.node != node) continue;
    if (event.kind == NetworkEvent::Kind::kNodeStart) return true;
    if (event.kind == NetworkEvent::Kind::kNodeStop) return false;
  }
  return false;
}

}  // namespace quiesce
