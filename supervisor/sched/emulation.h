// One emulation in this process: nodes spread over shards, rounds, virtual
// time, convergence.
//
// A round: every node that has messages to take or a timer due is activated
// once; when all shards are done, the messages of the round are routed on the
// FIBs as they then are and become the next round's input. When a round has no
// input at all, the clock moves to the next timer, on the grid of the tick.
// Nothing a node sees depends on which shard it is in.
#ifndef QUIESCE_SUPERVISOR_SCHED_EMULATION_H_
#define QUIESCE_SUPERVISOR_SCHED_EMULATION_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "notifier/base/nanos.h"
#include "notifier/guest/call_copies.h"
#include "notifier/guest/vdso.h"
#include "notifier/kernel/world.h"
#include "proto/recording.pb.h"
#include "supervisor/fabric/bgp_watch.h"
#include "supervisor/fabric/datagram_watch.h"
#include "supervisor/fabric/fabric.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/sched/convergence.h"
#include "supervisor/sched/descriptor_watch.h"
#include "supervisor/sched/events.h"
#include "supervisor/sched/exchange.h"
#include "supervisor/sched/message_log.h"
#include "supervisor/sched/node_runtime.h"
#include "supervisor/sched/schedule.h"
#include "supervisor/sched/sleep_counter.h"
#include "supervisor/sched/watchdog.h"
#include "supervisor/zygote/zygote_store.h"

namespace quiesce {

// What CLOCK_MONOTONIC shows when an emulation begins: these nodes have been up
// for a while, since programs take a clock near 0 for one that is not set.
inline constexpr Nanos kBootOffset = 1000 * kSecond;

// Whether a process that has ended is started again.
enum class Restart { kNever, kOnFailure, kAlways, kOnce };

// One process of a node and what must hold before the next one starts.
struct ProcessPlan {
  ProcessSpec spec;
  // Path in the node that must exist once the process is idle; may be empty.
  std::string ready_path;
  Restart restart = Restart::kNever;
};

// Everything needed to bring one node up.
struct NodePlan {
  NodeSpec spec;
  std::vector<ProcessPlan> processes;
  // Builds links and addresses; called once, on the node's shard.
  std::function<absl::Status(Stack&)> build_stack;
  uint64_t seed = 0;
};

// A link; with more than two ends a LAN.
struct CablePlan {
  std::vector<Port> ends;
  Nanos latency = 0;
};

struct EmulationOptions {
  std::vector<int> cpus;  // one shard each
  bool realtime = true;   // SCHED_FIFO for guests and shards
  bool virtual_time = true;
  // Processes are made by copying where that is possible and a shard has so
  // many nodes of a kind; 0: never. Virtual time only.
  int least_copied = 0;
  bool follow_files = false;  // guests are under a filter for kFiles
  Nanos tick = kMillisecond;  // 0: exact
  Nanos epoch = 0;            // CLOCK_REALTIME at the start
  Nanos quiet = 60 * kSecond;
  // Once nothing has changed for a second timers fire on this coarser grid:
  // keepalives of many nodes then fire in one round. Messages arrive when they
  // do.
  Nanos quiet_tick = 100 * kMillisecond;
  // Rounds at one instant of virtual time before it counts as endless.
  uint64_t max_rounds_at_once = 20000;
  Nanos max_virtual_time = 3600 * kSecond;
  uint64_t max_messages = 0;  // 0: no bound
  // CPU time that a node may use without coming to rest; 0: no bound.
  Nanos activation_bound = 10 * kSecond;
  ZeroPages zero_pages = ZeroPages::kStay;  // of guests at rest
  bool merge_memory = false;  // equal pages of guests, by the host's KSM
  // As ParseSchedule takes it, with the seed for the chance in it.
  std::string schedule = "rounds";
  uint64_t seed = 1;
  // Where threads are held (ThreadHolds), what that follows from; 0: nowhere.
  // Guests are under a filter for kHolds then.
  uint64_t thread_seed = 0;
  std::vector<NetworkEvent> events;
  // The how manieth convergence ends the run, whatever would happen then; 0:
  // the one after the last event.
  uint32_t convergences = 0;
  TraceWriter* trace = nullptr;
  MessageLog::Sink message_log;  // empty: nobody wants the lines
  // Told between rounds of each node here whose forwarding table may have
  // changed; null: the node has stopped. Empty: nobody wants it.
  std::function<void(NodeId, const Stack*)> fib_changed;
  // Told between rounds whenever so much virtual time has passed. 0: never.
  Nanos sample_every = 0;
  std::function<void()> sample;
  // Asked before events happen, between rounds; in a swarm by each emulator
  // alike. An error ends the run. Empty: nobody wants to know.
  std::function<absl::Status(const std::vector<NetworkEvent>&)> before_events;
  // Told between rounds when packets may fare otherwise than before. Empty:
  // nobody wants to know.
  std::function<void()> forwarding_changed;
  // Takes what happens to each node, as it happens, on the thread that works on
  // the node. Empty: nobody wants it.
  std::function<void(NodeId, const proto::NodeStep&)> record;
  // How the questions of a recording are asked, when it is replayed.
  std::function<void(NodeId)> ask;
  // Where this emulator meets the others of its swarm, each of which owns a
  // part of the nodes; outlives the emulation. Null: it owns all of them.
  Exchange* exchange = nullptr;
};

// Counters that another thread may watch while the emulation runs.
struct EmulationProgress {
  std::atomic<int> nodes_up{0};
  std::atomic<int> sessions{0};  // ends Established
  std::atomic<uint64_t> routes{0};
  std::atomic<uint64_t> messages{0};
  std::atomic<uint64_t> rounds{0};
  std::atomic<Nanos> virtual_time{0};  // since the start
};

struct EmulationResult {
  bool converged = false;
  std::string reason;  // why not
  // Who still changed at the end: "NODE PREFIX", or "NODE" where only its
  // forwarding table changed. Where neither was seen to change, "NODE" is
  // whoever went on sending what is no keepalive.
  std::vector<std::string> changing;
  std::string schedule;  // the one in force at the end
  // In step the network went round in circles of so many rounds with routing
  // messages; 0: it did not. If it has converged all the same, then out of
  // step, and its outcome depends on the order of messages.
  int period = 0;
  Nanos virtual_time = 0;  // when the last change happened
  Nanos fib_time = 0;      // when the last FIB changed
  uint64_t rounds = 0;
  uint64_t activations = 0;
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
  uint64_t message_digest = 0;
  uint64_t updates = 0;
  uint64_t calls = 0;
  // Ends of BGP sessions, by node, as their messages show.
  std::map<NodeId, int> established_ends;
};

class Shard;

class Emulation {
 public:
  // Nothing runs yet. `launcher` outlives the emulation.
  static absl::StatusOr<std::unique_ptr<Emulation>> Create(
      std::vector<NodePlan> nodes, std::vector<CablePlan> cables,
      const EmulationOptions& options, Launcher* launcher);
  // Kills every node.
  ~Emulation();

