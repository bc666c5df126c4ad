// Devices on top of others: VLAN devices follow the link that they are on
// (net/8021q/vlan.c:vlan_device_event), bridges their ports
// (net/bridge/br_if.c, br_stp_if.c).
#include <errno.h>

#include <algorithm>
#include <vector>

#include "notifier/net/stack.h"

namespace quiesce {

std::vector<int> Stack::VlansOn(int ifindex) const {
  std::vector<int> vlans;
  for (const auto& [index, link] : links_) {
    if (link.kind == "vlan" && link.lower == ifindex) vlans.push_back(index);
  }
  return vlans;
}

void Stack::UppersFollow(int ifindex, bool came_up) {
  for (int vlan : VlansOn(ifindex)) {
    const Link& lower = *FindLink(ifindex);
    if (!lower.up()) {
      SetUp(vlan, false);
    } else if (came_up) {
      SetUp(vlan, true);
    } else {
      SetCarrier(vlan, lower.carrier);
    }
  }
  const Link* link = FindLink(ifindex);
  if (link->master != 0) BridgeFollows(link->master);
  // br_stp_if.c:br_stp_enable_bridge
  const bool has_ports =
      link->kind == "bridge" && came_up &&
      std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
        return entry.second.master == ifindex;
      });
  if (has_ports) BridgeFollows(ifindex);
}

// br_stp_recalculate_bridge_id, br_mtu_auto_adjust, br_port_state_selection.
void Stack::BridgeFollows(int ifindex) {
  Link* bridge = MutableLink(ifindex);
  if (bridge->kind != "bridge") return;
  const Link* lowest = nullptr;
  uint32_t mtu = 0;
  bool carrier = false;
  for (const auto& [index, port] : links_) {
    if (port.master != ifindex) continue;
    if (lowest == nullptr || port.mac < lowest->mac) lowest = &port;
    mtu = mtu == 0 ? port.mtu : std::min(mtu, port.mtu);
    carrier |= port.up() && port.carrier;
  }
  if (lowest != nullptr && !bridge->own_mac && bridge->mac != lowest->mac) {
    bridge->mac = lowest->mac;
    NotifyLink(NetEvent::kNew, *bridge, 0);
  }
  if (mtu != 0 && mtu != bridge->mtu) {
    bridge->mtu = mtu;
    NotifyLink(NetEvent::kNew, *bridge, 0);
  }
  if (bridge->up()) SetCarrier(ifindex, carrier);
}

// vlan_netlink.c:vlan_newlink, vlan_dev.c:vlan_dev_init.
NetResult Stack::AddVlan(Link vlan, int* ifindex) {
  const Link* lower = FindLink(vlan.lower);
  if (lower == nullptr) {
    return NetResult::Error(ENODEV, "link does not exist");
  }
  if (lower->loopback() || lower->kind == "vrf") {
    return NetResult::Error(EOPNOTSUPP, "VLANs not supported on device");
  }
  for (int other : VlansOn(vlan.lower)) {
    if (FindLink(other)->vlan_id == vlan.vlan_id) {
      return NetResult::Error(EEXIST, "VLAN device already exists");
    }
  }
  vlan.kind = "vlan";
  vlan.mac = lower->mac;
  vlan.broadcast = lower->broadcast;
  vlan.mtu = lower->mtu;
  vlan.min_mtu = 0;
  vlan.carrier = false;
  vlan.admin_flags =
      lower->admin_flags & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_MASTER);
  return AddLink(std::move(vlan), ifindex);
}

// br_if.c:br_add_bridge. It has a carrier until it has had a port.
NetResult Stack::AddBridge(Link bridge, int* ifindex) {
  bridge.kind = "bridge";
  return AddLink(std::move(bridge), ifindex);
}

}  // namespace quiesce
