// One node while it runs: its kernel, its processes and their listeners, the
// calls that wait. Belongs to one shard.
//
// RunUntilIdle() is an activation: it answers the node's calls until no thread
// of it can run, and proves that. The proof has two halves.
//
// Parked calls are claims, not facts: another thread of the node may have
// satisfied one natively (FRR's I/O thread writes a pipe that its main thread
// polls with a timeout). So when nothing runs, each parked call is run again,
// in a fixed order, until a whole pass answers none.
//
// All other threads must sleep. Where guests have a realtime priority above
// ours on the core we share, we do not run while one of them can, and what is
// left are those that wait for a disk. Where they have not, they may run beside
// us. Their states in /proc tell, in both cases; in the first only if somebody
// has gone to such a sleep at all since the last look.
#ifndef QUIESCE_SUPERVISOR_SCHED_NODE_RUNTIME_H_
#define QUIESCE_SUPERVISOR_SCHED_NODE_RUNTIME_H_

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "notifier/base/nanos.h"
#include "notifier/guest/call_copies.h"
#include "notifier/guest/guest_call.h"
#include "notifier/guest/vdso.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/listener/listener.h"
#include "notifier/syscalls/table.h"
#include "notifier/trace/trace_writer.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/sched/call_tracer.h"
#include "supervisor/sched/clock_steps.h"
#include "supervisor/sched/new_pages.h"
#include "supervisor/sched/output_bound.h"
#include "supervisor/sched/rest_bound.h"
#include "supervisor/sched/sleep_counter.h"
#include "supervisor/sched/socket_timeouts.h"
#include "supervisor/sched/thread_holds.h"
#include "supervisor/sched/thread_states.h"
#include "supervisor/sched/watchdog.h"

namespace quiesce {

// Whether threads may be held.
enum class Holding { kMayNot, kMay };

struct NodeRuntimeOptions {
  GuestClocks* clocks = nullptr;  // null: guests read the host's clocks
  TraceWriter* trace = nullptr;   // null: no trace
  // Guests are pinned to our core at a realtime priority above ours.
  bool strict_priority = false;
  // Told of each activation; may be null.
  ActivationWatch* watch = nullptr;
  // Of threads on `cpu`, ours; may be null.
  CoreSleeps* sleeps = nullptr;
  const CallCopies* copies = nullptr;
  int cpu = -1;
  // All guests are under a filter for kFiles.
  bool follow_files = false;
  // CPU time that one activation may take; 0: no bound.
  Nanos activation_bound = 0;
  ZeroPages zero_pages = ZeroPages::kStay;
  // For ThreadHolds.
  uint64_t thread_seed = 0;
};

class NodeRuntime {
 public:
  NodeRuntime(std::unique_ptr<NodeKernel> kernel,
              std::unique_ptr<NodeProcessTree> tree,
              const NodeRuntimeOptions& options);
  ~NodeRuntime();

  NodeKernel& kernel() { return *kernel_; }
  const NodeKernel& kernel() const { return *kernel_; }
  NodeProcessTree& tree() { return *tree_; }
  const std::string& name() const { return kernel_->name(); }

  // A further process of the node, already held before its execve.
  void AddWorker(SpawnedProcess process);

  // Keeps what a process of the node prints to files within bounds.
  void BoundOutput(const ProcessSpec& process) { output_.Add(process); }

  // Around all that may wake threads of the node. What is outside costs a look
  // at each of them.
  void BeginActivation();
  void EndActivation();

  // Messages of this round, in their defined order.
  void Deliver(const std::vector<Message>& messages);

  // Serves the node until it is idle. Returns the number of calls answered.
  // Threads may be held where the clock will move on; elsewhere those that were
  // held go on.
  uint64_t RunUntilIdle(Holding holding = Holding::kMayNot);

  // Serves what is ready now, waiting up to `timeout_ms` (-1: for ever) for
  // something to be; no proof of anything. `extra_fd` ends the wait, too.
  uint64_t ServeOnce(int timeout_ms, int extra_fd = -1);

  // Readable when somebody in the node wants something of us, or has sent.
  int wake_fd() const { return epoll_.get(); }

  // When the node must run again though nothing arrives.
  Nanos next_timer() const;
  // Lets timers fire that are due now.
  void RunTimers();

  // Lets the node's clock page show what time it is.
  void ShowTime();

  // What has ended since the last call.
  std::vector<ExitReport> TakeExits();
  // Why we ourselves have killed a process; empty if we have not.
  std::string WhyKilled(pid_t process) const;
  // True once everything in the node is dead.
  bool dead() const { return dead_; }

  // For World::OnNewImage: takes the clock of a new program image over.
  void TakeClock(Call& call);
  // For World::OnClockPage.
  Outcome ClockPage(Call& call);

  // For World::OnNewProcess: the node forks, so its process tree is walked from
  // now on.
  void LookForProcesses() { forks_ = true; }

  // Processes of the node now, as we see them (PID 1 aside).
  std::vector<pid_t> Processes() const;
  uint64_t calls() const { return calls_; }
  // How its clock was moved, or has to be.
  ClockSteps& clock_steps() { return clock_steps_; }