  // Gives the calling thread, which is to lead the rounds, the priority for it.
  void Lead();

  // Starts all nodes that are there from the start: in each shard one after the
  // other, each run until idle. The first failure, naming node and process.
  // Cancelled when `stop` becomes true meanwhile.
  absl::Status Start(const std::atomic<bool>* stop = nullptr);

  // Rounds until nothing changes any more, or a bound is passed, or `stop`
  // becomes true. An error when a node fails.
  absl::StatusOr<EmulationResult> RunToConvergence(
      const std::atomic<bool>* stop);

  // After that: `event` happens now, and the network runs on until it has
  // converged again; the bounds count from here. InvalidArgument if the event
  // is not possible; then nothing has happened.
  absl::StatusOr<EmulationResult> Undergo(const NetworkEvent& event,
                                          const std::atomic<bool>* stop);

  // Runs `work(node)` for every node, in each shard one after the other, while
  // the network stands still. For questions from outside; `work` serves the
  // node as it needs (NodeRuntime::ServeOnce) and leaves it idle.
  void ForEachNode(const std::function<void(NodeId, NodeRuntime&)>& work);
  // The same for one node.
  void OnNode(NodeId node, const std::function<void(NodeRuntime&)>& work);
  // Lets the network run on: what is in flight, and the clock up to `until`.
  absl::Status RunOn(Nanos until);

  // In a swarm: hands `results` to every emulator, and gets those of each, in
  // the order of rank; the error of the first that has one.
  absl::StatusOr<std::vector<std::string>> Gather(
      const absl::StatusOr<std::string>& results);

  // Instead of Start() and rounds: lets one node, alone, go through one step of
  // a recording once more (emulation_replay.cc). What comes out of it this time
  // goes to EmulationOptions::record. InvalidArgument if the step is none, or
  // does not follow from those before it.
  absl::Status Replay(NodeId node, const proto::NodeStep& step);

