// The CPU time that processes have used since somebody began to count: what is
// asked of guests is asked in this, never in time on the wall, so that a slow
// or busy host changes nothing.
#ifndef QUIESCE_SUPERVISOR_SCHED_CPU_ACCOUNT_H_
#define QUIESCE_SUPERVISOR_SCHED_CPU_ACCOUNT_H_

#include <sys/types.h>

#include <map>
#include <vector>

#include "notifier/base/nanos.h"

namespace quiesce {

// CPU time of a process with all its threads; 0 if it is gone.
Nanos ProcessCpu(pid_t process);

class CpuAccount {
 public:
  // What the processes have used as of now. The first call starts the account;
  // what is born later counts from its birth, what is gone as last seen.
  void Update(const std::vector<pid_t>& processes);
  Nanos used() const { return used_; }
  // Who used most of it; 0 if nobody used any.
  pid_t most() const;

 private:
  bool started_ = false;
  std::map<pid_t, Nanos> begin_;  // CPU time when first seen
  std::map<pid_t, Nanos> by_process_;
  Nanos used_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_CPU_ACCOUNT_H_
