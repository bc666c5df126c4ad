#include "supervisor/plan/event_plan.h"

#include <signal.h>

#include <cmath>

namespace quiesce {
namespace {

Port PortOf(const Topology& topology, const proto::LinkEnd& end) {
  const int node = topology.FindNode(end.node());
  return {node, topology.node(node).FindInterface(end.interface())->ifindex};
}

}  // namespace

std::vector<NetworkEvent> PlanEvents(const Topology& topology) {
  using Kind = NetworkEvent::Kind;
  std::vector<NetworkEvent> result;
  for (const proto::Event& words : topology.events()) {
    NetworkEvent& event = result.emplace_back();
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
      case proto::Event::WHAT_NOT_SET:
        break;  // a Topology has none such
    }
  }
  return result;
}

}  // namespace quiesce