  // Starts a further process in a node, on its shard's core; its pid.
  absl::StatusOr<pid_t> Spawn(NodeId node, ProcessSpec spec);
  // The node takes part in the next round, whether it has input or not.
  void Nudge(NodeId node) { nudged_.insert(node); }
  // Ends of processes that are not the image's, since the last call.
  std::vector<ExitReport> TakeOtherExits(NodeId node) {
    return std::exchange(other_exits_[node], {});
  }

  int node_count() const { return static_cast<int>(nodes_.size()); }
  // Whether the node runs, and runs here.
  bool started(NodeId id) const { return nodes_[id] != nullptr; }
  // Whether every process of its image runs: an event may have ended one, or
  // stopped it.
  bool Complete(NodeId id) const;
  // Whether it runs, here or in another emulator.
  bool Runs(NodeId id) const { return started(id) || elsewhere_[id].runs; }
  NodeRuntime& node(NodeId id) { return *nodes_[id]; }
  // Whether packets get in and out there: neither the link nor the interface is
  // down.
  bool Carries(Port end) const;
  // Records that the node has been asked for its RIB.
  void RecordQuestions(NodeId node);
  // What the run has come to so far.
  const EmulationResult& SoFar();
  // How often it has converged.
  uint32_t convergences() const { return convergences_; }
  const EmulationProgress& progress() const { return progress_; }
  Nanos now() const { return now_; }
  // With `zygotes`, after Start().
  const std::vector<ZygoteReport>& zygotes() const { return zygotes_; }
  Nanos elapsed() const;
  // What guests asked for and did not get, by node name; each once.
  std::map<std::string, std::set<std::string>> confessions() const;
  // CPU time of the shards' own threads so far.
  Nanos shard_cpu() const;
  // The most descriptors that were open at once.
  int most_descriptors() const { return descriptors_.most(); }
  const EmulationOptions& options() const { return options_; }

 private:
  friend class Shard;
  Emulation(std::vector<NodePlan> plans, const EmulationOptions& options,
            Launcher* launcher);

  // Runs `work(shard)` on every shard's thread and waits for all.
  void OnAllShards(const std::function<void(Shard&)>& work);
  // The same on the thread of one node's shard.
  void OnShardOf(NodeId node, const std::function<void(Shard&)>& work);
  // One round. False if no node had anything to do.
  absl::StatusOr<bool> Round();
  // Moves the clock to the next timer; to `limit` and false if there is none
  // before. With the real clock: waits for that, for at most a moment.
  bool Advance(Nanos limit);
  absl::Status CheckExits(const std::vector<NodeId>& nodes);
  // The same for every node, idle ones included: something may have ended since
  // a node's last turn.
  absl::Status CheckAll();
  void NoteChanges(const std::vector<NodeId>& nodes);
  void NoteFib(NodeId node, uint64_t changes, int routes);
  // Routes what the shards' nodes have sent, unless `status` or that of another
  // emulator is an error. A digest of the routing messages among it; 0: there
  // are none.
  absl::StatusOr<uint64_t> RouteSent(const absl::Status& status);
  // Runs on for a little to see who changes what.
  absl::Status NameChanging();

  // --- The clock on the wall (emulation_real.cc) ---
  // Takes the time from the host's clock, if that is the one that guests read.
  void FollowClock();
  // Whether that clock has let somebody in the node go on.
  bool WokeByItself(NodeId node) const;
  // Until the host's clock shows `until` or a node wakes; no longer than a
  // moment, since somebody may want to interrupt the run.
  void WaitUntil(Nanos until);

  // --- Events (emulation_events.cc) ---
  absl::Status Execute(const std::vector<NetworkEvent>& events);
  absl::Status Execute(const NetworkEvent& event);
  absl::Status StartLater(NodeId node);
  void StopNode(NodeId node);
  absl::Status KillProcess(const NetworkEvent& event);
  // Sends the signal; InvalidArgument if the node runs no such process.
  absl::Status SignalProcess(NodeId node, const std::string& process,
                             int number);
  absl::Status StartProcess(const NetworkEvent& event);
  absl::Status RestartProcess(NodeId node, const ProcessPlan& plan);

