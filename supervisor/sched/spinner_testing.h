// A process that does nothing but use CPU time, for tests.
#ifndef QUIESCE_SUPERVISOR_SCHED_SPINNER_TESTING_H_
#define QUIESCE_SUPERVISOR_SCHED_SPINNER_TESTING_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/sched/cpu_account.h"

namespace quiesce {

// A child that spins until it is killed.
class Spinner {
 public:
  Spinner() : pid_(fork()) {
    while (pid_ == 0) {
      asm volatile("");  // a loop without effects may be left out
    }
  }
  ~Spinner() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  void UseCpu(Nanos amount) const {
    const Nanos begin = ProcessCpu(pid_);
    while (ProcessCpu(pid_) < begin + amount) {
    }
  }

 private:
  const pid_t pid_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SPINNER_TESTING_H_
