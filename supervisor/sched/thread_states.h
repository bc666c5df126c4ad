// Whether anybody in a node can run: the states of its threads as /proc shows
// them. Needed beside strict priorities, too: who waits for a disk sleeps as
// well, and comes back without anybody's doing.
//
// A sleeping thread that is seen here may sleep in a notified call that nobody
// has received yet; the caller looks at its listeners once more afterwards.
#ifndef QUIESCE_SUPERVISOR_SCHED_THREAD_STATES_H_
#define QUIESCE_SUPERVISOR_SCHED_THREAD_STATES_H_

#include <sys/types.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "notifier/base/nanos.h"
#include "notifier/base/scarce_fd.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

enum class Rest {
  kAsleep,          // nobody can run before something is done for them
  kSpins,           // nobody but who was put behind the others
  kWaitsForDevice,  // somebody sleeps uninterruptibly, and will wake up
  kRuns,
};

class ThreadStates {
 public:
  // Looks at all threads of `processes`. With `strict_priority` the caller runs
  // only when no thread of them can, and threads that are `parked` need no
  // look.
  Rest Look(const std::vector<pid_t>& processes, bool strict_priority,
            absl::FunctionRef<bool(pid_t)> parked);
  // For a node with strict priorities that does not come to rest: who has used
  // the core since the last call is put behind the node's other threads, which
  // may be what it spins for (bgpd's I/O thread polls a connection that was
  // reset until its main thread has closed it). Ordinary scheduling would give
  // them their turn.
  void PutSpinnersBehind(const std::vector<pid_t>& processes);
  // Undoes that.
  void PutNobodyBehind();
  // Closes what is held of processes that are `gone`.
  template <typename Gone>
  void Forget(Gone gone) {
    absl::erase_if(threads_, gone);
  }

 private:
  struct Thread {
    explicit Thread(pid_t id) : tid(id) {}
    pid_t tid;
    // /proc/PID/task/TID/schedstat, kept open: reading it is several times
    // cheaper than reading the state.
    ScarceFd runs_file;
    // How often it had run when it was last seen asleep; 0 if it never was.
    // Until it runs again it sleeps that very sleep.
    uint64_t asleep_since = 0;
  };
  // Threads of a process as last listed, and how many there were: the link
  // count of its task directory.
  struct Threads {
    ScarceFd directory;  // /proc/PID/task
    uint64_t links = 0;
    std::vector<Thread> threads;
    // The CPU time they had used together when all were last seen asleep; 0 if
    // they never were. Until that grows none has run.
    Nanos asleep_since = 0;
  };
  // Brings the list up to date. The process's task directory, which `opened`
  // owns where it is not kept; -1 if the process is gone.
  static int List(pid_t process, Threads* threads, UniqueFd* opened);
  // How often the thread has run; 0 if that cannot be told.
  static uint64_t TimesRun(int directory, Thread* thread);
  // How often each thread has run.
  using Runs = std::vector<std::pair<pid_t, uint64_t>>;
  // Looks once; notes how often they have run, unless `runs` is null.
  Rest LookOnce(const std::vector<pid_t>& processes, Runs* runs,
                absl::FunctionRef<bool(pid_t)> parked);

  absl::flat_hash_map<pid_t, Threads> threads_;  // by process
  // Of threads seen running by PutSpinnersBehind(): time on the core, ns.
  absl::flat_hash_map<pid_t, uint64_t> used_;
  absl::flat_hash_set<pid_t> behind_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_THREAD_STATES_H_
