// Who hears whom through VLAN devices and switches, as the topology has them:
// the reachability report walks from device to device.
#ifndef QUIESCE_SUPERVISOR_LAYER2_LINKS_H_
#define QUIESCE_SUPERVISOR_LAYER2_LINKS_H_

#include <functional>
#include <vector>

#include "supervisor/report/forwarding.h"
#include "topo/topology.h"

namespace quiesce {

// Each pair of devices that a message gets between by way of a VLAN device or
// a switch; cables for which `carries` says no are left out. Devices that a
// guest has made are not known here.
std::vector<NetworkLink> Layer2Links(
    const Topology& topology,
    const std::function<bool(const TopologyEnd&)>& carries);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAYER2_LINKS_H_