  // --- Links and addresses (emulation_links.cc) ---
  void SetLink(const NetworkEvent& event);
  absl::Status SetInterface(const NetworkEvent& event);
  absl::Status SetAddress(const NetworkEvent& event);
  // Does what `step` says to the node's stack, and records it. EEXIST and the
  // like as InvalidArgument.
  absl::Status ChangeStack(NodeId node, proto::NodeStep step);
  // The node's ends of links that are down, as its stack has it.
  std::set<int> DownEnds(NodeId node) const;
  // They are these now, so the far ends of others lose or get their carrier.
  void NoteDown(NodeId node, std::set<int> down);
  // Lets ends have the carrier that they should, where that may have changed.
  void SetCarriers();

  // --- Several emulators (emulation_swarm.cc) ---
  // What the others know of a node that is not theirs.
  struct NodeBooks {
    bool runs = false;
    Nanos next_timer = kNever;
    uint64_t fib_changes = 0;
    int routes = 0;
    std::set<int> down;
    bool operator==(const NodeBooks&) const = default;
  };
  bool IsOurs(NodeId node) const;
  Nanos NextTimer(NodeId node) const;
  proto::Part OurPart(const absl::Status& status);
  void TakeOver(const proto::NodeState& state);
  absl::StatusOr<std::vector<proto::Part>> Meet(const proto::Part& part);
  // The first error of all emulators.
  absl::Status Agree(absl::Status status);
  bool Interrupted() const;
  absl::StatusOr<std::vector<Message>> RouteTogether(
      std::vector<Message> sent, const absl::Status& status);

  // --- Recording (emulation_replay.cc) ---
  // Completes a step with what came out of the node, and hands it on.
  void Record(NodeId node, proto::NodeStep step,
              absl::Span<const Message> sent);

  const EmulationOptions options_;
  const Nanos begin_;  // what clocks show at the start
  Launcher* const launcher_;
  std::vector<NodePlan> plans_;
  std::vector<std::unique_ptr<NodeRuntime>> nodes_;  // null: not here
  std::vector<NodeBooks> elsewhere_;  // of nodes that are not ours
  std::vector<NodeBooks> told_;       // of ours
  const std::atomic<bool>* stop_ = nullptr;
  bool interrupted_ = false;  // any emulator, when they last met
  std::vector<std::unique_ptr<Shard>> shards_;
  // Null where this kernel has none.
  std::unique_ptr<SleepCounter> sleeps_;
  std::unique_ptr<CallCopies> copies_;
  std::unique_ptr<Watchdog> watchdog_;  // looks at the shards
  std::vector<int> shard_of_;           // by node
  std::unique_ptr<Fabric> fabric_;
  std::unique_ptr<GuestClocks> clocks_;
  BgpWatch bgp_;
  DatagramWatch datagrams_;
  std::unique_ptr<Schedule> schedule_;
  SessionOrder session_order_;
  std::unique_ptr<MessageLog> log_;
  EventQueue events_;
  Convergence convergence_;
  uint32_t convergences_ = 0;  // reached so far
  Nanos next_sample_;
  Nanos last_counted_ = -1;  // the last change before the last of them
  // Where the bounds on a run count from: the last event.
  Nanos bounded_since_;
  uint64_t messages_before_ = 0;
  std::vector<uint64_t> lives_;  // how often started, by node
  uint64_t calls_of_stopped_ = 0;
  uint64_t news_ = 0;  // of the last round
  std::set<NodeId> senders_of_news_;
  // Messages that have not arrived yet, by node, in their order.
  std::vector<std::vector<Message>> inbox_;
  std::set<NodeId> nudged_;
  std::map<NodeId, std::vector<ExitReport>> other_exits_;
  struct ImageProcess {
    const ProcessPlan* plan = nullptr;
    bool may_end = false;  // an event has sent it a signal
  };
  std::vector<std::map<pid_t, ImageProcess>> processes_of_image_;  // by node
  std::map<std::pair<NodeId, std::string>, int> restarts_;         // by process
  std::vector<std::vector<int>> cabled_;  // ends of links, by node
  std::vector<std::set<int>> down_;       // those that are down
  std::set<Port> dark_;                   // whose cables carry nothing
  std::set<Port> carrier_due_;            // may have changed
  std::vector<uint64_t> fib_seen_;  // generation at the last look, by node
  std::vector<int> routes_;         // in the FIB at the last look, by node
  std::vector<Nanos> fib_changed_at_;
  Nanos now_;
  std::vector<ZygoteReport> zygotes_;
  EmulationProgress progress_;
  DescriptorWatch descriptors_;
  EmulationResult totals_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_EMULATION_H_
