#include "notifier/net/resolver.h"

#include <errno.h>
#include <linux/netconf.h>

#include <algorithm>
#include <utility>

namespace quiesce {
namespace {

constexpr int kLoopback = 1;

bool InRange(uint16_t value, uint16_t low, uint16_t high) {
  return (low == 0 && high == 0) || (value >= low && value <= high);
}

// A mixer with good avalanche (the finalizer of MurmurHash3), so that equal
// paths share flows evenly whatever the addresses' pattern.
uint64_t Mix(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}

uint64_t Fold(uint64_t h, const IpAddress& address) {
  uint64_t halves[2] = {};
  std::memcpy(halves, address.bytes(), address.size());
  return Mix(Mix(h ^ halves[0]) ^ halves[1]);
}

bool IgnoresLinkdown(const Stack& stack, int family, int ifindex) {
  if (stack.netconf(family, ifindex).ignore_routes_with_linkdown) return true;
  return family == AF_INET && stack.netconf(family, NETCONFA_IFINDEX_ALL)
                                  .ignore_routes_with_linkdown;
}

}  // namespace

int RouteTypeError(int type) {
  switch (type) {
    case RTN_BLACKHOLE:
    case RTN_NAT:
    case RTN_XRESOLVE:
      return EINVAL;
    case RTN_UNREACHABLE:
      return EHOSTUNREACH;
    case RTN_PROHIBIT:
      return EACCES;
    case RTN_THROW:
      return EAGAIN;
    default:
      return 0;
  }
}

// ip6_fib.h: RTF_REJECT is set for these; route.c:ip6_rt_type_to_error.
int RouteTypeError6(int type) {
  return type == RTN_NAT || type == RTN_XRESOLVE ? 0 : RouteTypeError(type);
}

// One prefix's routes: true when the search ends here, with a route or an
// error in `result`.
bool Resolver::ConsiderList(const Stack& stack, const RouteList& list,
                            const Flow& flow, const Options& options,
                            FibResult& result) {
  const int family = flow.dst.family();
  auto good_hops = [&](const Route& route, bool any_interface) {
    std::vector<Hop> hops = stack.HopsOf(route);
    auto bad = [&](const Hop& hop) {
      if (hop.flags & RTNH_F_DEAD) return true;
      if ((hop.flags & RTNH_F_LINKDOWN) && !options.ignore_link_state &&
          IgnoresLinkdown(stack, family, hop.oif)) {
        return true;
      }
      return !any_interface && flow.oif != 0 && hop.oif != flow.oif;
    };
    hops.erase(std::remove_if(hops.begin(), hops.end(), bad), hops.end());
    return hops;
  };
  auto take = [&](const Route& route, int error, std::vector<Hop> hops) {
    result.route = &route;
    result.error = error;
    result.hops = std::move(hops);
    result.table = route.table;
    return true;
  };

  if (family == AF_INET) {
    for (const auto& route : list) {
      if (route->tos != 0 && route->tos != (flow.tos & 0x1c)) continue;
      if (route->scope < options.min_scope) continue;
      if (const int error = RouteTypeError(route->type)) {
        return take(*route, error, {});
      }
      const NexthopObject* object = stack.FindNexthop(route->nexthop_id);
      if (object != nullptr && object->blackhole) {
        return take(*route, EINVAL, {});
      }
      std::vector<Hop> hops = good_hops(*route, false);
      if (!hops.empty()) return take(*route, 0, std::move(hops));
    }
    return false;
  }
  // route.c:find_rr_leaf. Routes whose source prefix does not contain the
  // flow's source do not exist for it; longer source prefixes come first.
  std::vector<const Route*> candidates;
  for (const auto& route : list) {
    if (route->source.length > 0 &&
        !(flow.src.valid() && route->source.Contains(flow.src))) {
      continue;
    }
    candidates.push_back(route.get());
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Route* a, const Route* b) {
                     if (a->source.length != b->source.length) {
                       return a->source.length > b->source.length;
                     }
                     return a->priority < b->priority;
                   });
  for (bool any_interface : {false, true}) {
    if (any_interface && (flow.oif == 0 || options.strict_interface)) break;
    for (const Route* route : candidates) {
      int error = RouteTypeError6(route->type);
      if (error == 0 && route->rejects) error = ENETUNREACH;
      if (error != 0) {
        if (flow.oif != 0 && flow.oif != kLoopback &&
            (!any_interface || options.strict_interface)) {
          continue;
        }
        return take(*route, error, {});
      }
      const NexthopObject* object = stack.FindNexthop(route->nexthop_id);
      if (object != nullptr && object->blackhole) {
        return take(*route, EINVAL, {});
      }
      std::vector<Hop> hops = good_hops(*route, any_interface);
      if (!hops.empty()) return take(*route, 0, std::move(hops));
    }
  }
  return false;
}

