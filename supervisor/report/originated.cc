#include "supervisor/report/originated.h"

#include <algorithm>

namespace quiesce {

bool OriginatesPrefixes(const Topology& topology) {
  return std::any_of(topology.nodes().begin(), topology.nodes().end(),
                     [](const TopologyNode& node) {
                       return node.bgp.has_value() &&
                              !node.bgp->networks.empty();
                     });
}

std::vector<OriginatedPrefix> OriginatedBy(const Topology& topology) {
  const bool any = OriginatesPrefixes(topology);
  std::vector<OriginatedPrefix> result;
  for (const TopologyNode& node : topology.nodes()) {
    if (!any) {
      for (const IpPrefix& address : node.interfaces[0].addresses) {
        result.push_back({node.name,
                          {address.address, address.address.bits()},
                          address.address});
      }
    }
    if (!node.bgp.has_value()) continue;
    for (const IpPrefix& network : node.bgp->networks) {
      result.push_back({node.name, network, IpAddress()});
    }
  }
  return result;
}

}  // namespace quiesce
