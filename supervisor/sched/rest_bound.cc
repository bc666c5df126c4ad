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

Nanos ProcessCpu(pid_t process) {
  // The CPU clock of another process, as clock_getcpuclockid(3) makes it.
  const clockid_t clock = (~static_cast<clockid_t>(process) << 3) | 2;
  timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return t.tv_sec * kSecond + t.tv_nsec;
}

void RestBound::Update(const std::vector<pid_t>& processes) {
  const bool first = begin_.empty();
  if (own_begin_ == 0) own_begin_ = OwnCpu();
  own_ = OwnCpu() - own_begin_;
  for (const pid_t process : processes) {
    const Nanos cpu = ProcessCpu(process);
    // What is born later counts from its birth.
    const auto [begin, is_new] = begin_.try_emplace(process, first ? cpu : 0);
    if (cpu > begin->second) by_process_[process] = cpu - begin->second;
  }
  used_ = 0;
  for (const auto& [process, cpu] : by_process_) used_ += cpu;
}

Nanos RestBound::ClockStep() {
  if (bound_ <= 0) return 0;
  if (next_step_at_ == 0) next_step_at_ = bound_ / kGraceOfBound;
  if (used_ < next_step_at_) return 0;
  next_step_at_ = used_ + kBetweenSteps;
  step_ = step_ == 0 ? kFirstStep : std::min(2 * step_, kLastStep);
  return step_;
}

pid_t RestBound::culprit() const {
  pid_t result = 0;
  Nanos most = 0;
  for (const auto& [process, cpu] : by_process_) {
    if (cpu <= most) continue;
    most = cpu;
    result = process;
  }
  return result;
}

}  // namespace quiesce
