// Judges how far a run is: still changing, settled, or going round in circles.
// Knows only what it is told; no I/O, and the time is an argument.
//
// A network has settled when nothing has changed (no FIB, no routing message,
// no session) for a quiet window of virtual time. A network that repeats itself
// while everybody moves in step may only lack what keeps real networks out of
// step: it gets a chance with messages delayed at random. If it settles then,
// its outcome depends on the order of messages; if it does not either, it is
// given up.
#ifndef QUIESCE_SUPERVISOR_SCHED_CONVERGENCE_H_
#define QUIESCE_SUPERVISOR_SCHED_CONVERGENCE_H_

#include <cstdint>
#include <string>

#include "notifier/base/nanos.h"
#include "supervisor/sched/repetition.h"

namespace quiesce {

struct ConvergenceBounds {
  Nanos quiet = 60 * kSecond;
  // Rounds at one instant of time, and messages (0: no bound), after which a run
  // is given up.
  uint64_t rounds_at_once = 20000;
  uint64_t messages = 0;
  // Rounds with routing messages that a network has to settle out of step: so
  // many, or so many times what it took to go round in circles.
  uint64_t jitter_rounds = 1000;
  uint64_t jitter_times = 10;
};

class Convergence {
 public:
  enum class Verdict { kGoOn, kBreakStep, kGiveUp };

  Convergence(const ConvergenceBounds& bounds, Nanos now)
      : bounds_(bounds), last_change_(now) {}

  // A FIB, a session or a routing message is news.
  void Changed(Nanos now) { last_change_ = now; }
  // Something was done to the network. Who is not told finds out by its hold
  // timer, or by the next attempt to connect, and routes may be kept for who
  // comes back: silence means nothing before `longest_wait`.
  void Disturbed(Nanos now, Nanos longest_wait);

  // A round is over that had something to do. `news` is a digest of its routing
  // messages; 0: it had none. `in_step`: chance plays no part in the schedule.
  Verdict AfterRound(uint64_t news, uint64_t messages, bool in_step);
  // Nobody has anything more to do at this instant.
  void NewInstant() { rounds_at_once_ = 0; }

  Nanos last_change() const { return last_change_; }
  // When it has settled if nothing changes any more.
  Nanos settles() const { return SaturatingAdd(last_change_, quiet()); }
  // Why it was given up.
  const std::string& reason() const { return reason_; }
  void GiveUp(std::string reason) { reason_ = std::move(reason); }
  // The circle it went in step, in rounds with routing messages; 0: none.
  int period() const { return period_; }

 private:
  Nanos quiet() const;
  void AllowJitter();

  const ConvergenceBounds bounds_;
  Nanos last_change_;
  Nanos longest_timer_ = 0;  // 0: nothing was done to the network
  uint64_t rounds_at_once_ = 0;
  uint64_t news_rounds_ = 0;
  uint64_t jitter_until_ = 0;  // in news rounds; 0: not yet out of step
  Repetition repetition_;
  int period_ = 0;
  std::string reason_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_CONVERGENCE_H_
