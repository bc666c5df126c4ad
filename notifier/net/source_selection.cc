// Which local address a packet leaves with, which addresses are local, and
// which may be bound. devinet.c:inet_select_addr, addrconf.c:ipv6_dev_get_saddr
// (RFC 6724), af_inet.c:__inet_bind, af_inet6.c:__inet6_bind.
#include <errno.h>

#include <algorithm>
#include <array>

#include "notifier/net/fib4.h"
#include "notifier/net/stack.h"

namespace quiesce {
namespace {

// addrlabel.c:ip6addrlbl_init_table, longest prefix first.
int LabelOf(const IpAddress& address) {
  struct Label {
    const char* prefix;
    int label;
  };
  static constexpr Label kLabels[] = {
      {"::1/128", 0},   {"::ffff:0:0/96", 4}, {"::/96", 3},
      {"2001::/32", 6}, {"2001:10::/28", 7},  {"3ffe::/16", 12},
      {"2002::/16", 2}, {"fec0::/10", 11},    {"fc00::/7", 5},
      {"::/0", 1},
  };
  static const auto& table = *[] {
    auto* parsed = new std::vector<std::pair<IpPrefix, int>>();
    for (const Label& one : kLabels) {
      parsed->emplace_back(*IpPrefix::Parse(one.prefix), one.label);
    }
    return parsed;
  }();
  for (const auto& [prefix, label] : table) {
    if (prefix.Contains(address)) return label;
  }
  return 1;
}

// ipv6.h:__ipv6_addr_src_scope, of unicast and multicast addresses.
int Scope6(const IpAddress& a) {
  if (a.is_multicast()) return a.bytes()[1] & 0xf;
  if (a.is_loopback()) return 1;
  if (a.is_link_local()) return 2;
  if (a.bytes()[0] == 0xfe && (a.bytes()[1] & 0xc0) == 0xc0) return 5;
  return 14;
}

int CommonBits(const IpAddress& a, const IpAddress& b) {
  int i = 0;
  while (i < 128 && a.bit(i) == b.bit(i)) ++i;
  return i;
}

// The rules of ipv6_get_saddr_eval, most important first; the greater array
// wins, the earlier candidate among equals.
std::array<int, 6> Score(const Address& candidate, const IpAddress& dst,
                         int oif) {
  const IpAddress& own = candidate.local.address;
  const int scope = Scope6(own);
  return {
      own == dst ? 1 : 0,
      scope >= Scope6(dst) ? -scope : scope - 128,
      (candidate.flags & IFA_F_DEPRECATED) ? 0 : 1,
      oif == 0 || candidate.ifindex == oif ? 1 : 0,
      LabelOf(own) == LabelOf(dst) ? 1 : 0,
      std::min(CommonBits(own, dst), candidate.local.length),
  };
}

IpAddress Select4(const Stack& stack, const IpAddress& destination, int oif,
                  uint8_t scope) {
  IpAddress chosen;
  for (const Address& one : stack.Addresses(oif, AF_INET)) {
    if (one.secondary()) continue;
    if (std::min<int>(one.scope, RT_SCOPE_HOST) > scope) continue;
    const int length = one.local.length;
    if (!destination.valid() || destination.is_any() ||
        one.destination().Masked(length) == destination.Masked(length)) {
      return one.local.address;
    }
    if (!chosen.valid()) chosen = one.local.address;
  }
  if (chosen.valid()) return chosen;
  // In a VRF its own device takes the place of the loopback.
  const Link* vrf = stack.VrfOf(oif);
  const auto any_of = [&](int ifindex) {
    for (const Address& one : stack.Addresses(ifindex, AF_INET)) {
      if (!one.secondary() && one.scope != RT_SCOPE_LINK &&
          one.scope <= scope) {
        chosen = one.local.address;
        return true;
      }
    }
    return false;
  };
  if (vrf != nullptr && any_of(vrf->ifindex)) return chosen;
  for (const auto& [ifindex, link] : stack.links()) {
    if (stack.VrfOf(ifindex) == vrf && any_of(ifindex)) break;
  }
  return chosen;
}

IpAddress Select6(const Stack& stack, const IpAddress& destination, int oif) {
  const bool only_oif = destination.is_multicast() || Scope6(destination) <= 2;
  const Link* vrf = stack.VrfOf(oif);
  const Address* best = nullptr;
  for (const auto& [ifindex, link] : stack.links()) {
    if (only_oif && oif != 0 && ifindex != oif) continue;
    if (oif != 0 && stack.VrfOf(ifindex) != vrf) continue;
    for (const Address& one : stack.Addresses(ifindex, AF_INET6)) {
      if (best == nullptr ||
          Score(one, destination, oif) > Score(*best, destination, oif)) {
        best = &one;
      }
    }
  }
  return best == nullptr ? IpAddress() : best->local.address;
}

}  // namespace

IpAddress Stack::SelectSource(const IpAddress& destination, int oif,
                              uint8_t scope) const {
  return destination.v6() ? Select6(*this, destination, oif)
                          : Select4(*this, destination, oif, scope);
}

bool Stack::IsLocal(const IpAddress& address, int ifindex) const {
  if (address.is_v4_mapped()) return IsLocal(address.Unmapped(), ifindex);
  if (address.v6() && address.is_link_local()) {
    return FindAddress(address, ifindex) != nullptr;
  }
  const uint32_t own = LocalTable(ifindex);
  if (own != RT_TABLE_LOCAL && IsLocalIn(own, address)) return true;
  return IsLocalIn(RT_TABLE_LOCAL, address);
}

bool Stack::IsLocalIn(uint32_t id, const IpAddress& address) const {
  if (address.v4()) return Fib4::AddressType(*this, address, id) == RTN_LOCAL;
  bool local = false;
  const RouteTable* table = FindTable(AF_INET6, id);
  if (table == nullptr) return false;
  table->VisitMatches(address, [&](const RouteList& list) {
    local = list.front()->type == RTN_LOCAL;
    return true;
  });
  return local;
}

int Stack::CanBind(const IpAddress& address, int scope_ifindex) const {
  if (address.is_v4_mapped()) {
    return CanBind(address.Unmapped(), scope_ifindex);
  }
  if (address.is_any()) return 0;
  if (address.v4()) {
    const uint8_t type =
        Fib4::AddressType(*this, address, LocalTable(scope_ifindex));
    return v4_.nonlocal_bind || type == RTN_LOCAL || type == RTN_MULTICAST ||
                   type == RTN_BROADCAST
               ? 0
               : EADDRNOTAVAIL;
  }
  const bool needs_scope =
      address.is_link_local() ||
      (address.is_multicast() && (address.bytes()[1] & 0xf) <= 2);
  if (needs_scope && scope_ifindex == 0) return EINVAL;
  if (scope_ifindex != 0 && needs_scope && FindLink(scope_ifindex) == nullptr) {
    return ENODEV;
  }
  if (address.is_multicast() || v6_.nonlocal_bind) return 0;
  // addrconf.c:ipv6_chk_addr_and_flags: in the same VRF, or in none.
  const Link* vrf = VrfOf(scope_ifindex);
  for (const auto& [ifindex, list] : v6_.addresses) {
    if (needs_scope ? ifindex != scope_ifindex : VrfOf(ifindex) != vrf) {
      continue;
    }
    for (const Address& one : list) {
      if (one.local.address == address) return 0;
    }
  }
  return EADDRNOTAVAIL;
}

}  // namespace quiesce
