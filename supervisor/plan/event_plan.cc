#include "supervisor/plan/event_plan.h"

#include <signal.h>

#include <cmath>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace quiesce {
namespace {

// `end` names a node and an interface of it.
template <typename Words>
Port PortOf(const Topology& topology, const Words& end) {
  const int node = topology.FindNode(end.node());
  return {node, topology.node(node).FindInterface(end.interface())->ifindex};
}

}  // namespace

std::vector<NetworkEvent> PlanEvents(const Topology& topology) {
  using Kind = NetworkEvent::Kind;
  std::vector<NetworkEvent> result;
  for (const proto::Event& words : topology.events()) {
    NetworkEvent& event = result.emplace_back();
    event.number = result.size();
    event.at_convergence = words.at_convergence();
    if (words.when_case() == proto::Event::kAtSeconds) {
      event.at = std::llround(words.at_seconds() * kSecond);
    }
    event.carrier = words.carrier();
    switch (words.what_case()) {
      case proto::Event::kLinkDown:
        event.kind = Kind::kLinkDown;
        event.port = PortOf(topology, words.link_down());
        break;
      case proto::Event::kLinkUp:
        event.kind = Kind::kLinkUp;
        event.port = PortOf(topology, words.link_up());
        break;
      case proto::Event::kProcessKill:
        event.kind = Kind::kProcessKill;
        event.node = topology.FindNode(words.process_kill().node());
        event.process = words.process_kill().process();
        event.signal = words.process_kill().signal();
        if (event.signal == 0) event.signal = SIGKILL;
        break;
      case proto::Event::kProcessStart:
        event.kind = Kind::kProcessStart;
        event.node = topology.FindNode(words.process_start().node());
        event.process = words.process_start().process();
        break;
      case proto::Event::kNodeStart:
        event.kind = Kind::kNodeStart;
        event.node = topology.FindNode(words.node_start());
        break;
      case proto::Event::kNodeStop:
        event.kind = Kind::kNodeStop;
        event.node = topology.FindNode(words.node_stop());
        break;
      case proto::Event::kInterfaceDown:
        event.kind = Kind::kInterfaceDown;
        event.port = PortOf(topology, words.interface_down());
        break;
      case proto::Event::kInterfaceUp:
        event.kind = Kind::kInterfaceUp;
        event.port = PortOf(topology, words.interface_up());
        break;
      case proto::Event::kAddressAdd:
        event.kind = Kind::kAddressAdd;
        event.port = PortOf(topology, words.address_add());
        event.address = *IpPrefix::Parse(words.address_add().address());
        break;
      case proto::Event::kAddressDel:
        event.kind = Kind::kAddressDel;
        event.port = PortOf(topology, words.address_del());
        event.address = *IpPrefix::Parse(words.address_del().address());
        break;
      case proto::Event::WHAT_NOT_SET:
        break;  // a Topology has none such
    }
  }
  return result;
}

absl::Status CheckEvents(const std::vector<NetworkEvent>& events,
                         const std::vector<NodePlan>& nodes) {
  std::vector<std::string> mistakes;
  for (const NetworkEvent& event : events) {
    if (event.process.empty()) continue;
    const NodePlan& node = nodes[event.node];
    std::vector<absl::string_view> names;
    for (const ProcessPlan& process : node.processes) {
      names.push_back(process.spec.name);
    }
    if (names.empty() || absl::c_linear_search(names, event.process)) {
      continue;
    }
    mistakes.push_back(absl::StrCat(
        "event ", event.number, ": node ", node.spec.name, " runs no process ",
        event.process, "; it runs ", absl::StrJoin(names, ", ")));
  }
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

}  // namespace quiesce
