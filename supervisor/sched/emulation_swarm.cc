// One emulation in several processes. Each runs the nodes it owns and keeps the
// books of the whole: who is due, what is under way, what has changed, whether
// it has converged. The books are the same everywhere because they are kept by
// the same rules from the same parts (exchange.h); nobody asks anybody.
#include <algorithm>
#include <utility>

#include "notifier/base/status_macros.h"
#include "supervisor/fabric/journey_proto.h"
#include "supervisor/fabric/message_proto.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/placement.h"

namespace quiesce {

bool Emulation::IsOurs(NodeId id) const {
  return options_.exchange == nullptr ||
         EmulatorOf(id, options_.exchange->size()) == options_.exchange->rank();
}

Nanos Emulation::NextTimer(NodeId id) const {
  return started(id) ? nodes_[id]->next_timer() : elsewhere_[id].next_timer;
}

proto::Part Emulation::OurPart(const absl::Status& status) {
  proto::Part part;
  SetFailure(status, &part);
  part.set_interrupted(stop_ != nullptr &&
                       stop_->load(std::memory_order_relaxed));
  for (int id = 0; id < node_count(); ++id) {
    if (!IsOurs(id)) continue;
    const NodeBooks now = {started(id), started(id) ? NextTimer(id) : kNever,
                           fib_seen_[id], routes_[id], down_[id]};
    const bool nudged = nudged_.contains(id);
    if (now == told_[id] && !nudged) continue;
    told_[id] = now;
    proto::NodeState* state = part.add_node();
    state->set_node(id);
    state->set_runs(now.runs);
    if (now.next_timer != kNever) state->set_next_timer(now.next_timer);
    state->set_fib_changes(now.fib_changes);
    state->set_routes(now.routes);
    state->set_nudged(nudged);
    state->mutable_down()->Add(now.down.begin(), now.down.end());
  }
  return part;
}

void Emulation::TakeOver(const proto::NodeState& state) {
  const NodeId id = state.node();
  NodeBooks& books = elsewhere_[id];
  progress_.nodes_up.fetch_add(state.runs() - books.runs,
                               std::memory_order_relaxed);
  books.runs = state.runs();
  books.next_timer = state.has_next_timer() ? state.next_timer() : kNever;
  fabric_->SetElsewhere(id, books.runs);
  NoteFib(id, state.fib_changes(), state.routes());
  NoteDown(id, {state.down().begin(), state.down().end()});
  if (state.nudged()) Nudge(id);
}

absl::StatusOr<std::vector<proto::Part>> Emulation::Meet(
    const proto::Part& part) {
  ASSIGN_OR_RETURN(std::vector<proto::Part> parts,
                   options_.exchange->Meet(part));
  interrupted_ = false;
  for (const proto::Part& each : parts) {
    interrupted_ |= each.interrupted();
    for (const proto::NodeState& state : each.node()) {
      if (state.node() < 0 || state.node() >= node_count()) {
        return absl::InternalError("the emulators run different networks");
      }
      if (!IsOurs(state.node())) TakeOver(state);
    }
  }
  RETURN_IF_ERROR(FirstFailure(parts));
  return parts;
}

absl::Status Emulation::Agree(absl::Status status) {
  if (options_.exchange == nullptr) return status;
  return Meet(OurPart(status)).status();
}

bool Emulation::Interrupted() const {
  if (options_.exchange != nullptr) return interrupted_;
  return stop_ != nullptr && stop_->load(std::memory_order_relaxed);
}

absl::StatusOr<std::vector<Message>> Emulation::RouteTogether(
    std::vector<Message> sent, const absl::Status& status) {
  std::vector<Fabric::Journey> travelling;
  for (Message& message : sent) {
    if (!started(message.from)) continue;  // it has just been stopped
    fabric_->Begin(std::move(message), &travelling);
  }
  proto::Part part = OurPart(status);
  std::vector<Message> arrived;
  while (true) {
    for (size_t i = 0; i < travelling.size(); ++i) {
      Fabric::Journey journey = std::move(travelling[i]);
      fabric_->Advance(&journey, &travelling);
      if (journey.stage != Fabric::Journey::Stage::kDone) {
        JourneyToProto(journey, part.add_journey());
      } else if (auto arrived = Fabric::Finish(std::move(journey), now_)) {
        MessageToProto(*arrived, part.add_arrived());
      }
    }
    ASSIGN_OR_RETURN(const std::vector<proto::Part> parts, Meet(part));
    bool more = false;
    travelling.clear();
    for (const proto::Part& each : parts) {
      for (const proto::Message& words : each.arrived()) {
        ASSIGN_OR_RETURN(Message message, MessageFromProto(words));
        arrived.push_back(std::move(message));
      }
      for (const proto::Journey& words : each.journey()) {
        more = true;
        if (!IsOurs(words.at())) continue;
        ASSIGN_OR_RETURN(Fabric::Journey journey, JourneyFromProto(words));
        travelling.push_back(std::move(journey));
      }
    }
    if (!more) break;
    part = OurPart(absl::OkStatus());
  }
  std::sort(arrived.begin(), arrived.end(), DeliveredBefore);
  return arrived;
}

absl::StatusOr<std::vector<std::string>> Emulation::Gather(
    const absl::StatusOr<std::string>& results) {
  proto::Part part = OurPart(results.status());
  if (results.ok()) part.set_results(*results);
  ASSIGN_OR_RETURN(std::vector<proto::Part> parts, Meet(part));
  std::vector<std::string> all;
  for (proto::Part& each : parts) {
    all.push_back(std::move(*each.mutable_results()));
  }
  return all;
}

}  // namespace quiesce
