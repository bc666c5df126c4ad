// Links coming, going and changing: net/core/dev.c, net/core/rtnetlink.c and
// the notifier chains that follow a change, in the order in which Linux runs
// them: nexthop objects, IPv4, IPv6.
#include <errno.h>
#include <linux/netconf.h>

#include <utility>

#include "notifier/net/fib4.h"
#include "notifier/net/fib6.h"
#include "notifier/net/inet4.h"
#include "notifier/net/inet6.h"
#include "notifier/net/nexthops.h"
#include "notifier/net/stack.h"

namespace quiesce {
namespace {

constexpr uint32_t kUserFlags =
    IFF_DEBUG | IFF_NOTRAILERS | IFF_NOARP | IFF_DYNAMIC | IFF_MULTICAST |
    IFF_PORTSEL | IFF_AUTOMEDIA | IFF_UP | IFF_PROMISC | IFF_ALLMULTI;
constexpr uint32_t kIpv6MinMtu = 1280;

// net/core/dev.c:dev_valid_name.
bool ValidName(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) return false;
  if (name == "." || name == "..") return false;
  for (unsigned char c : name) {
    if (c == '/' || c == ':' || isspace(c)) return false;
  }
  return true;
}

}  // namespace

int Stack::AddEthernet(absl::string_view name, const MacAddress& mac,
                       uint32_t mtu) {
  Link link;
  link.name = std::string(name);
  link.mac = mac;
  link.mtu = mtu;
  int ifindex = 0;
  AddLink(std::move(link), &ifindex);
  return ifindex;
}

int Stack::AddDummy(absl::string_view name, const MacAddress& mac) {
  Link link;  // drivers/net/dummy.c:dummy_setup
  link.name = std::string(name);
  link.kind = "dummy";
  link.mac = mac;
  link.admin_flags = IFF_BROADCAST | IFF_NOARP;
  link.min_mtu = 0;
  link.max_mtu = 0;
  link.reports_carrier = false;
  int ifindex = 0;
  AddLink(std::move(link), &ifindex);
  return ifindex;
}

// drivers/net/vrf.c:vrf_setup, vrf_dev_init.
NetResult Stack::AddVrf(absl::string_view name, uint32_t table, int* ifindex) {
  Link link;
  link.ifindex = *ifindex;
  link.name = std::string(name);
  link.kind = "vrf";
  link.vrf_table = table;
  link.admin_flags = IFF_NOARP | IFF_MASTER;
  link.mac = MadeUpMac(name);
  link.mtu = 65575;  // IP6_MAX_MTU
  link.min_mtu = kIpv6MinMtu;
  link.max_mtu = 65575;
  return AddLink(std::move(link), ifindex);
}

NetResult Stack::AddLink(Link link, int* ifindex) {
  *ifindex = 0;
  if (!ValidName(link.name)) return NetResult::Error(EINVAL);
  if (FindLink(link.name) != nullptr) return NetResult::Error(EEXIST);
  if (link.ifindex != 0 && FindLink(link.ifindex) != nullptr) {
    return NetResult::Error(EBUSY);
  }
  if (link.ifindex == 0) {
    while (FindLink(next_ifindex_) != nullptr) ++next_ifindex_;
    link.ifindex = next_ifindex_++;
  }
  if (link.stacked()) {
    const Link* lower = FindLink(link.lower);
    link.carrier = lower != nullptr && lower->up() && lower->carrier;
  }
  const bool up = link.up();
  link.admin_flags &= ~IFF_UP;
  *ifindex = link.ifindex;
  Link& added = links_[link.ifindex] = std::move(link);
  for (int family : {AF_INET, AF_INET6}) {
    auto& netconf = of(family).netconf;
    netconf[added.ifindex] = netconf[NETCONFA_IFINDEX_DEFAULT];
    NotifyNetconf(NetEvent::kNew, family, added.ifindex);
  }
  NotifyLink(NetEvent::kNew, added, ~0u);
  if (added.kind == "vrf" && !had_vrf_) AddVrfRules();
  if (up) SetFlags(added, IFF_UP, IFF_UP);
  return NetResult::Ok();
}

