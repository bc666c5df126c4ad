// One thread, pinned to one core, and the nodes that belong to it. While it
// works on them it takes no lock: what it needs from others it has before, and
// what it has for others they take after.
#ifndef QUIESCE_SUPERVISOR_SCHED_SHARD_H_
#define QUIESCE_SUPERVISOR_SCHED_SHARD_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "notifier/kernel/world.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/sleep_counter.h"
#include "supervisor/sched/watchdog.h"
#include "supervisor/zygote/zygote_store.h"

namespace quiesce {

class Shard : public World {
 public:
  Shard(Emulation* emulation, int index, int cpu);
  ~Shard() override;

  // Hands the thread one piece of work; Wait() for it before the next.
  void Post(std::function<void(Shard&)> work);
  void Wait();

  // What the thread could not set up for itself (its network namespace, its
  // priority).
  const absl::Status& setup() const { return setup_; }
  int index() const { return index_; }
  ActivationWatch& watch() { return watch_; }

  // --- For the shard's own thread, within a piece of work ---
  // `clock_script`: steps of its clock that are known before (replay).
  absl::Status StartNode(NodeId id, std::vector<ClockStep> clock_script = {});
  // Makes a node's PID 1, whose processes are started later, with others of
  // their kind. (To leave the host's root, PID 1 has the kernel look at every
  // process there is, fs/fs_struct.c:chroot_fs_refs.)
  absl::Status PrepareNode(NodeId id);
  // Starts a process in a running node; does not run it yet. Its pid.
  absl::StatusOr<pid_t> Spawn(NodeId id, ProcessSpec spec);
  // What was copied when the nodes were started; from here on nothing is.
  std::vector<ZygoteReport> EndCopying();
  void Activate(NodeId id, const std::vector<Message>& messages);
  std::vector<NodeId> nodes;  // in order of id

  // --- Between pieces of work ---
  std::vector<Message> TakeOutbox();
  const std::map<NodeId, std::set<std::string>>& confessions() const {
    return confessions_;
  }
  Nanos cpu_time() const { return cpu_time_; }

  // World.
  Nanos Now() const override;
  Nanos RealtimeOffset() const override;
  bool VirtualTime() const override;
  bool HoldsGuests() const override;
  void Send(Message message) override;
  void OnNewImage(Call& call) override;
  Outcome OnClockPage(Call& call) override;
  void OnNewProcess(Call& call) override;
  void Confess(NodeId node, absl::string_view what) override {
    confessions_[node].insert(std::string(what));
  }

 private:
  absl::Span<const Message> SentSince(size_t count) const {
    return absl::MakeConstSpan(outbox_).subspan(count);
  }
  void ThreadMain();
  absl::Status SetUpThread();
  absl::StatusOr<std::unique_ptr<NodeProcessTree>> MakeTree(NodeId id);
  absl::Status TryStartNode(NodeId id, std::vector<ClockStep> clock_script);
  absl::StatusOr<SpawnedProcess> SpawnOrCopy(NodeId id,
                                             const ProcessSpec& spec);

  Emulation* const emulation_;
  const int index_;
  const int cpu_;
  absl::Status setup_;
  ActivationWatch watch_;
  std::optional<CoreSleeps> sleeps_;
  std::vector<Message> outbox_;
  std::map<NodeId, uint64_t> datagram_bytes_;  // in that, by sender
  std::map<NodeId, std::set<std::string>> confessions_;
  Nanos cpu_time_ = 0;
  std::map<NodeId, std::unique_ptr<NodeProcessTree>> prepared_;
  std::unique_ptr<ZygoteStore> zygotes_;  // null: processes are not copied

  // Guards the hand-over between the coordinating thread and this one.
  absl::Mutex mutex_;
  std::function<void(Shard&)> work_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = true;  // until it has set itself up
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_SHARD_H_
