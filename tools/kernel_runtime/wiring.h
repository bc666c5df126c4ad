// A topology as input for `ip -batch`. Pure text.
//
// The baseline is meant to be as good as the kernel lets it be: both ends of a
// veth are born in their node's namespace under their final name and index, one
// process makes all links and one per node sets everything in it, and every
// neighbour is a permanent entry. Those spare ARP and neighbour discovery and
// do not count against gc_thresh3 (net/core/neighbour.c:neigh_alloc,
// exempt_from_gc), so no setting of the host has to be raised.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_WIRING_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_WIRING_H_

#include <string>
#include <vector>

#include "topo/topology.h"

namespace quiesce {

// By link: whether it is a bridge outside of all nodes, with a port for each
// end, rather than one veth. LANs are, and links that the topology's events
// touch: a port that leaves its bridge is a cable that was cut without either
// end noticing, and a node may go and come without its neighbours' ends.
std::vector<bool> BridgedLinks(const Topology& topology);

// The port of a link's end, outside.
std::string PortName(const TopologyLink& link, int end);
// The bridge of a link.
std::string BridgeName(const TopologyLink& link);

// All links, made from outside; `pids[n]` is a process in node n's network
// namespace, numbered as /proc shows it to the one who runs the batch; 0: the
// node is absent, and all its links are bridged.
std::string LinkBatch(const Topology& topology, const std::vector<int>& pids);

// A node's ends of bridged links.
std::string PortBatch(const Topology& topology, int node, int pid);

// One node's addresses, links up, neighbours and kernel routes, to be run in
// its namespace. Gateways and static routes are included if `kernel_routes`:
// for nodes whose image has no daemon that would install them.
std::string NodeBatch(const Topology& topology, int node, bool kernel_routes);

// Does any interface have an IPv6 address?
bool UsesIpv6(const Topology& topology);

// fe80::/64 with the modified EUI-64 of `mac` (RFC 4291, appendix A): what the
// kernel gives an Ethernet interface.
IpAddress LinkLocalOf(const HardwareAddress& mac);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_WIRING_H_