NetResult Stack::DeleteLink(int ifindex) {
  Link* link = MutableLink(ifindex);
  if (link == nullptr) return NetResult::Error(ENODEV);
  for (bool more = true; more;) {
    more = false;
    for (const auto& [index, other] : links_) {
      if (!other.stacked() || other.lower != ifindex) continue;
      DeleteLink(index);
      more = true;
      break;
    }
  }
  for (int vlan : VlansOn(ifindex)) DeleteLink(vlan);
  for (auto& [index, other] : links_) {
    if (other.master == ifindex) ChangeMaster(other, 0);
  }
  if (link->master != 0) ChangeMaster(*link, 0);
  if (link->up()) SetFlags(*link, 0, IFF_UP);
  for (int family : {AF_INET, AF_INET6}) multicast(family).DeviceGone(ifindex);
  NexthopStore::DeviceDown(*this, ifindex);
  Inet4::LinkGone(*this, *link);
  Fib4::DeviceDown(*this, ifindex, /*force=*/true);
  Inet6::LinkDown(*this, *link, /*unregister=*/true);
  Fib6::DeviceDown(*this, ifindex, /*unregister=*/true);
  FlushNeighbours(ifindex, /*keep_permanent=*/false);
  for (int family : {AF_INET, AF_INET6}) {
    NotifyNetconf(NetEvent::kDelete, family, ifindex);
    of(family).netconf.erase(ifindex);
    of(family).addresses.erase(ifindex);
  }
  const Link gone = *link;
  links_.erase(ifindex);
  NotifyLink(NetEvent::kDelete, gone, ~0u);
  return NetResult::Ok();
}

NetResult Stack::SetUp(int ifindex, bool up) {
  Link* link = MutableLink(ifindex);
  if (link == nullptr) return NetResult::Error(ENODEV);
  if (up && !MayGoUp(*link)) return NetResult::Error(ENETDOWN);
  SetFlags(*link, up ? IFF_UP : 0, IFF_UP);
  return NetResult::Ok();
}

// vlan_dev.c:vlan_dev_open.
bool Stack::MayGoUp(const Link& link) const {
  return link.kind != "vlan" || FindLink(link.lower)->up();
}

NetResult Stack::SetCarrier(int ifindex, bool carrier) {
  Link* link = MutableLink(ifindex);
  if (link == nullptr) return NetResult::Error(ENODEV);
  if (link->carrier == carrier) return NetResult::Ok();
  const uint32_t before = link->flags();
  link->carrier = carrier;
  ++(carrier ? link->carrier_up_count : link->carrier_down_count);
  if (link->up()) {
    CarrierChanged(*link);
    // net/core/dev.c:netdev_state_change says "nothing changed" in ifi_change.
    NotifyLink(NetEvent::kNew, *link, 0);
  } else if (before != link->flags()) {
    NotifyLink(NetEvent::kNew, *link, 0);
  }
  TransferCarrier(ifindex);
  UppersFollow(ifindex, /*came_up=*/false);
  return NetResult::Ok();
}

// macvlan.c:macvlan_device_event, netif_stacked_transfer_operstate.
void Stack::TransferCarrier(int ifindex) {
  const Link* lower = FindLink(ifindex);
  std::vector<int> riders;
  for (const auto& [index, other] : links_) {
    if (other.stacked() && other.lower == ifindex && !other.proto_down) {
      riders.push_back(index);
    }
  }
  const bool carrier = lower->up() && lower->carrier;
  for (const int rider : riders) SetCarrier(rider, carrier);
}

std::vector<int> Stack::Riders(int ifindex) const {
  std::vector<int> result;
  for (const auto& [index, other] : links_) {
    if (other.stacked() && other.lower == ifindex && other.oper_up()) {
      result.push_back(index);
    }
  }
  return result;
}

int Stack::Beneath(int ifindex) const {
  const Link* link = FindLink(ifindex);
  return link != nullptr && link->stacked() ? link->lower : ifindex;
}