 private:
  struct Worker {
    SpawnedProcess process;
    Listener listener;
  };
  struct Parked {
    std::unique_ptr<GuestCall> call;
    Worker* worker;
    const SyscallRow* row;
    uint64_t serial;  // of its first parking
    Nanos deadline;
    uint64_t seen;      // kernel activity at the last attempt
    bool held = false;  // it has not been looked at yet, and is not before then
    bool again = false;  // we have made the thread make the call again
  };

  // What a thread was taken out of.
  struct Interrupted {
    int number;
    std::array<uint64_t, 6> args;
    bool fails;  // with EINTR, even if it is made again
    // When it began; where it goes on with what is left of its timeout.
    std::optional<Nanos> started;
  };

  void Watch(int fd, uint64_t tag);
  // Whether all threads of the node have the same priority.
  void NobodyIsBehind(bool nobody);
  // Whether every thread of the node that can run does so before we do.
  bool GuestsLead() const;
  // Answers a call with a value. If a signal has taken the caller out of it,
  // and it is made again, AnswerAgain() gives it that answer: what it did is
  // done.
  void Answer(Worker& worker, std::unique_ptr<GuestCall> call, int64_t value);
  bool AnswerAgain(Worker& worker, const seccomp_notif& notification);
  // Tells the kernel.
  void SeeWhoLeads();
  // All threads were found asleep, and since then nobody on this core has slept
  // otherwise than waiting for others.
  bool NobodyWasAway() const;
  // Whether anybody in the node can run.
  Rest Look();
  uint64_t Serve(int timeout_ms);
  // Moves what was sent before what Serve() has got.
  void PumpOnce();
  void OnNotification(Worker& worker);
  // Runs the handler and acts on its outcome. True unless it parked.
  bool Run(Worker& worker, const SyscallRow* row,
           std::unique_ptr<GuestCall> call);
  bool Apply(Worker& worker, const SyscallRow* row,
             std::unique_ptr<GuestCall>& call, Outcome outcome);
  void Exited(Worker& worker, GuestCall& call, const CallResult& result);
  // Runs each parked call again that anything new may have satisfied. True if
  // one was answered; `*any` becomes true if one was run.
  bool RetryParked(bool* any = nullptr);
  void NoteInterrupted(const Parked& parked);
  // For an activation that lasts: moves the clock on, or ends who never rests.
  void SeeToRest(RestBound& bound);
  void KillRestless(const RestBound& bound);
  void CutOutput();
  // At rest. True if a thread has been made to repeat its call.
  bool DropZeroPages();
  // Ends native calls whose sockets' timeouts have come; whether there were.
  bool EndSocketWaits();
  pid_t ProcessOf(pid_t tid);
  // Forgets threads and processes that are gone, with what we hold of them.
  void ForgetGone();
  void Tell(const absl::Status& clock);

  std::unique_ptr<NodeKernel> kernel_;
  std::unique_ptr<NodeProcessTree> tree_;
  const NodeRuntimeOptions options_;
  std::unique_ptr<CallTracer> tracer_;  // may be null
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Worker>> workers_;
  absl::flat_hash_map<pid_t, Parked> parked_;  // by thread
  // By thread, until its next call.
  absl::flat_hash_map<pid_t, Interrupted> interrupted_;
  SocketTimeouts socket_timeouts_;
  // By thread: a call that a signal ended before it had its answer.
  struct Unanswered {
    std::unique_ptr<GuestCall> call;
    int64_t value;
  };
  absl::flat_hash_map<pid_t, Unanswered> unanswered_;
  uint64_t last_serial_ = 0;
  ThreadHolds holds_;
  Holding holding_ = Holding::kMayNot;
  absl::flat_hash_map<pid_t, pid_t> process_of_;  // thread -> process
  size_t forget_at_ = 64;                         // entries of that
  // By process; for their descriptors.
  absl::flat_hash_map<pid_t, std::unique_ptr<UniqueFd>> pidfds_;
  ThreadStates threads_;
  bool nobody_is_behind_ = true;
  // options_.sleeps when all threads were last seen asleep.
  std::optional<uint64_t> sleeps_at_rest_;
  uint64_t outside_ = 0;  // options_.sleeps->Outside() then
  std::vector<std::pair<uint64_t, pid_t>> waiting_;  // RetryParked()'s own
  Nanos shown_ = 0;  // the time that guests have been shown last
  std::vector<ExitReport> exits_;
  // Workers that have ended, which PID 1 has still to say: until then the node
  // is not idle. (Less than none for a moment where the report came first.)
  int unreported_ = 0;
  bool somebody_ended_ = false;  // since parked calls were last looked at
  bool dead_ = false;
  absl::flat_hash_map<pid_t, std::string> why_killed_;
  bool forks_ = false;
  OutputBound output_;
  NewPages new_pages_;
  Nanos ran_unlooked_ = 0;  // time since the last look at what it prints
  // Of what was sent before what Serve() has got there is nothing (any more).
  bool pump_is_dry_ = false;
  uint64_t calls_ = 0;
  ClockSteps clock_steps_;
  bool has_spun_ = false;  // some process, until its clock was moved
  uint64_t late_ = 0;      // how often it was late since
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_NODE_RUNTIME_H_
