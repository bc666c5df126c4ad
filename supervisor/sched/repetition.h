// Notices that a run goes round in circles. In strictly synchronous rounds two
// routers may change their minds in step for ever where any real network, being
// out of step, would settle; and some networks have no stable state at all.
// Either way the rounds' messages repeat.
//
// Fed with a digest of the routing messages of each round that had any
// (keepalives have periods of their own and say nothing).
#ifndef QUIESCE_SUPERVISOR_SCHED_REPETITION_H_
#define QUIESCE_SUPERVISOR_SCHED_REPETITION_H_

#include <array>
#include <cstdint>

namespace quiesce {

class Repetition {
 public:
  // The longest circle that is noticed, in rounds with routing messages.
  static constexpr int kLongest = 128;
  // So often it has to be gone round, and for so many rounds at least: equal
  // messages in a few rounds in turn are nothing special.
  static constexpr int kTimes = 4;
  static constexpr int kRounds = 32;

  void Add(uint64_t digest);
  // The shortest circle that the last rounds went; 0: none.
  int period() const { return period_; }

 private:
  std::array<uint64_t, kLongest> ring_{};  // the last digests
  // For how many rounds now each was as the one `index + 1` rounds before.
  std::array<uint32_t, kLongest> run_{};
  uint64_t count_ = 0;
  int period_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_REPETITION_H_
