// How far a node's own clock was moved, and when, for guests that ran until it
// moved (rest_bound.h). When that happens is up to the host's clock, so a
// recording holds it, and a replay repeats it: after the same number of the
// node's calls, before the next one is answered.
#ifndef QUIESCE_SUPERVISOR_SCHED_CLOCK_STEPS_H_
#define QUIESCE_SUPERVISOR_SCHED_CLOCK_STEPS_H_

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "notifier/base/nanos.h"

namespace quiesce {

struct ClockStep {
  uint64_t calls = 0;  // that the node had made
  Nanos step = 0;
  bool operator==(const ClockStep&) const = default;
};

class ClockSteps {
 public:
  // From now on steps are made as the script says, and as they come where it
  // has none left.
  void Follow(std::vector<ClockStep> script) {
    script_.assign(script.begin(), script.end());
  }
  // Whether nothing more may be answered before a step has been made.
  bool Holds(uint64_t calls) const {
    return !script_.empty() && script_.front().calls <= calls;
  }
  // A step is due, of `step` unless the script knows better: how far; 0: not
  // yet. It is logged.
  Nanos Make(uint64_t calls, Nanos step) {
    if (!script_.empty()) {
      if (!Holds(calls)) return 0;
      step = script_.front().step;
      script_.pop_front();
    }
    made_.push_back({calls, step});
    return step;
  }
  // Those made since the last time.
  std::vector<ClockStep> Take() { return std::exchange(made_, {}); }

 private:
  std::deque<ClockStep> script_;
  std::vector<ClockStep> made_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_CLOCK_STEPS_H_
