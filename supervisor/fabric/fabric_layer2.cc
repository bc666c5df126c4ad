// Devices on top of interfaces: VLANs and bridges, as a hop goes through them.
#include <algorithm>
#include <utility>

#include "supervisor/fabric/fabric.h"

namespace quiesce {
namespace {

// Whether a bridge passes on by this port (net/bridge/br_stp_if.c: a port
// without a spanning tree forwards when it is up and has a carrier).
bool Forwards(const Link& port) { return port.up() && port.carrier; }

const Link* BridgeOf(const Stack& stack, const Link& port) {
  if (port.master == 0) return nullptr;
  const Link* master = stack.FindLink(port.master);
  return master != nullptr && master->kind == "bridge" ? master : nullptr;
}

}  // namespace

// net/8021q/vlan_dev.c:vlan_dev_hard_start_xmit, net/bridge/br_device.c:
// br_dev_xmit.
void Fabric::Leave(const Stack& stack, Port device, std::vector<uint16_t> tags,
                   Nanos latency, Journey* journey) {
  const Link* link = stack.FindLink(device.ifindex);
  if (link != nullptr && link->kind == "vlan") {
    if (!link->up()) return;
    tags.push_back(link->vlan_id);
    Leave(stack, {device.node, link->lower}, std::move(tags), latency, journey);
    return;
  }
  if (link != nullptr && link->stacked()) {
    Leave(stack, {device.node, link->lower}, std::move(tags), latency, journey);
    return;
  }
  if (link != nullptr && link->kind == "bridge") {
    Bridge(stack, device, /*except=*/0, tags, latency, journey);
    return;
  }
  journey->branches.push_back({device, std::move(tags), latency});
}

// net/bridge/br_forward.c:br_flood. Where a neighbour is has not been learnt,
// so its address is looked for by all ports.
void Fabric::Bridge(const Stack& stack, Port bridge, int except,
                    const std::vector<uint16_t>& tags, Nanos latency,
                    Journey* journey) {
  std::vector<Port>& visited = journey->bridges;
  if (std::find(visited.begin(), visited.end(), bridge) != visited.end()) {
    return;
  }
  visited.push_back(bridge);
  if (!stack.FindLink(bridge.ifindex)->up()) return;
  for (const auto& [ifindex, link] : stack.links()) {
    if (link.master != bridge.ifindex || ifindex == except) continue;
    if (!Forwards(link)) continue;
    Leave(stack, {bridge.node, ifindex}, tags, latency, journey);
  }
}

// net/core/dev.c:__netif_receive_skb_core: VLAN devices first, then bridges.
void Fabric::Take(const Stack& stack, Port device, std::vector<uint16_t> tags,
                  Nanos latency, Journey* journey, Devices* devices) {
  const Link* link = stack.FindLink(device.ifindex);
  if (link == nullptr) return;
  if (!tags.empty()) {
    for (const auto& [ifindex, upper] : stack.links()) {
      if (upper.kind != "vlan" || upper.lower != device.ifindex ||
          upper.vlan_id != tags.back()) {
        continue;
      }
      if (!upper.up() || !link->up()) return;
      tags.pop_back();
      Take(stack, {device.node, ifindex}, std::move(tags), latency, journey,
           devices);
      return;
    }
  }
  const Link* bridge = BridgeOf(stack, *link);
  if (bridge == nullptr) {
    if (tags.empty()) devices->push_back(device.ifindex);
    return;
  }
  const Port above = {device.node, bridge->ifindex};
  const std::vector<Port>& visited = journey->bridges;
  if (!Forwards(*link) || !bridge->up() ||
      std::find(visited.begin(), visited.end(), above) != visited.end()) {
    return;
  }
  Bridge(stack, above, device.ifindex, tags, latency, journey);
  Take(stack, above, std::move(tags), latency, journey, devices);
}

void Fabric::Spread(Journey* journey, std::vector<Journey>* copies) const {
  const std::vector<Branch> branches = std::exchange(journey->branches, {});
  for (const Branch& branch : branches) {
    const Plug* plug = FindPlug(branch.out);
    if (plug == nullptr || plug->cut) continue;
    for (const Port& end : segments_[plug->segment].ends) {
      if (end == branch.out || FindPlug(end)->cut || !Runs(end)) continue;
      Journey& copy = copies->emplace_back(*journey);
      copy.stage = Journey::Stage::kInput;
      copy.at = end.node;
      copy.port = end.ifindex;
      copy.tags = branch.tags;
      copy.way = branch.latency;
    }
  }
}

}  // namespace quiesce