// Ethernet devices here filter by one hardware address only
// (dev.c:__dev_set_rx_mode without IFF_UNICAST_FLT).
void Stack::CountAddresses(int ifindex) {
  bool more = false;
  for (const auto& [index, other] : links_) {
    more |= other.stacked() && other.lower == ifindex && other.up();
  }
  Link* lower = MutableLink(ifindex);
  if (lower == nullptr || lower->hears_more == more) return;
  lower->hears_more = more;
  lower->promiscuity += more ? 1 : -1;
}

void Stack::SetFlags(Link& link, uint32_t flags, uint32_t mask) {
  const uint32_t before = link.flags();
  mask &= kUserFlags;
  const uint32_t old = link.admin_flags;
  link.admin_flags = (old & ~mask) | (flags & mask);
  if (link.up()) link.has_qdisc = true;
  const uint32_t changed = old ^ link.admin_flags;
  // vlan_dev.c:vlan_dev_open, vlan_dev_stop
  if ((changed & IFF_UP) && link.kind == "vlan") {
    link.carrier = link.up() && FindLink(link.lower)->carrier;
  }
  if (changed & IFF_PROMISC) {
    link.promiscuity += (link.admin_flags & IFF_PROMISC) ? 1 : -1;
  }
  if (changed == 0) return;
  NotifyLink(NetEvent::kNew, link, before ^ link.flags());
  if (changed & IFF_UP) {
    Changed();
    if (link.up()) {
      DeviceUp(link);
    } else {
      DeviceDown(link);
    }
    TransferCarrier(link.ifindex);
    if (link.stacked()) CountAddresses(link.lower);
    UppersFollow(link.ifindex, link.up());
  }
}

void Stack::DeviceUp(Link& link) {
  Inet4::LinkUp(*this, link);
  uint32_t cleared = RTNH_F_DEAD;
  if (link.flags() & (IFF_RUNNING | IFF_LOWER_UP)) cleared |= RTNH_F_LINKDOWN;
  Fib4::DeviceUp(*this, link.ifindex, cleared);
  Inet6::LinkUp(*this, link);
  if (link.oper_up()) Inet6::LinkReady(*this, link);
  Fib6::DeviceUp(*this, link.ifindex, cleared);
}

void Stack::DeviceDown(Link& link) {
  NexthopStore::DeviceDown(*this, link.ifindex);
  Fib4::DeviceDown(*this, link.ifindex, /*force=*/false);
  Inet6::LinkDown(*this, link, /*unregister=*/false);
  FlushNeighbours(link.ifindex, /*keep_permanent=*/false);
}

void Stack::CarrierChanged(Link& link) {
  if (link.flags() & (IFF_RUNNING | IFF_LOWER_UP)) {
    Fib4::DeviceUp(*this, link.ifindex, RTNH_F_LINKDOWN);
    Inet6::LinkReady(*this, link);
    Fib6::DeviceUp(*this, link.ifindex, RTNH_F_LINKDOWN);
  } else {
    NexthopStore::DeviceDown(*this, link.ifindex);
    Fib4::CarrierLost(*this, link.ifindex);
    Fib6::CarrierLost(*this, link.ifindex);
    FlushNeighbours(link.ifindex, /*keep_permanent=*/true);
  }
}

// fib_frontend.c:fib_netdev_event and addrconf.c:addrconf_notify with
// NETDEV_CHANGEUPPER, and drivers/net/vrf.c:cycle_netdev: a link that enters or
// leaves a VRF loses its routes and its IPv6 addresses, and comes up again with
// its IPv4 routes in the other table.
void Stack::ChangeMaster(Link& link, int master) {
  if (link.master != 0 && master != 0) ChangeMaster(link, 0);
  auto is_vrf = [&](int ifindex) {
    const Link* upper = FindLink(ifindex);
    return upper != nullptr && upper->kind == "vrf";
  };
  const bool moves = is_vrf(link.master) || is_vrf(master);
  if (moves) {
    Fib4::DeviceDown(*this, link.ifindex, /*force=*/true);
    Inet6::LinkDown(*this, link, /*unregister=*/false);
  }
  const int before = std::exchange(link.master, master);
  for (int bridge : {before, master}) {
    const Link* upper = FindLink(bridge);
    if (upper == nullptr || upper->kind != "bridge") continue;
    link.promiscuity += bridge == master ? 1 : -1;
    BridgeFollows(bridge);
  }
  NotifyLink(NetEvent::kNew, link, 0);
  if (moves && link.up()) {
    SetFlags(link, 0, IFF_UP);
    SetFlags(link, IFF_UP, IFF_UP);
  }
}

