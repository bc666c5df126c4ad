#include "notifier/net/stack.h"

#include <linux/netconf.h>

#include <algorithm>
#include <utility>

#include "notifier/net/fib4.h"
#include "notifier/net/fib6.h"
#include "notifier/net/inet4.h"
#include "notifier/net/inet6.h"
#include "notifier/net/nexthops.h"
#include "notifier/net/resolver.h"

namespace quiesce {
namespace {

Rule DefaultRule(int family, uint32_t priority, uint32_t table) {
  Rule rule;
  rule.family = family;
  rule.priority = priority;
  rule.table = table;
  return rule;
}

}  // namespace

Stack::Stack() {
  for (int family : {AF_INET, AF_INET6}) {
    of(family).netconf[NETCONFA_IFINDEX_ALL] = {};
    of(family).netconf[NETCONFA_IFINDEX_DEFAULT] = {};
  }
  v4_.rules = {DefaultRule(AF_INET, 0, RT_TABLE_LOCAL),
               DefaultRule(AF_INET, 32766, RT_TABLE_MAIN),
               DefaultRule(AF_INET, 32767, RT_TABLE_DEFAULT)};
  v6_.rules = {DefaultRule(AF_INET6, 0, RT_TABLE_LOCAL),
               DefaultRule(AF_INET6, 32766, RT_TABLE_MAIN)};
  // ip6_fib.c:fib6_tables_init; IPv4 makes its tables with the first route.
  MutableTable(AF_INET6, RT_TABLE_MAIN);
  MutableTable(AF_INET6, RT_TABLE_LOCAL);

  Link lo;  // drivers/net/loopback.c:gen_lo_setup
  lo.name = "lo";
  lo.type = ARPHRD_LOOPBACK;
  lo.admin_flags = IFF_LOOPBACK;
  lo.mtu = 65536;
  lo.min_mtu = lo.max_mtu = 0;
  lo.broadcast = {};
  lo.reports_carrier = false;
  int ifindex = 0;
  AddLink(std::move(lo), &ifindex);
}

Stack::~Stack() = default;

const Link* Stack::FindLink(int ifindex) const {
  auto it = links_.find(ifindex);
  return it == links_.end() ? nullptr : &it->second;
}

Link* Stack::MutableLink(int ifindex) {
  auto it = links_.find(ifindex);
  return it == links_.end() ? nullptr : &it->second;
}

const Link* Stack::FindLink(absl::string_view name) const {
  for (const auto& [ifindex, link] : links_) {
    if (link.name == name) return &link;
    for (const std::string& alternative : link.alternative_names) {
      if (alternative == name) return &link;
    }
  }
  return nullptr;
}

const Link* Stack::VrfOf(int ifindex) const {
  if (!had_vrf_) return nullptr;  // there has never been one
  const Link* link = FindLink(ifindex);
  if (link == nullptr || link->kind == "vrf") return link;
  const Link* master = FindLink(link->master);
  return master != nullptr && master->kind == "vrf" ? master : nullptr;
}

uint32_t Stack::LocalTable(int ifindex) const {
  const Link* vrf = VrfOf(ifindex);
  return vrf != nullptr ? vrf->vrf_table : uint32_t{RT_TABLE_LOCAL};
}

bool Stack::BoundTo(int bound, int iif, bool accept) const {
  if (bound != 0 && bound == iif) return true;
  const Link* vrf = VrfOf(iif);
  return bound == 0 ? vrf == nullptr || accept
                    : vrf != nullptr && vrf->ifindex == bound;
}

// drivers/net/vrf.c:vrf_add_fib_rules; they stay when the last VRF goes.
void Stack::AddVrfRules() {
  had_vrf_ = true;
  for (int family : {AF_INET, AF_INET6}) {
    Rule rule;
    rule.family = family;
    rule.priority = 1000;  // FIB_RULE_PREF
    rule.l3mdev = true;
    rule.table = RT_TABLE_UNSPEC;
    NewRule(rule, NLM_F_CREATE | NLM_F_EXCL);
  }
}

const std::vector<Address>& Stack::Addresses(int ifindex, int family) const {
  static const auto& none = *new std::vector<Address>();
  auto it = of(family).addresses.find(ifindex);
  return it == of(family).addresses.end() ? none : it->second;
}

const Address* Stack::FindAddress(const IpAddress& address, int ifindex) const {
  for (const auto& [index, list] : of(address.family()).addresses) {
    if (ifindex != 0 && index != ifindex) continue;
    for (const Address& candidate : list) {
      if (candidate.local.address == address) return &candidate;
    }
  }
  return nullptr;
}

const RouteTable* Stack::FindTable(int family, uint32_t id) const {
  auto it = of(family).tables.find(id);
  return it == of(family).tables.end() ? nullptr : it->second.get();
}

RouteTable* Stack::MutableTable(int family, uint32_t id) {
  Families& families = of(family);
  auto it = families.tables.find(id);
  if (it != families.tables.end()) return it->second.get();
  // fib_frontend.c:fib_new_table: the local table is at first part of main.
  if (family == AF_INET && id == RT_TABLE_LOCAL && !families.custom_rules) {
    MutableTable(family, RT_TABLE_MAIN);
  }
  auto table = std::make_unique<RouteTable>(family, id);
  RouteTable* made = table.get();
  families.tables.emplace(id, std::move(table));
  families.creation.push_back(id);
  return made;
}

// Both families keep 256 hash chains indexed by the id's low byte, the newest
// table first (fib_frontend.c:inet_dump_fib, ip6_fib.c:inet6_dump_fib).
std::vector<const RouteTable*> Stack::Tables(int family) const {
  const Families& families = of(family);
  std::vector<const RouteTable*> tables;
  for (auto it = families.creation.rbegin(); it != families.creation.rend();
       ++it) {
    tables.push_back(families.tables.at(*it).get());
  }
  std::stable_sort(tables.begin(), tables.end(),
                   [](const RouteTable* a, const RouteTable* b) {
                     return (a->id() & 0xff) < (b->id() & 0xff);
                   });
  return tables;
}

const std::vector<Rule>& Stack::rules(int family) const {
  return of(family).rules;
}

const NexthopObject* Stack::FindNexthop(uint32_t id) const {
  auto it = nexthops_.find(id);
  return it == nexthops_.end() ? nullptr : &it->second;
}

std::vector<Hop> Stack::HopsOf(const Route& route) const {
  if (route.nexthop_id == 0) return route.hops;
  const NexthopObject* nexthop = FindNexthop(route.nexthop_id);
  return nexthop == nullptr ? std::vector<Hop>() : HopsOf(*nexthop);
}

std::vector<Hop> Stack::HopsOf(const NexthopObject& nexthop) const {
  std::vector<Hop> hops;
  if (!nexthop.is_group) {
    if (!nexthop.blackhole) hops.push_back(nexthop.hop);
    return hops;
  }
  for (const NexthopMember& member : nexthop.members) {
    const NexthopObject* single = FindNexthop(member.id);
    if (single == nullptr || single->blackhole) continue;
    hops.push_back(single->hop);
    hops.back().weight = member.weight;
  }
  return hops;
}

NetResult Stack::NewAddress(const Address& address, int nlm_flags) {
  return address.local.address.v4() ? Inet4::Add(*this, address, nlm_flags)
                                    : Inet6::Add(*this, address, nlm_flags);
}

NetResult Stack::DeleteAddress(const Address& address) {
  return address.local.address.v4() ? Inet4::Delete(*this, address)
                                    : Inet6::Delete(*this, address);
}

NetResult Stack::AddAddress(int ifindex, const IpPrefix& prefix) {
  Address address;
  address.ifindex = ifindex;
  address.local = prefix;
  if (prefix.address.v4() && prefix.address.is_loopback()) {
    address.scope = RT_SCOPE_HOST;
  }
  return NewAddress(address, NLM_F_CREATE | NLM_F_EXCL);
}

NetResult Stack::NewRoute(Route route, int nlm_flags) {
  return route.family() == AF_INET
             ? Fib4::Insert(*this, std::move(route), nlm_flags)
             : Fib6::Insert(*this, std::move(route), nlm_flags);
}

NetResult Stack::DeleteRoute(const RouteMatch& match) {
  return match.destination.address.v4() ? Fib4::Delete(*this, match)
                                        : Fib6::Delete(*this, match);
}

NetResult Stack::NewNexthop(NexthopObject nexthop, int nlm_flags,
                            uint32_t* id) {
  return NexthopStore::Add(*this, std::move(nexthop), nlm_flags, id);
}

NetResult Stack::DeleteNexthop(uint32_t id) {
  return NexthopStore::Delete(*this, id);
}

RouteResult Stack::ResolveOutput(const Flow& flow) const {
  return flow.dst.v4() ? Resolver::Output4(*this, flow)
                       : Resolver::Output6(*this, flow);
}

RouteResult Stack::ResolveInput(const Flow& flow, int iif) const {
  return flow.dst.v4() ? Resolver::Input4(*this, flow, iif)
                       : Resolver::Input6(*this, flow, iif);
}

Netconf Stack::netconf(int family, int ifindex) const {
  auto it = of(family).netconf.find(ifindex);
  return it == of(family).netconf.end() ? Netconf() : it->second;
}

// devinet.c:inet_forward_change and addrconf.c:addrconf_fixup_forwarding: a new
// conf/all/forwarding is copied to default and to every link.
NetResult Stack::SetNetconf(int family, int ifindex, const Netconf& netconf) {
  Families& families = of(family);
  auto it = families.netconf.find(ifindex);
  if (it == families.netconf.end()) return NetResult::Error(ENODEV);
  const bool forwarding_changed = it->second.forwarding != netconf.forwarding;
  const bool changed = !(it->second == netconf);
  it->second = netconf;
  if (!changed) return NetResult::Ok();
  Changed();
  NotifyNetconf(NetEvent::kNew, family, ifindex);
  if (!forwarding_changed) return NetResult::Ok();
  if (ifindex != NETCONFA_IFINDEX_ALL) {
    if (family == AF_INET6 && ifindex > 0) {
      Inet6::ForwardingChanged(*this, ifindex, netconf.forwarding != 0);
    }
    return NetResult::Ok();
  }
  for (auto& [index, one] : families.netconf) {
    if (index == ifindex || one.forwarding == netconf.forwarding) continue;
    one.forwarding = netconf.forwarding;
    NotifyNetconf(NetEvent::kNew, family, index);
    if (family == AF_INET6 && index > 0) {
      Inet6::ForwardingChanged(*this, index, netconf.forwarding != 0);
    }
  }
  return NetResult::Ok();
}

void Stack::SetForwarding(int family, bool on) {
  Netconf all = netconf(family, NETCONFA_IFINDEX_ALL);
  all.forwarding = on ? 1 : 0;
  SetNetconf(family, NETCONFA_IFINDEX_ALL, all);
}

bool Stack::nonlocal_bind(int family) const { return of(family).nonlocal_bind; }

void Stack::set_nonlocal_bind(int family, bool on) {
  of(family).nonlocal_bind = on;
}

void Stack::AddObserver(StackObserver* observer) {
  observers_.push_back(observer);
}

void Stack::RemoveObserver(StackObserver* observer) {
  observers_.erase(std::remove(observers_.begin(), observers_.end(), observer),
                   observers_.end());
}

void Stack::NotifyLink(NetEvent event, const Link& link, uint32_t changed) {
  Changed();
  for (StackObserver* o : observers_) o->OnLink(event, link, changed);
}

void Stack::NotifyAddress(NetEvent event, const Address& address) {
  Changed();
  for (StackObserver* o : observers_) o->OnAddress(event, address);
}

void Stack::NotifyRoute(NetEvent event, const Route& route, int nlm_flags) {
  Changed();
  for (StackObserver* o : observers_) o->OnRoute(event, route, nlm_flags);
}

void Stack::NotifyRule(NetEvent event, const Rule& rule) {
  Changed();
  for (StackObserver* o : observers_) o->OnRule(event, rule);
}

void Stack::NotifyNeighbour(NetEvent event, const Neighbour& neighbour) {
  for (StackObserver* o : observers_) o->OnNeighbour(event, neighbour);
}

void Stack::NotifyNexthop(NetEvent event, const NexthopObject& nexthop,
                          int nlm_flags) {
  // No lookup sees it but by a route, which is told of for itself.
  for (StackObserver* o : observers_) {
    o->OnNexthop(event, nexthop, nlm_flags);
  }
}

void Stack::NotifyMulticastRoute(NetEvent event, const MulticastRoute& route) {
  for (StackObserver* o : observers_) o->OnMulticastRoute(event, route);
}

void Stack::NotifyNetconf(NetEvent event, int family, int ifindex) {
  const Netconf values = netconf(family, ifindex);
  for (StackObserver* o : observers_) {
    o->OnNetconf(event, family, ifindex, values);
  }
}

}  // namespace quiesce