FibResult Resolver::LookupTable(const Stack& stack, const RouteTable& table,
                                const Flow& flow, const Options& options) {
  FibResult result;
  result.error = EAGAIN;
  table.VisitMatches(flow.dst, [&](const RouteList& list) {
    return ConsiderList(stack, list, flow, options, result);
  });
  return result;
}

// Until the first rule is added Linux keeps the local and the main table in
// one trie: a longer prefix of main wins over a shorter one of local
// (fib_trie.c:fib_trie_table with an alias).
FibResult Resolver::LookupMerged4(const Stack& stack, const Flow& flow,
                                  const Options& options) {
  FibResult result;
  result.error = EAGAIN;
  const RouteTable* local = stack.FindTable(AF_INET, RT_TABLE_LOCAL);
  const RouteTable* main = stack.FindTable(AF_INET, RT_TABLE_MAIN);
  if (main == nullptr) return result;
  if (local == nullptr) return LookupTable(stack, *main, flow, options);
  for (int length = 32; length >= 0; --length) {
    const IpPrefix prefix{flow.dst.Masked(length), length};
    for (const RouteTable* table : {local, main}) {
      if (!table->HasLength(length)) continue;
      const RouteList* list = table->Find(prefix);
      if (list != nullptr &&
          ConsiderList(stack, *list, flow, options, result)) {
        result.table = RT_TABLE_MAIN;  // what Linux says of either
        return result;
      }
    }
  }
  return result;
}

// fib_rules.c:fib_rule_match, fib4_rule_match, fib6_rule_match.
bool Resolver::RuleMatches(const Stack& stack, const Rule& rule,
                           const Flow& flow) {
  auto matches = [&] {
    if (!rule.iif.empty()) {
      const Link* link = stack.FindLink(rule.iif);
      const int iif = flow.iif != 0 ? flow.iif : kLoopback;
      if (link == nullptr || link->ifindex != iif) return false;
    }
    if (!rule.oif.empty()) {
      const Link* link = stack.FindLink(rule.oif);
      if (link == nullptr || link->ifindex != flow.oif) return false;
    }
    if ((rule.mark ^ flow.mark) & rule.mark_mask) return false;
    if (rule.l3mdev && flow.vrf == 0) return false;
    if (rule.source.length > 0 &&
        !(flow.src.valid() && rule.source.Contains(flow.src))) {
      return false;
    }
    if (rule.destination.length > 0 && !rule.destination.Contains(flow.dst)) {
      return false;
    }
    if (rule.tos != 0 && rule.tos != (flow.tos & 0x1c)) return false;
    if (rule.ip_protocol != 0 && rule.ip_protocol != flow.protocol) {
      return false;
    }
    return InRange(flow.sport, rule.source_port_low, rule.source_port_high) &&
           InRange(flow.dport, rule.destination_port_low,
                   rule.destination_port_high);
  };
  return matches() != ((rule.flags & FIB_RULE_INVERT) != 0);
}

// net/l3mdev/l3mdev.c:l3mdev_update_flow. A VRF as the way out names a table,
// not a link.
Flow Resolver::WithVrf(const Stack& stack, Flow flow) {
  for (int link : {flow.oif, flow.iif}) {
    const Link* vrf = flow.vrf == 0 ? stack.VrfOf(link) : nullptr;
    if (vrf != nullptr) flow.vrf = vrf->ifindex;
  }
  const Link* out = stack.FindLink(flow.oif);
  if (out != nullptr && out->kind == "vrf") flow.oif = 0;
  return flow;
}

