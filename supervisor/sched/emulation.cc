#include "supervisor/sched/emulation.h"

#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/sched/output_tail.h"
#include "supervisor/sched/placement.h"
#include "supervisor/sched/shard.h"

namespace quiesce {
namespace {

// The next point of the grid that is not before `t`.
Nanos OnGrid(Nanos t, Nanos tick) {
  if (tick <= 0 || t == kNever) return t;
  return (t + tick - 1) / tick * tick;
}

// A process that does not stay up is not started for ever.
constexpr int kMostRestarts = 10;

// Whether its image wants a process that has ended so started again.
bool MayRestart(const ProcessPlan& plan, const ExitReport& exit) {
  if (!exit.launch_error.ok()) return false;
  return plan.restart == Restart::kAlways ||
         (plan.restart == Restart::kOnFailure && exit.wait_status != 0);
}

int FibSize(const Stack& stack) {
  int size = 0;
  for (const int family : {AF_INET, AF_INET6}) {
    if (const RouteTable* table = stack.FindTable(family, RT_TABLE_MAIN)) {
      size += table->size();
    }
  }
  return size;
}

ConvergenceBounds BoundsOf(const EmulationOptions& options) {
  ConvergenceBounds bounds;
  bounds.quiet = options.quiet;
  bounds.rounds_at_once = options.max_rounds_at_once;
  bounds.messages = options.max_messages;
  return bounds;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Emulation>> Emulation::Create(
    std::vector<NodePlan> nodes, std::vector<CablePlan> cables,
    const EmulationOptions& options, Launcher* launcher) {
  std::unique_ptr<Emulation> emulation(
      new Emulation(std::move(nodes), options, launcher));
  for (const CablePlan& cable : cables) {
    emulation->fabric_->Connect(cable.ends, cable.latency);
    for (const Port& end : cable.ends) {
      emulation->cabled_[end.node].push_back(end.ifindex);
    }
  }
  ASSIGN_OR_RETURN(emulation->schedule_,
                   ParseSchedule(options.schedule, options.seed));
  if (options.virtual_time) {
    ASSIGN_OR_RETURN(emulation->clocks_,
                     GuestClocks::Make(emulation->plans_.size()));
  }
  for (size_t i = 0; i < options.cpus.size(); ++i) {
    emulation->shards_.push_back(
        std::make_unique<Shard>(emulation.get(), i, options.cpus[i]));
  }
  for (auto& shard : emulation->shards_) {
    shard->Wait();
    RETURN_IF_ERROR(shard->setup());
  }
  if (options.realtime) {
    std::vector<ActivationWatch*> watches;
    for (auto& shard : emulation->shards_) watches.push_back(&shard->watch());
    ASSIGN_OR_RETURN(emulation->watchdog_, Watchdog::Start(watches));
    // They only save time.
    if (auto sleeps = SleepCounter::Start(getpid()); sleeps.ok()) {
      emulation->sleeps_ = *std::move(sleeps);
    }
    if (auto copies = CallCopies::Start(); copies.ok()) {
      emulation->copies_ = *std::move(copies);
    }
  }
  for (int id = 0; id < emulation->node_count(); ++id) {
    const int emulators =
        options.exchange == nullptr ? 1 : options.exchange->size();
    const int shard = ShardOf(id, emulators, emulation->shards_.size());
    emulation->shard_of_.push_back(shard);
    if (emulation->IsOurs(id)) emulation->shards_[shard]->nodes.push_back(id);
  }
  return emulation;
}

Emulation::Emulation(std::vector<NodePlan> plans,
                     const EmulationOptions& options, Launcher* launcher)
    : options_(options),
      begin_(options.virtual_time ? kBootOffset : WallClock()),
      launcher_(launcher),
      plans_(std::move(plans)),
      nodes_(plans_.size()),
      elsewhere_(plans_.size()),
      told_(plans_.size()),
      fabric_(std::make_unique<Fabric>(
          std::vector<const Stack*>(plans_.size(), nullptr))),
      events_(options.events),
      convergence_(BoundsOf(options), begin_),
      next_sample_(options.sample_every),
      bounded_since_(begin_),
      lives_(plans_.size(), 0),
      inbox_(plans_.size()),
      processes_of_image_(plans_.size()),
      cabled_(plans_.size()),
      down_(plans_.size()),
      fib_seen_(plans_.size(), 0),
      routes_(plans_.size(), 0),
      fib_changed_at_(plans_.size(), begin_),
      now_(begin_) {
  std::vector<std::string> names;
  for (const NodePlan& plan : plans_) names.push_back(plan.spec.name);
  log_ = std::make_unique<MessageLog>(std::move(names), begin_,
                                      options.message_log);
}

Emulation::~Emulation() {
  for (auto& node : nodes_) {
    if (node != nullptr) node->tree().Kill();
  }
  // A node's kernel closes what its shard opened; any thread may do that now.
  nodes_.clear();
  watchdog_.reset();
  shards_.clear();
}

void Emulation::Lead() {
  if (!options_.realtime) return;
  sched_param parameters{};
  parameters.sched_priority = kLeaderPriority;
  sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

void Emulation::OnAllShards(const std::function<void(Shard&)>& work) {
  for (auto& shard : shards_) shard->Post(work);
  for (auto& shard : shards_) shard->Wait();
}

void Emulation::OnShardOf(NodeId node,
                          const std::function<void(Shard&)>& work) {
  Shard& shard = *shards_[shard_of_[node]];
  shard.Post(work);
  shard.Wait();
}

absl::Status Emulation::Start(const std::atomic<bool>* stop) {
  stop_ = stop;
  std::vector<absl::Status> failures(shards_.size());
  OnAllShards([&](Shard& shard) {
    absl::Status& failure = failures[shard.index()];
    const auto for_each = [&](const auto& work) {
      for (const NodeId id : shard.nodes) {
        if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
          failure = absl::CancelledError("interrupted");
        }
        if (!failure.ok()) return;
        if (events_.StartsLater(id)) continue;
        failure = work(id);
        // Before what it may have led to.
        if (absl::Status left = descriptors_.Look(); !left.ok()) failure = left;
      }
    };
    for_each([&](NodeId id) { return shard.PrepareNode(id); });
    for_each([&](NodeId id) { return shard.StartNode(id); });
  });
  std::vector<std::vector<ZygoteReport>> reports(shards_.size());
  OnAllShards(
      [&](Shard& shard) { reports[shard.index()] = shard.EndCopying(); });
  zygotes_ = AddUpReports(reports);
  absl::Status failure;
  for (const absl::Status& each : failures) failure.Update(each);
  RETURN_IF_ERROR(Agree(failure));

  std::vector<NodeId> all;
  for (int id = 0; id < node_count(); ++id) {
    if (!started(id)) continue;
    fabric_->SetStack(id, &nodes_[id]->kernel().stack());
    all.push_back(id);
  }
  NoteChanges(all);
  return Agree(CheckExits(all));
}

void Emulation::NoteChanges(const std::vector<NodeId>& nodes) {
  bool changed = false;
  for (const NodeId id : nodes) {
    const Stack& stack = nodes_[id]->kernel().stack();
    if (stack.fib_generation() != fib_seen_[id]) {
      NoteFib(id, stack.fib_generation(), FibSize(stack));
      NoteDown(id, DownEnds(id));
      if (options_.fib_changed) options_.fib_changed(id, &stack);
      changed = true;
    }
  }
  if (changed && options_.forwarding_changed) options_.forwarding_changed();
}

void Emulation::NoteFib(NodeId id, uint64_t changes, int routes) {
  if (changes == fib_seen_[id]) return;
  fib_seen_[id] = changes;
  fib_changed_at_[id] = now_;
  convergence_.Changed(now_);
  progress_.routes.fetch_add(routes - routes_[id], std::memory_order_relaxed);
  routes_[id] = routes;
}

absl::Status Emulation::CheckExits(const std::vector<NodeId>& nodes) {
  for (const NodeId id : nodes) {
    for (ExitReport& exit : nodes_[id]->TakeExits()) {
      const auto process = processes_of_image_[id].find(exit.pid);
      if (process == processes_of_image_[id].end()) {
        other_exits_[id].push_back(std::move(exit));
        continue;
      }
      const ImageProcess ended = process->second;
      // It has done what it was started for, and still counts as there.
      if (ended.plan->restart == Restart::kOnce && exit.launch_error.ok() &&
          exit.wait_status == 0) {
        continue;
      }
      processes_of_image_[id].erase(process);
      if (MayRestart(*ended.plan, exit) &&
          restarts_[{id, exit.name}]++ < kMostRestarts) {
        RETURN_IF_ERROR(RestartProcess(id, *ended.plan));
        continue;
      }
      if (ended.may_end) continue;
      if (!exit.launch_error.ok()) return exit.launch_error;
      return absl::AbortedError(absl::StrCat(
          "node ", plans_[id].spec.name, ": ", exit.name,
          " ended: ", DescribeWaitStatus(exit.wait_status),
          nodes_[id]->WhyKilled(exit.pid), OutputTail(ended.plan->spec)));
    }
    if (nodes_[id]->dead()) {
      return absl::AbortedError(
          absl::StrCat("node ", plans_[id].spec.name, ": its PID 1 was killed",
                       nodes_[id]->WhyKilled(nodes_[id]->tree().init_pid())));
    }
  }
  return absl::OkStatus();
}

absl::Status Emulation::CheckAll() {
  std::vector<NodeId> all;
  for (int id = 0; id < node_count(); ++id) {
    if (started(id)) all.push_back(id);
  }
  OnAllShards([&](Shard& shard) {
    for (const NodeId id : shard.nodes) {
      if (started(id)) nodes_[id]->ServeOnce(0);
    }
  });
  return Agree(CheckExits(all));
}

absl::StatusOr<bool> Emulation::Round() {
  FollowClock();
  SetCarriers();
  int due = 0;
  std::vector<NodeId> here;  // of those that are due
  std::vector<std::vector<Message>> input(nodes_.size());
  for (int id = 0; id < node_count(); ++id) {
    if (!Runs(id)) continue;
    if (!inbox_[id].empty()) {
      input[id] = schedule_->Take(totals_.rounds, now_, &inbox_[id]);
    }
    if (!input[id].empty() || NextTimer(id) <= now_ || nudged_.contains(id) ||
        WokeByItself(id)) {
      ++due;
      if (started(id)) here.push_back(id);
    }
  }
  nudged_.clear();
  news_ = 0;
  if (due == 0) return false;
  OnAllShards([&](Shard& shard) {
    for (const NodeId id : here) {
      if (shard_of_[id] == shard.index()) shard.Activate(id, input[id]);
    }
  });
  totals_.activations += due;
  ++totals_.rounds;
  if (options_.trace != nullptr) options_.trace->EndRound();
  NoteChanges(here);
  absl::Status status = descriptors_.Look();
  status.Update(CheckExits(here));
  ASSIGN_OR_RETURN(news_, RouteSent(status));
  progress_.rounds.store(totals_.rounds, std::memory_order_relaxed);
  progress_.messages.store(totals_.messages, std::memory_order_relaxed);
  progress_.sessions.store(bgp_.established_ends(), std::memory_order_relaxed);
  return true;
}

absl::StatusOr<uint64_t> Emulation::RouteSent(const absl::Status& status) {
  std::vector<Message> sent;
  for (auto& shard : shards_) {
    std::vector<Message> from = shard->TakeOutbox();
    sent.insert(sent.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
  }
  std::vector<Message> routed;
  if (options_.exchange == nullptr) {
    RETURN_IF_ERROR(status);
    routed = fabric_->Route(std::move(sent), now_);
  } else {
    ASSIGN_OR_RETURN(routed, RouteTogether(std::move(sent), status));
  }
  const Nanos delay = options_.tick > 0 ? options_.tick : kMillisecond;
  uint64_t news = 0;
  for (Message& message : routed) {
    ++totals_.messages;
    message.arrival = session_order_.Arrival(
        message, now_, message.arrival + schedule_->DelayOf(message) * delay);
    const uint64_t hash = log_->Add(totals_.rounds, now_, message);
    if (IsPacket(message.kind) ? datagrams_.OnMessage(message)
                               : bgp_.OnMessage(message)) {
      convergence_.Changed(now_);
      senders_of_news_.insert(message.from);
      // Not what differs from one time round to the next: session, sequence,
      // time.
      news = Mix(news, message.from);
      news = Mix(news, message.to);
      news = Mix(news, static_cast<uint64_t>(message.kind));
      news = Mix(news, hash) | 1;
    }
    inbox_[message.to].push_back(std::move(message));
  }
  return news;
}

bool Emulation::Advance(Nanos limit) {
  Nanos timer = kNever, arrival = kNever;
  for (int id = 0; id < node_count(); ++id) {
    if (!Runs(id)) continue;
    timer = std::min(timer, NextTimer(id));
    for (const Message& m : inbox_[id]) arrival = std::min(arrival, m.arrival);
  }
  if (!options_.virtual_time) {
    WaitUntil(std::min({timer, arrival, limit}));
    return now_ < limit;
  }
  const bool quiet = now_ - convergence_.last_change() >= kSecond;
  const Nanos timers_grid =
      quiet ? std::max(options_.tick, options_.quiet_tick) : options_.tick;
  const Nanos next =
      std::min(OnGrid(timer, timers_grid), OnGrid(arrival, options_.tick));
  const bool more = next < limit;
  now_ = std::max(now_, more ? next : limit);
  progress_.virtual_time.store(elapsed(), std::memory_order_relaxed);
  return more;
}

absl::StatusOr<EmulationResult> Emulation::RunToConvergence(
    const std::atomic<bool>* stop) {
  totals_.converged = false;
  convergence_.GiveUp("");
  stop_ = stop;
  while (!totals_.converged && convergence_.reason().empty()) {
    if (Interrupted()) {
      convergence_.GiveUp("interrupted");
      break;
    }
    if (options_.sample_every > 0 && elapsed() >= next_sample_) {
      options_.sample();
      next_sample_ = elapsed() + options_.sample_every;
    }
    RETURN_IF_ERROR(Execute(events_.TakeDue(elapsed())));
    ASSIGN_OR_RETURN(const bool active, Round());
    if (active) {
      if (convergence_.AfterRound(news_, totals_.messages - messages_before_,
                                  schedule_->in_step()) ==
          Convergence::Verdict::kBreakStep) {
        schedule_ = RandomSchedule(options_.seed);
      }
      continue;
    }
    convergence_.NewInstant();
    // A convergence counts once; then only an event can bring a change.
    const bool counted = last_counted_ == convergence_.last_change();
    const Nanos event = SaturatingAdd(begin_, events_.next());
    const Nanos settled = counted ? kNever : convergence_.settles();
    const Nanos end = SaturatingAdd(bounded_since_, options_.max_virtual_time);
    if (Advance(std::min({settled, end, event}))) continue;
    if (now_ >= settled) {
      last_counted_ = convergence_.last_change();
      const bool last = ++convergences_ == options_.convergences;
      std::vector<NetworkEvent> due;
      if (!last) due = events_.TakeAtConvergence(convergences_);
      RETURN_IF_ERROR(Execute(due));
      totals_.converged = last || (due.empty() && event == kNever);
    } else if (now_ < event) {
      convergence_.GiveUp(absl::StrCat("still changing after ",
                                       options_.max_virtual_time / kSecond,
                                       " virtual seconds"));
    }
  }
  RETURN_IF_ERROR(CheckAll());
  totals_.changing.clear();
  const Nanos last_change = convergence_.last_change();
  if (!totals_.converged && !Interrupted()) RETURN_IF_ERROR(NameChanging());
  SoFar();
  totals_.virtual_time = last_change - begin_;
  return totals_;
}

absl::Status Emulation::NameChanging() {
  constexpr int kRounds = 2000;
  constexpr Nanos kTime = 10 * kSecond;
  const Nanos begin = now_;
  bgp_.NotePrefixes();
  senders_of_news_.clear();
  for (int round = 0; round < kRounds && now_ < begin + kTime; ++round) {
    ASSIGN_OR_RETURN(const bool active, Round());
    if (!active) Advance(begin + kTime);
  }
  std::vector<bool> named(nodes_.size());
  for (const auto& [node, prefix] : bgp_.noted()) {
    named[node] = true;
    totals_.changing.push_back(
        absl::StrCat(plans_[node].spec.name, " ", prefix.ToString()));
  }
  for (int id = 0; id < node_count(); ++id) {
    if (!named[id] && fib_changed_at_[id] >= begin) {
      totals_.changing.push_back(plans_[id].spec.name);
    }
  }
  if (!totals_.changing.empty()) return absl::OkStatus();
  for (const NodeId id : senders_of_news_) {
    totals_.changing.push_back(plans_[id].spec.name);
  }
  return absl::OkStatus();
}

const EmulationResult& Emulation::SoFar() {
  totals_.reason = convergence_.reason();
  totals_.virtual_time = convergence_.last_change() - begin_;
  totals_.fib_time =
      *std::max_element(fib_changed_at_.begin(), fib_changed_at_.end()) -
      begin_;
  totals_.schedule = schedule_->name();
  totals_.period = convergence_.period();
  totals_.message_digest = log_->digest();
  totals_.message_bytes = log_->bytes();
  totals_.updates = bgp_.updates();
  totals_.established_ends = bgp_.ends_of_nodes();
  totals_.calls = calls_of_stopped_;
  for (const auto& node : nodes_) {
    if (node != nullptr) totals_.calls += node->calls();
  }
  return totals_;
}

absl::Status Emulation::RunOn(Nanos until) {
  while (true) {
    ASSIGN_OR_RETURN(const bool active, Round());
    if (!active && !Advance(until)) return absl::OkStatus();
  }
}

void Emulation::ForEachNode(
    const std::function<void(NodeId, NodeRuntime&)>& work) {
  OnAllShards([&](Shard& shard) {
    for (const NodeId id : shard.nodes) {
      if (started(id)) work(id, *nodes_[id]);
    }
  });
}

void Emulation::OnNode(NodeId node,
                       const std::function<void(NodeRuntime&)>& work) {
  OnShardOf(node, [&](Shard&) { work(*nodes_[node]); });
}

absl::StatusOr<pid_t> Emulation::Spawn(NodeId node, ProcessSpec spec) {
  absl::StatusOr<pid_t> pid = absl::InternalError("not run");
  OnShardOf(node, [&](Shard& on) { pid = on.Spawn(node, std::move(spec)); });
  Nudge(node);
  return pid;
}

Nanos Emulation::elapsed() const { return now_ - begin_; }

std::map<std::string, std::set<std::string>> Emulation::confessions() const {
  std::map<std::string, std::set<std::string>> result;
  for (const auto& shard : shards_) {
    for (const auto& [node, texts] : shard->confessions()) {
      result[plans_[node].spec.name].insert(texts.begin(), texts.end());
    }
  }
  return result;
}

Nanos Emulation::shard_cpu() const {
  Nanos total = 0;
  for (const auto& shard : shards_) total += shard->cpu_time();
  return total;
}

}  // namespace quiesce
