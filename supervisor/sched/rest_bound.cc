#include "supervisor/sched/rest_bound.h"

#include <time.h>

#include <algorithm>

namespace quiesce {
namespace {

// Steps begin after so much CPU time and come as often: 5 % of the bound is
// more than any daemon uses at a stretch, and leaves time for many steps.
constexpr int kGraceOfBound = 20;
constexpr Nanos kFirstStep = kMillisecond;
constexpr Nanos kLastStep = kSecond;
constexpr Nanos kBetweenSteps = 10 * kMillisecond;

Nanos OwnCpu() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

}  // namespace

void RestBound::Update(const std::vector<pid_t>& processes) {
  if (own_begin_ == 0) own_begin_ = OwnCpu();
  own_ = OwnCpu() - own_begin_;
  guests_.Update(processes);
}

Nanos RestBound::ClockStep() {
  if (bound_ <= 0) return 0;
  if (next_step_at_ == 0) next_step_at_ = bound_ / kGraceOfBound;
  if (used() < next_step_at_) return 0;
  next_step_at_ = used() + kBetweenSteps;
  step_ = step_ == 0 ? kFirstStep : std::min(2 * step_, kLastStep);
  return step_;
}

}  // namespace quiesce
