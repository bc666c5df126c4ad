// The bound on how long a node may run without coming to rest, in one
// activation. Counted in CPU time of its processes: a slow or busy host makes
// nobody fail.
//
// A spin until the clock moves is normal code, and virtual time stands still
// while anybody runs. So after a while the node's own clock is moved on, in
// growing steps; only a node that goes on running past the bound has failed,
// and the process at fault is found by the CPU time it used. A node that uses
// little but makes us work without end (calls that fail, one after the other)
// has failed when our own time passes a multiple of the bound.
#ifndef QUIESCE_SUPERVISOR_SCHED_REST_BOUND_H_
#define QUIESCE_SUPERVISOR_SCHED_REST_BOUND_H_

#include <sys/types.h>

#include <vector>

#include "notifier/base/nanos.h"
#include "supervisor/sched/cpu_account.h"

namespace quiesce {

// One activation's account. Costs nothing until it is asked for the first time,
// which is when an activation has lasted unusually long.
class RestBound {
 public:
  explicit RestBound(Nanos bound) : bound_(bound) {}

  // What the processes have used, and the calling thread for them, as of now.
  // The first call starts the account.
  void Update(const std::vector<pid_t>& processes);
  // How far the node's clock is to be moved now; 0: not at all.
  Nanos ClockStep();
  // True when the bound is passed.
  bool Passed() const {
    return bound_ > 0 && (used() > bound_ || own_ / kOwnMultiple > bound_);
  }
  Nanos used() const { return guests_.used(); }
  // Who used most of it; 0 if nobody used any.
  pid_t culprit() const { return guests_.most(); }

 private:
  static constexpr Nanos kOwnMultiple = 5;

  Nanos bound_;
  Nanos own_begin_ = 0;
  Nanos own_ = 0;
  CpuAccount guests_;
  Nanos next_step_at_ = 0;  // of used()
  Nanos step_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_REST_BOUND_H_