// rtnetlink.c:do_set_proto_down, dev.c:dev_change_proto_down.
NetResult Stack::ChangeProtoDown(Link& link, const LinkChange& change) {
  if (!change.proto_down && change.proto_down_reason_mask == 0) {
    return NetResult::Ok();
  }
  if (!link.stacked()) {
    return NetResult::Error(EOPNOTSUPP, "Protodown not supported by device");
  }
  link.proto_down_reasons &= ~change.proto_down_reason_mask;
  link.proto_down_reasons |=
      change.proto_down_reasons & change.proto_down_reason_mask;
  if (!change.proto_down) return NetResult::Ok();
  if (!*change.proto_down && link.proto_down_reasons != 0) {
    return NetResult::Error(EBUSY, "Cannot clear protodown, active reasons");
  }
  link.proto_down = *change.proto_down;
  const Link* lower = FindLink(link.lower);
  SetCarrier(link.ifindex, !link.proto_down && lower != nullptr &&
                               lower->up() && lower->carrier);
  return NetResult::Ok();
}

NetResult Stack::ChangeLink(int ifindex, const LinkChange& change) {
  Link* link = MutableLink(ifindex);
  if (link == nullptr) return NetResult::Error(ENODEV);
  if (change.mtu && *change.mtu != link->mtu) {
    if (*change.mtu < link->min_mtu) {
      return NetResult::Error(EINVAL, "mtu less than device minimum");
    }
    if (link->max_mtu != 0 && *change.mtu > link->max_mtu) {
      return NetResult::Error(EINVAL, "mtu greater than device maximum");
    }
  }
  if (change.name && *change.name != link->name) {
    if (!ValidName(*change.name)) return NetResult::Error(EINVAL);
    if (FindLink(*change.name) != nullptr) return NetResult::Error(EEXIST);
  }
  if (change.master && *change.master != 0 &&
      FindLink(*change.master) == nullptr) {
    return NetResult::Error(EINVAL);
  }
  if ((change.flags & change.flags_mask & IFF_UP) && !link->up() &&
      !MayGoUp(*link)) {
    return NetResult::Error(ENETDOWN);
  }
  // net/core/rtnetlink.c:do_setlink changes, and notifies, in this order.
  auto set = [&](auto& field, const auto& value) {
    if (!value || field == *value) return false;
    field = *value;
    return true;
  };
  if (change.mac) link->own_mac = true;
  if (set(link->mac, change.mac)) NotifyLink(NetEvent::kNew, *link, 0);
  if (set(link->name, change.name)) NotifyLink(NetEvent::kNew, *link, 0);
  if (change.master && *change.master != link->master) {
    ChangeMaster(*link, *change.master);
  }
  bool modified = set(link->alias, change.alias);
  if (set(link->mtu, change.mtu)) {
    NotifyLink(NetEvent::kNew, *link, 0);
    if (link->mtu < kIpv6MinMtu) {
      Inet6::LinkDown(*this, *link, /*unregister=*/true);
    } else if (link->up() && link->oper_up()) {
      Inet6::LinkReady(*this, *link);
    }
  }
  if (change.flags_mask != 0) SetFlags(*link, change.flags, change.flags_mask);
  if (set(link->tx_queue_len, change.tx_queue_len)) {
    NotifyLink(NetEvent::kNew, *link, 0);
  }
  modified |= set(link->group, change.group);
  modified |= set(link->link_mode, change.link_mode);
  modified |= set(link->addr_gen_mode, change.addr_gen_mode);
  if (change.carrier) SetCarrier(ifindex, *change.carrier);
  if (NetResult result = ChangeProtoDown(*link, change); !result.ok()) {
    return result;
  }
  if (modified) NotifyLink(NetEvent::kNew, *link, 0);
  return NetResult::Ok();
}

}  // namespace quiesce
