#include "supervisor/layer2_links.h"

#include <set>
#include <utility>

namespace quiesce {
namespace {

constexpr char kBridge[] = "br0";

// Where a frame from one device gets to.
class Flood {
 public:
  Flood(const Topology& topology,
        const std::function<bool(const TopologyEnd&)>& carries)
      : topology_(topology), carries_(carries) {}

  std::set<std::pair<int, int>> From(const TopologyEnd& device) {
    heard_.clear();
    switches_.clear();
    Leave(device, {});
    return std::move(heard_);
  }

 private:
  using Tags = std::vector<int>;  // the outermost last

  void Leave(const TopologyEnd& device, Tags tags) {
    const TopologyNode& node = topology_.node(device.node);
    const TopologyInterface& interface = node.interfaces[device.interface];
    if (interface.vlan != 0) {
      tags.push_back(interface.vlan);
      Leave({device.node, interface.over}, std::move(tags));
    } else if (interface.link >= 0) {
      Cross(device, tags);
    } else if (node.bridge && interface.name == kBridge) {
      Switch(device.node, /*except=*/-1, tags);
    }
  }

  void Cross(const TopologyEnd& out, const Tags& tags) {
    const int link = topology_.node(out.node).interfaces[out.interface].link;
    if (!carries_(out)) return;
    for (const TopologyEnd& end : topology_.links()[link].Ends()) {
      const bool itself =
          end.node == out.node && end.interface == out.interface;
      if (!itself && carries_(end)) Take(end, tags);
    }
  }

  void Take(const TopologyEnd& device, Tags tags) {
    const TopologyNode& node = topology_.node(device.node);
    for (size_t i = 0; i < node.interfaces.size() && !tags.empty(); ++i) {
      const TopologyInterface& upper = node.interfaces[i];
      if (upper.over != device.interface || upper.vlan != tags.back()) continue;
      tags.pop_back();
      Take({device.node, static_cast<int>(i)}, std::move(tags));
      return;
    }
    if (node.bridge && node.interfaces[device.interface].link >= 0) {
      if (!Switch(device.node, device.interface, tags)) return;
      for (size_t i = 0; i < node.interfaces.size(); ++i) {
        if (node.interfaces[i].name != kBridge) continue;
        Take({device.node, static_cast<int>(i)}, tags);
      }
      return;
    }
    if (tags.empty()) heard_.emplace(device.node, device.interface);
  }

  // False where it has been already.
  bool Switch(int number, int except, const Tags& tags) {
    if (!switches_.insert(number).second) return false;
    const TopologyNode& node = topology_.node(number);
    for (size_t i = 0; i < node.interfaces.size(); ++i) {
      const TopologyEnd port = {number, static_cast<int>(i)};
      if (port.interface == except || node.interfaces[i].link < 0) continue;
      Cross(port, tags);
    }
    return true;
  }

  const Topology& topology_;
  const std::function<bool(const TopologyEnd&)>& carries_;
  std::set<std::pair<int, int>> heard_;
  std::set<int> switches_;
};

}  // namespace

std::vector<NetworkLink> Layer2Links(
    const Topology& topology,
    const std::function<bool(const TopologyEnd&)>& carries) {
  bool any = false;
  for (const TopologyNode& node : topology.nodes()) {
    any |= node.bridge;
    for (const TopologyInterface& each : node.interfaces) any |= each.vlan != 0;
  }
  std::vector<NetworkLink> links;
  if (!any) return links;
  Flood flood(topology, carries);
  for (const TopologyNode& node : topology.nodes()) {
    for (size_t i = 1; i < node.interfaces.size(); ++i) {
      const TopologyEnd from = {node.index, static_cast<int>(i)};
      for (const auto& [number, interface] : flood.From(from)) {
        if (std::pair(number, interface) <=
            std::pair(from.node, from.interface)) {
          continue;  // told from the other end
        }
        const TopologyNode& other = topology.node(number);
        links.push_back({node.name, node.interfaces[i].name, other.name,
                         other.interfaces[interface].name});
      }
    }
  }
  return links;
}

}  // namespace quiesce
