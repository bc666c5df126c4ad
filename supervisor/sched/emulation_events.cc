// What events do to a network. They happen between rounds, while every node is
// idle, and whoever is touched takes part in the next round.
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "notifier/guest/thread_access.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/shard.h"

namespace quiesce {

absl::StatusOr<EmulationResult> Emulation::Undergo(
    const NetworkEvent& event, const std::atomic<bool>* stop) {
  stop_ = stop;
  RETURN_IF_ERROR(Execute(std::vector<NetworkEvent>{event}));
  return RunToConvergence(stop);
}

absl::Status Emulation::Execute(const std::vector<NetworkEvent>& events) {
  if (events.empty()) return absl::OkStatus();
  if (options_.before_events) RETURN_IF_ERROR(options_.before_events(events));
  bounded_since_ = now_;
  messages_before_ = totals_.messages;
  absl::Status status;
  for (const NetworkEvent& event : events) {
    if (options_.virtual_time) {
      convergence_.Disturbed(
          now_,
          std::max(bgp_.longest_wait(), datagrams_.longest_wait()) * kSecond);
    } else {
      convergence_.Changed(now_);  // nobody wants to wait that long
    }
    status.Update(Execute(event));
  }
  if (options_.forwarding_changed) options_.forwarding_changed();
  return Agree(status);
}

absl::Status Emulation::Execute(const NetworkEvent& event) {
  switch (event.kind) {
    case NetworkEvent::Kind::kLinkDown:
    case NetworkEvent::Kind::kLinkUp:
      SetLink(event);
      break;
    case NetworkEvent::Kind::kInterfaceDown:
    case NetworkEvent::Kind::kInterfaceUp:
      return SetInterface(event);
    case NetworkEvent::Kind::kAddressAdd:
    case NetworkEvent::Kind::kAddressDel:
      return SetAddress(event);
    case NetworkEvent::Kind::kProcessKill:
      return KillProcess(event);
    case NetworkEvent::Kind::kProcessStart:
      return StartProcess(event);
    case NetworkEvent::Kind::kNodeStart:
      return StartLater(event.node);
    case NetworkEvent::Kind::kNodeStop:
      StopNode(event.node);
      break;
  }
  return absl::OkStatus();
}

absl::Status Emulation::KillProcess(const NetworkEvent& event) {
  Nudge(event.node);
  if (!IsOurs(event.node)) return absl::OkStatus();
  return SignalProcess(event.node, event.process, event.signal);
}

absl::Status Emulation::SignalProcess(NodeId id, const std::string& name,
                                      int number) {
  const std::string& node = plans_[id].spec.name;
  for (auto& [pid, process] : processes_of_image_[id]) {
    if (process.plan->spec.name != name) continue;
    process.may_end = true;
    OnNode(id, [](NodeRuntime& node) {
      node.kernel().ExpectSignals();
      node.kernel().Touch();  // who waits is taken out of it
    });
    // It is not reaped before we have read of its end, so the pid is its own.
    if (kill(pid, number) != 0) {
      return ErrnoStatus(
          absl::StrCat("node ", node, ": signal ", number, " to ", name));
    }
    if (options_.record) {
      proto::NodeStep step;
      step.mutable_signal()->set_process(name);
      step.mutable_signal()->set_number(number);
      Record(id, std::move(step), {});
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("event: node ", node, " runs no process ", name));
}

absl::Status Emulation::StartProcess(const NetworkEvent& event) {
  Nudge(event.node);
  if (!IsOurs(event.node)) return absl::OkStatus();
  const auto refuse = [&](const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", plans_[event.node].spec.name, what));
  };
  if (!started(event.node)) return refuse(" does not run");
  for (const auto& [pid, process] : processes_of_image_[event.node]) {
    if (process.plan->spec.name == event.process) {
      return refuse(absl::StrCat(": ", event.process, " runs already"));
    }
  }
  for (const ProcessPlan& plan : plans_[event.node].processes) {
    if (plan.spec.name == event.process) {
      return RestartProcess(event.node, plan);
    }
  }
  return refuse(absl::StrCat(": its image has no process ", event.process));
}

absl::Status Emulation::RestartProcess(NodeId id, const ProcessPlan& plan) {
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(id, plan.spec));
  processes_of_image_[id][pid] = {&plan, false};
  if (options_.record) {
    proto::NodeStep step;
    step.set_restart(plan.spec.name);
    Record(id, std::move(step), {});
  }
  return absl::OkStatus();
}

absl::Status Emulation::StartLater(NodeId node) {
  if (Runs(node)) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", plans_[node].spec.name, " runs already"));
  }
  Nudge(node);
  for (const int ifindex : cabled_[node]) carrier_due_.insert({node, ifindex});
  if (!IsOurs(node)) return absl::OkStatus();
  absl::Status status;
  OnShardOf(node, [&](Shard& on) { status = on.StartNode(node); });
  RETURN_IF_ERROR(status);
  fabric_->SetStack(node, &nodes_[node]->kernel().stack());
  return absl::OkStatus();
}

bool Emulation::Complete(NodeId id) const {
  for (const auto& [pid, process] : processes_of_image_[id]) {
    if (IsStopped(pid)) return false;
  }
  return processes_of_image_[id].size() == plans_[id].processes.size();
}

void Emulation::StopNode(NodeId node) {
  if (!Runs(node)) return;
  // As if its power failed: nobody is told.
  inbox_[node].clear();
  nudged_.erase(node);
  fib_seen_[node] = 0;
  progress_.routes.fetch_sub(std::exchange(routes_[node], 0),
                             std::memory_order_relaxed);
  if (!started(node)) return;
  if (options_.record) {
    proto::NodeStep step;
    step.mutable_stop();
    Record(node, std::move(step), {});
  }
  if (options_.fib_changed) options_.fib_changed(node, nullptr);
  fabric_->SetStack(node, nullptr);
  calls_of_stopped_ += nodes_[node]->calls();
  processes_of_image_[node].clear();
  progress_.nodes_up.fetch_sub(1, std::memory_order_relaxed);
  // A dying kernel says nothing.
  OnShardOf(node, [&](Shard&) { nodes_[node].reset(); });
}

}  // namespace quiesce
