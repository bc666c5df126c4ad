#include "supervisor/sched/convergence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

// The time between two attempts to connect (RFC 4271, section 10).
constexpr Nanos kConnectRetry = 120 * kSecond;
// What a session takes to come up, or to be torn down and its routes to go,
// once such a timer has fired.
constexpr Nanos kAfterTimer = 10 * kSecond;

}  // namespace

Nanos Convergence::quiet() const {
  if (longest_timer_ == 0) return bounds_.quiet;
  return std::max(bounds_.quiet, longest_timer_ + kAfterTimer);
}

void Convergence::Disturbed(Nanos now, Nanos longest_wait) {
  last_change_ = now;
  longest_timer_ = std::max({longest_timer_, kConnectRetry, longest_wait});
  repetition_ = Repetition();
  if (jitter_until_ > 0) AllowJitter();
}

void Convergence::AllowJitter() {
  jitter_until_ = news_rounds_ + std::max(bounds_.jitter_rounds,
                                          bounds_.jitter_times * news_rounds_);
}

Convergence::Verdict Convergence::AfterRound(uint64_t news, uint64_t messages,
                                             bool in_step) {
  if (++rounds_at_once_ > bounds_.rounds_at_once) {
    reason_ = absl::StrCat("still changing after ", rounds_at_once_,
                           " rounds at one instant");
    return Verdict::kGiveUp;
  }
  if (bounds_.messages > 0 && messages > bounds_.messages) {
    reason_ = absl::StrCat("still changing after ", messages, " messages");
    return Verdict::kGiveUp;
  }
  if (news == 0) return Verdict::kGoOn;
  ++news_rounds_;
  if (jitter_until_ > 0 && news_rounds_ > jitter_until_) {
    reason_ =
        absl::StrCat("goes round in circles: repeated itself every ", period_,
                     " rounds in step, and did not settle out of step either");
    return Verdict::kGiveUp;
  }
  if (!in_step || jitter_until_ > 0) return Verdict::kGoOn;
  repetition_.Add(news);
  if (repetition_.period() == 0) return Verdict::kGoOn;
  period_ = repetition_.period();
  AllowJitter();
  return Verdict::kBreakStep;
}

}  // namespace quiesce
