#include "supervisor/sched/emulation.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "supervisor/sched/output_tail.h"
#include "supervisor/sched/shard.h"

namespace quiesce {
namespace {

// The next point of the grid that is not before `t`.
Nanos OnGrid(Nanos t, Nanos tick) {
  if (tick <= 0 || t == kNever) return t;
  return (t + tick - 1) / tick * tick;
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

}  // namespace

absl::StatusOr<std::unique_ptr<Emulation>> Emulation::Create(
    std::vector<NodePlan> nodes, std::vector<CablePlan> cables,
    const EmulationOptions& options, Launcher* launcher) {
  std::unique_ptr<Emulation> emulation(
      new Emulation(std::move(nodes), options, launcher));
  emulation->cables_ = std::move(cables);
  if (options.virtual_time) {
    ASSIGN_OR_RETURN(VdsoPatch patch, VdsoPatch::Make());
    emulation->vdso_ = std::make_unique<VdsoPatch>(std::move(patch));
  }
  for (size_t i = 0; i < options.cpus.size(); ++i) {
    emulation->shards_.push_back(
        std::make_unique<Shard>(emulation.get(), i, options.cpus[i]));
  }
  for (auto& shard : emulation->shards_) {
    shard->Wait();
    RETURN_IF_ERROR(shard->setup());
  }
  // Neighbours in a generator's order have like loads: dealing them out in
  // turn keeps every kind of node spread evenly.
  for (int id = 0; id < emulation->node_count(); ++id) {
    const int shard = id % emulation->shards_.size();
    emulation->shard_of_.push_back(shard);
    emulation->shards_[shard]->nodes.push_back(id);
  }
  return emulation;
}

Emulation::Emulation(std::vector<NodePlan> plans,
                     const EmulationOptions& options, Launcher* launcher)
    : options_(options),
      launcher_(launcher),
      plans_(std::move(plans)),
      nodes_(plans_.size()),
      inbox_(plans_.size()),
      processes_of_image_(plans_.size()),
      fib_seen_(plans_.size(), 0),
      routes_(plans_.size(), 0),
      changed_at_(plans_.size(), kBootOffset) {}

Emulation::~Emulation() {
  for (auto& node : nodes_) {
    if (node != nullptr) node->tree().Kill();
  }
  // A node's kernel closes what its shard opened; any thread may do that now.
  nodes_.clear();
  shards_.clear();
}

void Emulation::OnAllShards(const std::function<void(Shard&)>& work) {
  for (auto& shard : shards_) shard->Post(work);
  for (auto& shard : shards_) shard->Wait();
}

absl::Status Emulation::Start() {
  std::vector<absl::Status> failures(shards_.size());
  OnAllShards([&](Shard& shard) {
    absl::Status& failure = failures[shard.index()];
    for (const NodeId id : shard.nodes) {
      failure = shard.StartNode(id);
      if (!failure.ok()) return;
    }
  });
  for (const absl::Status& failure : failures) RETURN_IF_ERROR(failure);

  std::vector<const Stack*> stacks;
  for (const auto& node : nodes_) stacks.push_back(&node->kernel().stack());
  fabric_ = std::make_unique<Fabric>(std::move(stacks));
  for (const CablePlan& cable : cables_) {
    fabric_->Connect(cable.a, cable.b, cable.latency);
  }
  std::vector<NodeId> all;
  for (int id = 0; id < node_count(); ++id) all.push_back(id);
  NoteChanges(all);
  return CheckExits(all);
}

void Emulation::NoteChanges(const std::vector<NodeId>& nodes) {
  for (const NodeId id : nodes) {
    const Stack& stack = nodes_[id]->kernel().stack();
    if (stack.fib_generation() == fib_seen_[id]) continue;
    fib_seen_[id] = stack.fib_generation();
    changed_at_[id] = last_change_ = now_;
    const int size = FibSize(stack);
    progress_.routes.fetch_add(size - routes_[id], std::memory_order_relaxed);
    routes_[id] = size;
  }
}

absl::Status Emulation::CheckExits(const std::vector<NodeId>& nodes) {
  for (const NodeId id : nodes) {
    for (ExitReport& exit : nodes_[id]->TakeExits()) {
      if (!processes_of_image_[id].contains(exit.pid)) {
        other_exits_[id].push_back(std::move(exit));
        continue;
      }
      for (const ProcessPlan& process : plans_[id].processes) {
        if (process.spec.name != exit.name) continue;
        if (!exit.launch_error.ok()) return exit.launch_error;
        return absl::AbortedError(absl::StrCat(
            "node ", plans_[id].spec.name, ": ", exit.name, " ended: ",
            DescribeWaitStatus(exit.wait_status), OutputTail(process.spec)));
      }
    }
    if (nodes_[id]->dead()) {
      return absl::AbortedError(absl::StrCat("node ", plans_[id].spec.name,
                                             ": its PID 1 was killed"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Emulation::Round() {
  std::vector<NodeId> due;
  std::vector<std::vector<Message>> input(nodes_.size());
  for (int id = 0; id < node_count(); ++id) {
    std::vector<Message>& waiting = inbox_[id];
    const auto later = std::stable_partition(
        waiting.begin(), waiting.end(),
        [&](const Message& m) { return m.arrival <= now_; });
    const bool has_input = later != waiting.begin();
    if (!has_input && nodes_[id]->next_timer() > now_ &&
        !nudged_.contains(id)) {
      continue;
    }
    due.push_back(id);
    if (!has_input) continue;
    input[id].assign(std::make_move_iterator(waiting.begin()),
                     std::make_move_iterator(later));
    waiting.erase(waiting.begin(), later);
    std::stable_sort(input[id].begin(), input[id].end(), DeliveredBefore);
  }
  nudged_.clear();
  if (due.empty()) return false;
  OnAllShards([&](Shard& shard) {
    for (const NodeId id : due) {
      if (shard_of_[id] == shard.index()) shard.Activate(id, input[id]);
    }
  });
  totals_.activations += due.size();
  ++totals_.rounds;
  if (options_.trace != nullptr) options_.trace->EndRound();
  NoteChanges(due);
  RETURN_IF_ERROR(CheckExits(due));

  std::vector<Message> sent;
  for (auto& shard : shards_) {
    std::vector<Message> from = shard->TakeOutbox();
    sent.insert(sent.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
  }
  for (Message& message : fabric_->Route(std::move(sent), now_)) {
    ++totals_.messages;
    if (bgp_.OnMessage(message)) {
      last_change_ = now_;
      changed_at_[message.to] = now_;
    }
    inbox_[message.to].push_back(std::move(message));
  }
  progress_.rounds.store(totals_.rounds, std::memory_order_relaxed);
  progress_.messages.store(totals_.messages, std::memory_order_relaxed);
  progress_.sessions.store(bgp_.established_ends(), std::memory_order_relaxed);
  return true;
}

bool Emulation::Advance(Nanos limit) {
  Nanos next = kNever;
  for (int id = 0; id < node_count(); ++id) {
    next = std::min(next, nodes_[id]->next_timer());
    for (const Message& m : inbox_[id]) next = std::min(next, m.arrival);
  }
  const bool quiet = now_ - last_change_ >= kSecond;
  next = OnGrid(next, quiet ? std::max(options_.tick, options_.quiet_tick)
                            : options_.tick);
  const bool more = next < limit;
  now_ = std::max(now_, more ? next : limit);
  progress_.virtual_time.store(elapsed(), std::memory_order_relaxed);
  return more;
}

absl::StatusOr<EmulationResult> Emulation::RunToConvergence(
    const std::atomic<bool>* stop) {
  totals_.converged = false;
  totals_.reason.clear();
  const Nanos end = SaturatingAdd(kBootOffset, options_.max_virtual_time);
  uint64_t rounds_at_once = 0;
  while (true) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      totals_.reason = "interrupted";
      break;
    }
    ASSIGN_OR_RETURN(const bool active, Round());
    if (active) {
      if (++rounds_at_once > options_.max_rounds_at_once) {
        totals_.reason = absl::StrCat("still changing after ", rounds_at_once,
                                      " rounds at one instant");
        break;
      }
      if (options_.max_messages > 0 &&
          totals_.messages > options_.max_messages) {
        totals_.reason = absl::StrCat("still changing after ", totals_.messages,
                                      " messages");
        break;
      }
      continue;
    }
    rounds_at_once = 0;
    const Nanos settled = last_change_ + options_.quiet;
    if (!Advance(std::min(settled, end))) {
      if (now_ >= settled) {
        totals_.converged = true;
      } else {
        totals_.reason = absl::StrCat("still changing after ",
                                      options_.max_virtual_time / kSecond,
                                      " virtual seconds");
      }
      break;
    }
  }
  totals_.virtual_time = last_change_ - kBootOffset;
  totals_.updates = bgp_.updates();
  totals_.established_ends = bgp_.established_ends();
  totals_.calls = 0;
  totals_.changing.clear();
  for (int id = 0; id < node_count(); ++id) {
    totals_.calls += nodes_[id]->calls();
    if (!totals_.converged && changed_at_[id] >= last_change_ - kSecond) {
      totals_.changing.push_back(plans_[id].spec.name);
    }
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
    for (const NodeId id : shard.nodes) work(id, *nodes_[id]);
  });
}

void Emulation::OnNode(NodeId node,
                       const std::function<void(NodeRuntime&)>& work) {
  Shard& shard = *shards_[shard_of_[node]];
  shard.Post([&](Shard&) { work(*nodes_[node]); });
  shard.Wait();
}

absl::StatusOr<pid_t> Emulation::Spawn(NodeId node, ProcessSpec spec) {
  Shard& shard = *shards_[shard_of_[node]];
  absl::StatusOr<pid_t> pid = absl::InternalError("not run");
  shard.Post([&](Shard& on) { pid = on.Spawn(node, std::move(spec)); });
  shard.Wait();
  Nudge(node);
  return pid;
}

Nanos Emulation::elapsed() const { return now_ - kBootOffset; }

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