FibResult Resolver::Lookup(const Stack& stack, const Flow& asked,
                           const Options& options) {
  const int family = asked.dst.family();
  const Flow flow = stack.had_vrf_ ? WithVrf(stack, asked) : asked;
  FibResult result;
  if (family == AF_INET && !stack.v4_.custom_rules) {
    result = LookupMerged4(stack, flow, options);
    if (result.error != 0) {
      const RouteTable* fallback = stack.FindTable(AF_INET, RT_TABLE_DEFAULT);
      if (fallback != nullptr) {
        result = LookupTable(stack, *fallback, flow, options);
      }
    }
    if (result.error == EAGAIN) result.error = ENETUNREACH;
    return result;
  }
  const std::vector<Rule>& rules = stack.rules(family);
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (!RuleMatches(stack, rule, flow)) continue;
    result = FibResult();
    switch (rule.action) {
      case FR_ACT_GOTO: {
        size_t target = i + 1;
        while (target < rules.size() &&
               rules[target].priority < rule.goto_target) {
          ++target;
        }
        if (target < rules.size() &&
            rules[target].priority == rule.goto_target) {
          i = target - 1;
        }
        continue;
      }
      case FR_ACT_NOP:
        continue;
      case FR_ACT_TO_TBL: {
        uint32_t id = rule.table;
        if (rule.l3mdev) {
          const Link* vrf = stack.FindLink(flow.vrf);
          if (vrf == nullptr || vrf->kind != "vrf") continue;
          id = vrf->vrf_table;
        }
        const RouteTable* table = stack.FindTable(family, id);
        result.error = EAGAIN;
        if (table != nullptr) {
          result = LookupTable(stack, *table, flow, options);
        }
        break;
      }
      case FR_ACT_UNREACHABLE:
        result.error = ENETUNREACH;
        break;
      case FR_ACT_PROHIBIT:
        result.error = EACCES;
        break;
      default:
        result.error = EINVAL;
    }
    if (result.error == 0 && rule.suppress_prefix_length != kForever &&
        result.route->destination.length <=
            static_cast<int>(rule.suppress_prefix_length)) {
      continue;
    }
    if (result.error != EAGAIN) return result;
  }
  result = FibResult();
  result.error = ENETUNREACH;
  return result;
}

// fib_semantics.c:fib_select_multipath, route.c:fib6_select_path.
int Resolver::Choose(const Stack& stack, const Flow& flow,
                     const std::vector<Hop>& hops) {
  if (hops.size() < 2) return 0;
  uint64_t hash = Mix(stack.hash_seed_ ^ 0x9e3779b97f4a7c15ULL);
  if (flow.src.valid()) hash = Fold(hash, flow.src);
  hash = Fold(hash, flow.dst);
  if (stack.hash_policy_ == 1) {
    hash = Mix(hash ^ (uint64_t{flow.protocol} << 32 |
                       uint64_t{flow.sport} << 16 | flow.dport));
  }
  uint64_t total = 0;
  for (const Hop& hop : hops) total += hop.weight;
  uint64_t point = hash % total;
  for (size_t i = 0; i < hops.size(); ++i) {
    const uint64_t weight = hops[i].weight;
    if (point < weight) return static_cast<int>(i);
    point -= weight;
  }
  return 0;
}

RouteResult Resolver::Finish(const Stack& stack, const Flow& flow,
                             FibResult found) {
  RouteResult result;
  result.error = found.error;
  result.route = found.route;
  if (found.route != nullptr) {
    result.type = found.route->type;
    result.table = found.table;
  }
  if (found.error != 0) return result;
  result.hops = std::move(found.hops);
  result.hop = Choose(stack, flow, result.hops);
  const Hop& hop = result.hops[result.hop];
  result.oif = hop.oif;
  result.gateway = hop.gateway;
  return result;
}

}  // namespace quiesce
