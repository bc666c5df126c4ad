// Networks on the host's own clock (--clock=real), for comparison. Guests wait
// in the kernel and wake there by themselves; what they then ask for or send is
// this emulation's business as ever, and a round is whoever has something to do
// by now. Nothing here is repeatable.
#include <poll.h>

#include <algorithm>
#include <vector>

#include "supervisor/sched/emulation.h"
#include "supervisor/sched/shard.h"

namespace quiesce {
namespace {

constexpr Nanos kMoment = 100 * kMillisecond;

}  // namespace

void Emulation::FollowClock() {
  if (options_.virtual_time) return;
  now_ = WallClock();
  progress_.virtual_time.store(elapsed(), std::memory_order_relaxed);
}

bool Emulation::WokeByItself(NodeId id) const {
  if (options_.virtual_time) return false;
  pollfd p{nodes_[id]->wake_fd(), POLLIN, 0};
  return poll(&p, 1, 0) > 0;
}

void Emulation::WaitUntil(Nanos until) {
  std::vector<pollfd> fds;
  for (const auto& node : nodes_) {
    if (node != nullptr) fds.push_back({node->wake_fd(), POLLIN, 0});
  }
  const Nanos rest = std::clamp<Nanos>(until - WallClock(), 0, kMoment);
  const timespec timeout = {0, rest};
  ppoll(fds.data(), fds.size(), &timeout, nullptr);
  FollowClock();
}

}  // namespace quiesce
