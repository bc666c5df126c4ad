// What events do to a network. They happen between rounds, while every node is
// idle, and whoever is touched takes part in the next round.
#include <signal.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/shard.h"

namespace quiesce {

absl::Status Emulation::Execute(const std::vector<NetworkEvent>& events) {
  for (const NetworkEvent& event : events) {
    convergence_.Disturbed(now_, bgp_.longest_hold_time() * kSecond);
    switch (event.kind) {
      case NetworkEvent::Kind::kLinkDown:
      case NetworkEvent::Kind::kLinkUp:
        SetLink(event);
        break;
      case NetworkEvent::Kind::kProcessKill:
        RETURN_IF_ERROR(KillProcess(event));
        break;
      case NetworkEvent::Kind::kNodeStart:
        RETURN_IF_ERROR(StartLate(event.node));
        break;
      case NetworkEvent::Kind::kNodeStop:
        StopNode(event.node);
        break;
    }
  }
  return absl::OkStatus();
}

void Emulation::SetLink(const NetworkEvent& event) {
  const bool up = event.kind == NetworkEvent::Kind::kLinkUp;
  fabric_->SetCut(event.port, !up);
  if (!event.carrier) return;
  for (const Port& end : {event.port, fabric_->FarEnd(event.port)}) {
    if (end.node == kNoNode || !started(end.node)) continue;
    OnNode(end.node, [&](NodeRuntime& node) {
      node.kernel().stack().SetCarrier(end.ifindex, up);
      node.kernel().Touch();
    });
    Nudge(end.node);
  }
}

absl::Status Emulation::KillProcess(const NetworkEvent& event) {
  const std::string& node = plans_[event.node].spec.name;
  for (auto& [pid, process] : processes_of_image_[event.node]) {
    if (process.plan->spec.name != event.process) continue;
    process.may_end = true;
    // It is not reaped before we have read of its end, so the pid is its own.
    if (kill(pid, event.signal) != 0) {
      return ErrnoStatus(absl::StrCat("node ", node, ": signal ", event.signal,
                                      " to ", event.process));
    }
    Nudge(event.node);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("event: node ", node, " runs no process ", event.process));
}

absl::Status Emulation::StartLate(NodeId node) {
  if (started(node)) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", plans_[node].spec.name, " runs already"));
  }
  if (stopped_.contains(node)) {
    return absl::UnimplementedError(
        absl::StrCat("event: node ", plans_[node].spec.name,
                     " was stopped; starting it again is not supported yet"));
  }
  Shard& shard = *shards_[shard_of_[node]];
  absl::Status status;
  shard.Post([&](Shard& on) { status = on.StartNode(node); });
  shard.Wait();
  RETURN_IF_ERROR(status);
  fabric_->SetStack(node, &nodes_[node]->kernel().stack());
  Nudge(node);
  return absl::OkStatus();
}

void Emulation::StopNode(NodeId node) {
  if (!started(node)) return;
  // As if its power failed: nobody is told.
  fabric_->SetStack(node, nullptr);
  calls_of_stopped_ += nodes_[node]->calls();
  stopped_.insert(node);
  inbox_[node].clear();
  nudged_.erase(node);
  processes_of_image_[node].clear();
  progress_.routes.fetch_sub(std::exchange(routes_[node], 0),
                             std::memory_order_relaxed);
  progress_.nodes_up.fetch_sub(1, std::memory_order_relaxed);
  Shard& shard = *shards_[shard_of_[node]];
  shard.Post([&](Shard&) { nodes_[node].reset(); });
  shard.Wait();
  shard.TakeOutbox();  // what its kernel may have said while it went
}

}  // namespace quiesce
