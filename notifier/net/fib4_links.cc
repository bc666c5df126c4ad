// What addresses and links do to the IPv4 tables: net/ipv4/fib_frontend.c and
// the fib_sync_* functions of fib_semantics.c.
#include <errno.h>

#include <utility>

#include "notifier/net/fib4.h"
#include "notifier/net/resolver.h"

namespace quiesce {
namespace {

bool ZeroNet(const IpAddress& a) { return a.bytes()[0] == 0; }

IpAddress BroadcastOf(const IpAddress& address, int length) {
  const uint32_t mask = length == 0 ? 0 : ~uint32_t{0} << (32 - length);
  return IpAddress::V4(address.v4_host_order() | ~mask);
}

}  // namespace

// fib_frontend.c:fib_magic.
void Fib4::Magic(Stack& stack, bool add, uint8_t type, const IpPrefix& prefix,
                 const Address& address, uint32_t priority) {
  uint32_t table = type == RTN_UNICAST ? RT_TABLE_MAIN : RT_TABLE_LOCAL;
  const Link* vrf = stack.VrfOf(address.ifindex);
  if (vrf != nullptr) table = vrf->vrf_table;
  const uint8_t scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
  Hop hop;
  hop.oif = address.ifindex;
  if (add) {
    Route route;
    route.destination = prefix;
    route.table = table;
    route.type = type;
    route.scope = scope;
    route.protocol = RTPROT_KERNEL;
    route.priority = priority;
    route.preferred_source = address.local.address;
    route.hops.push_back(hop);
    // A duplicate is no error here: another address of the link needs it too.
    Insert(stack, std::move(route), NLM_F_CREATE | NLM_F_APPEND);
    return;
  }
  RouteMatch match;
  match.destination = prefix;
  match.table = table;
  match.type = type;
  match.scope = scope;
  match.protocol = RTPROT_KERNEL;
  match.priority = priority;
  match.preferred_source = address.local.address;
  match.hops.push_back(hop);
  Delete(stack, match);
}

namespace {

// devinet.c:inet_ifa_byprefix: the primary address of a secondary's network.
const Address* PrimaryOf(const Stack& stack, const Address& address) {
  if (!address.secondary()) return &address;
  for (const Address& one : stack.Addresses(address.ifindex, AF_INET)) {
    if (!one.secondary() && one.local.length == address.local.length &&
        one.destination().Masked(one.local.length) ==
            address.destination().Masked(address.local.length)) {
      return &one;
    }
  }
  return nullptr;
}

}  // namespace

void Fib4::AddAddress(Stack& stack, const Address& address) {
  const Address* found = PrimaryOf(stack, address);
  const Link* link = stack.FindLink(address.ifindex);
  if (found == nullptr || link == nullptr) return;
  const Address primary = *found;
  const IpAddress own = address.local.address;
  const int length = address.local.length;
  const IpAddress network = address.destination().Masked(length);
  Magic(stack, true, RTN_LOCAL, {own, 32}, primary, 0);
  if (!link->up()) return;
  if (address.broadcast.valid() &&
      address.broadcast.v4_host_order() != INADDR_BROADCAST) {
    Magic(stack, true, RTN_BROADCAST, {address.broadcast, 32}, primary, 0);
  }
  if (ZeroNet(network) || address.secondary() ||
      (network == own && length == 32)) {
    return;
  }
  if (!(address.flags & IFA_F_NOPREFIXROUTE)) {
    Magic(stack, true, link->loopback() ? RTN_LOCAL : RTN_UNICAST,
          {network, length}, primary, address.route_priority);
  }
  if (length < 31) {
    Magic(stack, true, RTN_BROADCAST, {BroadcastOf(network, length), 32},
          primary, 0);
  }
}

void Fib4::ChangePriority(Stack& stack, const Address& address,
                          uint32_t old_priority) {
  const Link* link = stack.FindLink(address.ifindex);
  const IpPrefix network{address.destination().Masked(address.local.length),
                         address.local.length};
  if (!link->up() || address.secondary() ||
      (address.flags & IFA_F_NOPREFIXROUTE) || ZeroNet(network.address) ||
      network == IpPrefix{address.local.address, 32}) {
    return;
  }
  const uint8_t type = link->loopback() ? RTN_LOCAL : RTN_UNICAST;
  Magic(stack, true, type, network, address, address.route_priority);
  Magic(stack, false, type, network, address, old_priority);
}

void Fib4::DeleteAddress(Stack& stack, const Address& address) {
  const Address* found = PrimaryOf(stack, address);
  const Link* link = stack.FindLink(address.ifindex);
  if (found == nullptr || link == nullptr) return;
  const Address primary = *found;
  const IpAddress own = address.local.address;
  const int length = address.local.length;
  const IpAddress network = address.destination().Masked(length);
  const IpAddress high = BroadcastOf(network, length);
  bool subnet = false;
  if (!address.secondary() && !ZeroNet(network) &&
      (network != own || length < 32)) {
    if (!(address.flags & IFA_F_NOPREFIXROUTE)) {
      Magic(stack, false, link->loopback() ? RTN_LOCAL : RTN_UNICAST,
            {network, length}, primary, 0);
    }
    subnet = true;
  }
  // What the remaining addresses of the link still need.
  bool keep_local = false, keep_broadcast = false, keep_high = false;
  bool keep_low = false;
  for (const Address& other : stack.Addresses(address.ifindex, AF_INET)) {
    const Address* prefers = PrimaryOf(stack, other);
    if (prefers == nullptr || prefers->local.address != primary.local.address) {
      continue;
    }
    if (other.local.address == own) keep_local = true;
    if (other.broadcast == address.broadcast) keep_broadcast = true;
    if (other.broadcast == high) keep_high = true;
    if (other.broadcast == network) keep_low = true;
    if (prefers != &other || other.local.length >= 31) continue;
    const IpAddress low1 = other.destination().Masked(other.local.length);
    const IpAddress high1 = BroadcastOf(low1, other.local.length);
    if (ZeroNet(low1)) continue;
    if (address.broadcast == high1 || address.broadcast == low1) {
      keep_broadcast = true;
    }
    if (high == high1 || high == low1) keep_high = true;
    if (network == high1 || network == low1) keep_low = true;
  }
  if (!keep_broadcast && address.broadcast.valid()) {
    Magic(stack, false, RTN_BROADCAST, {address.broadcast, 32}, primary, 0);
  }
  if (subnet && length < 31) {
    if (!keep_high) {
      Magic(stack, false, RTN_BROADCAST, {high, 32}, primary, 0);
    }
    if (!keep_low) {
      Magic(stack, false, RTN_BROADCAST, {network, 32}, primary, 0);
    }
  }
  if (!keep_local) {
    Magic(stack, false, RTN_LOCAL, {own, 32}, primary, 0);
    const Link* vrf = stack.VrfOf(address.ifindex);
    const uint32_t table = vrf != nullptr ? vrf->vrf_table : RT_TABLE_LOCAL;
    if (AddressType(stack, own, table) != RTN_LOCAL) {
      SourceGone(stack, own, vrf != nullptr ? table : RT_TABLE_MAIN);
    }
  }
  // fib_inetaddr_event: without an address the link carries no IPv4.
  if (stack.Addresses(address.ifindex, AF_INET).empty()) {
    DeviceDown(stack, address.ifindex, /*force=*/true);
  }
}

void Fib4::SourceGone(Stack& stack, const IpAddress& address, uint32_t id) {
  RouteTable* table = stack.MutableTable(AF_INET, id);
  for (const Route* route : table->Sorted()) {
    if (route->preferred_source != address) continue;
    if (RouteTypeError(route->type) != 0) continue;
    auto gone = table->Remove(route);
    stack.NotifyRoute(NetEvent::kDelete, *gone, 0);
  }
}

void Fib4::DeviceDown(Stack& stack, int ifindex, bool force) {
  for (auto& [id, table] : stack.v4_.tables) {
    for (const Route* seen : table->Sorted()) {
      Route* route = const_cast<Route*>(seen);
      if (route->nexthop_id != 0 || route->hops.empty()) continue;
      size_t dead = 0;
      for (Hop& hop : route->hops) {
        if (hop.oif == ifindex && (force || hop.scope != RT_SCOPE_NOWHERE)) {
          hop.flags |= RTNH_F_DEAD | RTNH_F_LINKDOWN;
        }
        if (hop.flags & RTNH_F_DEAD) ++dead;
      }
      // fib_table_flush: silently.
      if (dead == route->hops.size()) table->Remove(route);
    }
  }
  stack.Changed();
}

void Fib4::CarrierLost(Stack& stack, int ifindex) {
  for (auto& [id, table] : stack.v4_.tables) {
    for (const Route* seen : table->Sorted()) {
      for (Hop& hop : const_cast<Route*>(seen)->hops) {
        if (hop.oif == ifindex && hop.scope != RT_SCOPE_NOWHERE) {
          hop.flags |= RTNH_F_LINKDOWN;
        }
      }
    }
  }
  stack.Changed();
}

void Fib4::DeviceUp(Stack& stack, int ifindex, uint32_t flags) {
  for (auto& [id, table] : stack.v4_.tables) {
    for (const Route* seen : table->Sorted()) {
      for (Hop& hop : const_cast<Route*>(seen)->hops) {
        if (hop.oif == ifindex) hop.flags &= ~flags;
      }
    }
  }
  stack.Changed();
}

void Fib4::NexthopGone(Stack& stack, uint32_t id) {
  for (auto& [table_id, table] : stack.v4_.tables) {
    for (const Route* route : table->Sorted()) {
      if (route->nexthop_id != id) continue;
      table->Remove(route);
      stack.Changed();
    }
  }
}

}  // namespace quiesce
