// Links, interfaces and addresses that events change, and who notices.
//
// A cable that is dark, by an event with `carrier`, or whose other end is down
// carries nothing, and the end sees that. An interface may go down by an event
// or by a program in the node; both show in the stack, between rounds, and what
// the far end makes of it comes with the next round. Who owns the nodes plays
// no part: all emulators of a swarm keep the same books.
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/shard.h"

namespace quiesce {
namespace {

NetResult Apply(const proto::NodeStep& step, Stack& stack) {
  switch (step.what_case()) {
    case proto::NodeStep::kCarrier:
      return stack.SetCarrier(step.carrier().ifindex(), step.carrier().up());
    case proto::NodeStep::kInterface:
      return stack.SetUp(step.interface().ifindex(), step.interface().up());
    case proto::NodeStep::kAddress: {
      const auto prefix = IpPrefix::Parse(step.address().address());
      if (!prefix.ok()) return NetResult::Error(EINVAL);
      if (step.address().there()) {
        return stack.AddAddress(step.address().ifindex(), *prefix);
      }
      Address gone;
      gone.ifindex = step.address().ifindex();
      gone.local = *prefix;
      // Of this length only, as `ip address del` asks for it.
      if (prefix->address.v4()) gone.peer = prefix->address;
      return stack.DeleteAddress(gone);
    }
    default:
      return NetResult::Error(EINVAL);
  }
}

}  // namespace

void Emulation::SetLink(const NetworkEvent& event) {
  const bool up = event.kind == NetworkEvent::Kind::kLinkUp;
  fabric_->SetCut(event.port, !up);
  if (!event.carrier) return;
  for (const Port& end : {event.port, fabric_->FarEnd(event.port)}) {
    if (end.node == kNoNode) continue;
    if (up) {
      dark_.erase(end);
    } else {
      dark_.insert(end);
    }
    carrier_due_.insert(end);
  }
}

absl::Status Emulation::SetInterface(const NetworkEvent& event) {
  proto::NodeStep step;
  step.mutable_interface()->set_ifindex(event.port.ifindex);
  step.mutable_interface()->set_up(event.kind ==
                                   NetworkEvent::Kind::kInterfaceUp);
  return ChangeStack(event.port.node, std::move(step));
}

absl::Status Emulation::SetAddress(const NetworkEvent& event) {
  proto::NodeStep step;
  step.mutable_address()->set_ifindex(event.port.ifindex);
  step.mutable_address()->set_address(event.address.ToString());
  step.mutable_address()->set_there(event.kind ==
                                    NetworkEvent::Kind::kAddressAdd);
  return ChangeStack(event.port.node, std::move(step));
}

absl::Status Emulation::ChangeStack(NodeId id, proto::NodeStep step) {
  const std::string& name = plans_[id].spec.name;
  if (!Runs(id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", name, " does not run"));
  }
  Nudge(id);
  if (!started(id)) return absl::OkStatus();
  NetResult result;
  OnNode(id, [&](NodeRuntime& node) {
    result = Apply(step, node.kernel().stack());
    node.kernel().Touch();
  });
  if (!result.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", name, ": ", step.address().address(), ": ",
                     std::strerror(result.error), " ", result.message));
  }
  if (options_.record) Record(id, std::move(step), {});
  return absl::OkStatus();
}

std::set<int> Emulation::DownEnds(NodeId id) const {
  std::set<int> down;
  for (const int ifindex : cabled_[id]) {
    const Link* link = nodes_[id]->kernel().stack().FindLink(ifindex);
    if (link == nullptr || !link->up()) down.insert(ifindex);
  }
  return down;
}

bool Emulation::Carries(Port end) const {
  return !fabric_->IsCut(end) && !down_[end.node].contains(end.ifindex);
}

void Emulation::NoteDown(NodeId id, std::set<int> down) {
  const std::set<int> before = std::exchange(down_[id], std::move(down));
  if (before == down_[id]) return;
  for (const int ifindex : cabled_[id]) {
    if (before.contains(ifindex) == down_[id].contains(ifindex)) continue;
    // A LAN's switch goes on shining.
    const Port far = fabric_->FarEnd({id, ifindex});
    if (far.node != kNoNode) carrier_due_.insert(far);
  }
}

void Emulation::SetCarriers() {
  for (const Port& end : std::exchange(carrier_due_, {})) {
    if (!Runs(end.node)) continue;
    Nudge(end.node);
    if (!started(end.node)) continue;
    const Port far = fabric_->FarEnd(end);
    const bool up =
        !dark_.contains(end) &&
        (far.node == kNoNode || !down_[far.node].contains(far.ifindex));
    const Link* link = node(end.node).kernel().stack().FindLink(end.ifindex);
    if (link == nullptr || link->carrier == up) continue;
    proto::NodeStep step;
    step.mutable_carrier()->set_ifindex(end.ifindex);
    step.mutable_carrier()->set_up(up);
    ChangeStack(end.node, std::move(step)).IgnoreError();  // it is there
  }
}

}  // namespace quiesce
