#include "supervisor/sched/repetition.h"

#include <algorithm>

namespace quiesce {

void Repetition::Add(uint64_t digest) {
  period_ = 0;
  const uint64_t periods = std::min<uint64_t>(count_, kLongest);
  for (uint64_t p = 1; p <= periods; ++p) {
    uint32_t& run = run_[p - 1];
    run = ring_[(count_ - p) % kLongest] == digest ? run + 1 : 0;
    // A run of n rounds with period p has gone round n / p + 1 times.
    if (period_ == 0 && run >= std::max<uint64_t>(kRounds, (kTimes - 1) * p)) {
      period_ = static_cast<int>(p);
    }
  }
  ring_[count_ % kLongest] = digest;
  ++count_;
}

}  // namespace quiesce
