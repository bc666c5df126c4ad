#include "notifier/net/inet6.h"

#include <errno.h>
#include <linux/netconf.h>

#include <utility>

#include "notifier/net/fib6.h"

namespace quiesce {
namespace {

constexpr uint32_t kAddrconfPriority = 256;  // IP6_RT_PRIO_ADDRCONF
constexpr uint32_t kUserFlags = IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |
                                IFA_F_HOMEADDRESS | IFA_F_OPTIMISTIC |
                                IFA_F_NODAD | IFA_F_MCAUTOJOIN;

IpAddress V6(std::initializer_list<uint8_t> head) {
  uint8_t bytes[16] = {};
  std::copy(head.begin(), head.end(), bytes);
  return IpAddress::FromBytes(AF_INET6, bytes);
}

IpAddress Loopback6() {
  uint8_t bytes[16] = {};
  bytes[15] = 1;
  return IpAddress::FromBytes(AF_INET6, bytes);
}

// addrconf.c:addrconf_ifid_eui48 under fe80::/64.
IpAddress LinkLocal(const MacAddress& mac) {
  const uint8_t bytes[16] = {0xfe,   0x80,   0,
                             0,      0,      0,
                             0,      0,      static_cast<uint8_t>(mac[0] ^ 2),
                             mac[1], mac[2], 0xff,
                             0xfe,   mac[3], mac[4],
                             mac[5]};
  return IpAddress::FromBytes(AF_INET6, bytes);
}

// addrconf_core.c:__ipv6_addr_type, reduced to RT_SCOPE_*.
uint8_t ScopeOf(const IpAddress& a) {
  if (a.is_loopback()) return RT_SCOPE_HOST;
  if (a.is_link_local()) return RT_SCOPE_LINK;
  if (a.bytes()[0] == 0xfe && (a.bytes()[1] & 0xc0) == 0xc0) {
    return RT_SCOPE_SITE;
  }
  return RT_SCOPE_UNIVERSE;
}

uint32_t VrfTable(const Stack& stack, const Link& link, uint32_t otherwise) {
  const Link* vrf = stack.VrfOf(link.ifindex);
  return vrf != nullptr ? vrf->vrf_table : otherwise;
}

Route KernelRoute(const Stack& stack, const Link& link, uint8_t type,
                  const IpPrefix& prefix, uint32_t table, uint32_t priority) {
  Route route;
  route.destination = prefix;
  route.table = VrfTable(stack, link, table);
  route.type = type;
  route.protocol = RTPROT_KERNEL;
  route.priority = priority;
  Hop hop;
  hop.oif = link.ifindex;
  if (!link.carrier && type != RTN_LOCAL && type != RTN_ANYCAST) {
    hop.flags |= RTNH_F_LINKDOWN;
  }
  route.hops.push_back(hop);
  return route;
}

}  // namespace

void Inet6::PrefixRoute(Stack& stack, const Address& address) {
  const Link& link = *stack.FindLink(address.ifindex);
  if (!link.up() || (address.flags & IFA_F_NOPREFIXROUTE)) return;
  Route route = KernelRoute(
      stack, link, RTN_UNICAST, address.local.Network(), RT_TABLE_MAIN,
      address.route_priority != 0 ? address.route_priority : kAddrconfPriority);
  if (address.valid_seconds != kForever) {
    route.expires = address.valid_seconds;
  }
  if (link.loopback() && !address.local.address.is_loopback()) {
    route.rejects = true;  // fib6_is_reject
  }
  Fib6::Add(stack, std::move(route));
}

// addrconf.c:__ipv6_ifa_notify(RTM_NEWADDR) after an address is in the list.
void Inet6::Insert(Stack& stack, const Address& address, bool prefix_route) {
  const Link& link = *stack.FindLink(address.ifindex);
  std::vector<Address>& list = stack.v6_.addresses[address.ifindex];
  // ipv6_link_dev_addr: sorted by scope, wide first.
  size_t at = 0;
  while (at < list.size() && list[at].scope < address.scope) ++at;
  list.insert(list.begin() + at, address);
  if (prefix_route) PrefixRoute(stack, address);
  stack.NotifyAddress(NetEvent::kNew, address);
  Fib6::Add(stack,
            KernelRoute(stack, link, RTN_LOCAL, {address.local.address, 128},
                        RT_TABLE_LOCAL, 0));
  if (stack.netconf(AF_INET6, link.ifindex).forwarding) {
    Anycast(stack, address, /*join=*/true);
  }
  if (address.peer.valid() && link.up()) {
    Fib6::Add(stack,
              KernelRoute(stack, link, RTN_UNICAST, {address.peer, 128},
                          RT_TABLE_MAIN,
                          address.route_priority != 0 ? address.route_priority
                                                      : kAddrconfPriority));
  }
}

// addrconf.c:addrconf_join_anycast: the subnet-router anycast address, counted
// by the addresses that ask for it.
void Inet6::Anycast(Stack& stack, const Address& address, bool join) {
  if (address.local.length >= 127) return;
  const IpAddress subnet = address.local.Network().address;
  if (subnet.is_any()) return;
  const Link& link = *stack.FindLink(address.ifindex);
  if (link.loopback()) return;
  if (join) {
    Fib6::Add(stack, KernelRoute(stack, link, RTN_ANYCAST, {subnet, 128},
                                 RT_TABLE_LOCAL, 0));
    return;
  }
  if (stack.netconf(AF_INET6, link.ifindex).forwarding) {
    for (const Address& other : stack.Addresses(link.ifindex, AF_INET6)) {
      if (other.local.address != address.local.address &&
          other.local.length < 127 && other.local.Network().address == subnet) {
        return;
      }
    }
  }
  Fib6::Remove(stack, {subnet, 128}, VrfTable(stack, link, RT_TABLE_LOCAL),
               RTN_ANYCAST, link.ifindex, 0);
}

NetResult Inet6::Add(Stack& stack, Address address, int nlm_flags) {
  const Link* link = stack.FindLink(address.ifindex);
  if (link == nullptr) {
    return NetResult::Error(ENODEV, "ipv6: Unable to find the interface");
  }
  if (link->mtu < 1280) return NetResult::Error(ENOBUFS);
  if (link->ipv6_disabled) {
    return NetResult::Error(EACCES, "ipv6: IPv6 is disabled on this device");
  }
  const IpAddress own = address.local.address;
  if (address.peer == own) address.peer = IpAddress();
  for (Address& existing : stack.v6_.addresses[address.ifindex]) {
    if (existing.local.address != own) continue;
    if ((nlm_flags & NLM_F_EXCL) || !(nlm_flags & NLM_F_REPLACE)) {
      return NetResult::Error(EEXIST, "ipv6: address already assigned");
    }
    if (address.valid_seconds == 0 ||
        address.preferred_seconds > address.valid_seconds) {
      return NetResult::Error(EINVAL);
    }
    existing.flags =
        (existing.flags & ~(kUserFlags | IFA_F_PERMANENT | IFA_F_DEPRECATED)) |
        (address.flags & kUserFlags);
    if (address.valid_seconds == kForever) existing.flags |= IFA_F_PERMANENT;
    if (address.preferred_seconds == 0) existing.flags |= IFA_F_DEPRECATED;
    existing.valid_seconds = address.valid_seconds;
    existing.preferred_seconds = address.preferred_seconds;
    existing.protocol = address.protocol;
    const Address shown = existing;
    stack.NotifyAddress(NetEvent::kNew, shown);
    return NetResult::Ok();
  }
  if (address.local.length > 128) {
    return NetResult::Error(EINVAL, "ipv6: Invalid prefix length");
  }
  if (address.valid_seconds == 0 ||
      address.preferred_seconds > address.valid_seconds) {
    return NetResult::Error(EINVAL, "ipv6: address lifetime invalid");
  }
  if (own.is_any()) {
    return NetResult::Error(EADDRNOTAVAIL, "ipv6: Invalid address");
  }
  if (own.is_multicast()) {
    return NetResult::Error(EADDRNOTAVAIL,
                            "ipv6: Cannot assign multicast address without "
                            "\"IFA_F_MCAUTOJOIN\" flag");
  }
  if (own.is_loopback() && !link->loopback()) {
    return NetResult::Error(
        EADDRNOTAVAIL, "ipv6: Cannot assign loopback address on this device");
  }
  address.scope = ScopeOf(own);
  address.flags &= kUserFlags;
  if (address.valid_seconds == kForever) address.flags |= IFA_F_PERMANENT;
  if (address.preferred_seconds == 0) address.flags |= IFA_F_DEPRECATED;
  address.flags &= ~IFA_F_OPTIMISTIC;
  Insert(stack, address, /*prefix_route=*/true);
  return NetResult::Ok();
}

NetResult Inet6::Delete(Stack& stack, const Address& address) {
  const Link* link = stack.FindLink(address.ifindex);
  if (address.local.length > 128) {
    return NetResult::Error(EINVAL, "ipv6: Invalid prefix length");
  }
  if (link == nullptr) {
    return NetResult::Error(ENODEV, "ipv6: Unable to find the interface");
  }
  std::vector<Address>& list = stack.v6_.addresses[address.ifindex];
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].local != address.local) continue;
    const Address gone = list[i];
    list.erase(list.begin() + i);
    stack.NotifyAddress(NetEvent::kDelete, gone);
    if (stack.netconf(AF_INET6, link->ifindex).forwarding) {
      Anycast(stack, gone, /*join=*/false);
    }
    const uint32_t priority =
        gone.route_priority != 0 ? gone.route_priority : kAddrconfPriority;
    const uint32_t main = VrfTable(stack, *link, RT_TABLE_MAIN);
    if (gone.peer.valid()) {
      Fib6::Remove(stack, {gone.peer, 128}, main, RTN_UNICAST, link->ifindex,
                   priority);
    }
    Fib6::Remove(stack, {gone.local.address, 128},
                 VrfTable(stack, *link, RT_TABLE_LOCAL), RTN_LOCAL,
                 link->ifindex, 0);
    // check_cleanup_prefix_route: the last one takes the prefix's route.
    bool shared = false;
    for (const Address& other : stack.Addresses(link->ifindex, AF_INET6)) {
      shared |= other.local.length == gone.local.length &&
                other.local.Network() == gone.local.Network();
    }
    if (!shared && (gone.flags & IFA_F_PERMANENT) &&
        !(gone.flags & IFA_F_NOPREFIXROUTE)) {
      Fib6::Remove(stack, gone.local.Network(), main, RTN_UNICAST,
                   link->ifindex, priority);
    }
    Fib6::SourceGone(stack, gone.local.address, link->ifindex);
    return NetResult::Ok();
  }
  return NetResult::Error(EADDRNOTAVAIL, "ipv6: address not found");
}

void Inet6::LinkUp(Stack& stack, const Link& link) {
  const std::vector<Address> list = stack.Addresses(link.ifindex, AF_INET6);
  for (const Address& address : list) {
    Fib6::Add(stack,
              KernelRoute(stack, link, RTN_LOCAL, {address.local.address, 128},
                          RT_TABLE_LOCAL, 0));
    PrefixRoute(stack, address);
  }
}

// addrconf.c:addrconf_dev_config, init_loopback.
void Inet6::LinkReady(Stack& stack, Link& link) {
  if (link.ipv6_ready || link.ipv6_disabled || link.mtu < 1280) return;
  link.ipv6_ready = true;
  if (link.loopback()) {
    if (stack.FindAddress(Loopback6(), link.ifindex) != nullptr) return;
    Address address;
    address.ifindex = link.ifindex;
    address.local = {Loopback6(), 128};
    address.scope = RT_SCOPE_HOST;
    address.protocol = IFAPROT_KERNEL_LO;
    Insert(stack, address, /*prefix_route=*/false);
    return;
  }
  if (!link.has_address()) return;
  Fib6::Add(stack, KernelRoute(stack, link, RTN_MULTICAST, {V6({0xff}), 8},
                               RT_TABLE_LOCAL, kAddrconfPriority));
  if (link.addr_gen_mode != 0 || link.kind == "vrf") return;
  const Link* master = stack.FindLink(link.master);
  if (master != nullptr && master->kind == "bridge") return;
  Address address;
  address.ifindex = link.ifindex;
  address.local = {LinkLocal(link.mac), 64};
  address.scope = RT_SCOPE_LINK;
  address.protocol = IFAPROT_KERNEL_LL;
  if (stack.FindAddress(address.local.address, link.ifindex) == nullptr) {
    Insert(stack, address, /*prefix_route=*/true);
  }
}

void Inet6::LinkDown(Stack& stack, Link& link, bool unregister) {
  Fib6::DeviceDown(stack, link.ifindex, unregister);
  link.ipv6_ready = false;
  std::vector<Address> gone;
  gone.swap(stack.v6_.addresses[link.ifindex]);
  for (const Address& address : gone) {
    stack.NotifyAddress(NetEvent::kDelete, address);
    Fib6::SourceGone(stack, address.local.address, link.ifindex);
  }
}

void Inet6::ForwardingChanged(Stack& stack, int ifindex, bool on) {
  const std::vector<Address> list = stack.Addresses(ifindex, AF_INET6);
  for (const Address& address : list) Anycast(stack, address, on);
}

}  // namespace quiesce
