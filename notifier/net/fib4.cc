#include "notifier/net/fib4.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "notifier/net/fib6.h"
#include "notifier/net/resolver.h"

namespace quiesce {
namespace {

constexpr uint32_t kStateFlags =
    RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP;

// fib_semantics.c:fib_props, the scopes.
uint8_t LeastScope(int type) {
  switch (type) {
    case RTN_LOCAL:
      return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_ANYCAST:
      return RT_SCOPE_LINK;
    case RTN_UNSPEC:
    case RTN_NAT:
    case RTN_XRESOLVE:
      return RT_SCOPE_NOWHERE;
    default:
      return RT_SCOPE_UNIVERSE;
  }
}

bool ZeroNet(const IpAddress& a) { return a.bytes()[0] == 0; }

// fib_semantics.c:nh_comp.
bool SameHop(const Hop& a, const Hop& b) {
  Hop left = a;
  Hop right = b;
  left.flags &= ~kStateFlags;
  right.flags &= ~kStateFlags;
  return left == right;
}

}  // namespace

uint8_t Fib4::AddressType(const Stack& stack, const IpAddress& address,
                          uint32_t table) {
  if (ZeroNet(address) || address.v4_host_order() == INADDR_BROADCAST) {
    return RTN_BROADCAST;
  }
  if (address.is_multicast()) return RTN_MULTICAST;
  const RouteTable* local = stack.FindTable(AF_INET, table);
  if (local == nullptr) return RTN_UNICAST;
  Flow flow;
  flow.dst = address;
  const FibResult found = Resolver::LookupTable(stack, *local, flow, {});
  return found.error == 0 ? found.route->type : uint8_t{RTN_UNICAST};
}

NetResult Fib4::CheckHop(const Stack& stack, uint32_t table, uint8_t scope,
                         Hop& hop) {
  hop.flags &= ~(RTNH_F_DEAD | RTNH_F_LINKDOWN);
  if (!hop.gateway.valid()) {  // fib_check_nh_nongw
    if (hop.flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) {
      return NetResult::Error(EINVAL,
                              "Invalid flags for nexthop - PERVASIVE and "
                              "ONLINK can not be set");
    }
    const Link* link = stack.FindLink(hop.oif);
    if (link == nullptr) return NetResult::Error(ENODEV);
    if (!link->up()) {
      return NetResult::Error(ENETDOWN, "Device for nexthop is not up");
    }
    if (!link->carrier) hop.flags |= RTNH_F_LINKDOWN;
    hop.scope = RT_SCOPE_HOST;
    return NetResult::Ok();
  }
  if (hop.gateway.v6()) {  // fib_check_nh_v6_gw
    NetResult checked = Fib6::CheckHop(stack, table, hop);
    hop.scope = RT_SCOPE_LINK;
    return checked;
  }
  if (hop.flags & RTNH_F_ONLINK) {  // fib_check_nh_v4_gw
    if (scope >= RT_SCOPE_LINK) {
      return NetResult::Error(EINVAL, "Nexthop has invalid scope");
    }
    const Link* link = stack.FindLink(hop.oif);
    if (link == nullptr) {
      return NetResult::Error(ENODEV, "Nexthop device required for onlink");
    }
    if (!link->up()) {
      return NetResult::Error(ENETDOWN, "Nexthop device is not up");
    }
    if (AddressType(stack, hop.gateway) != RTN_UNICAST) {
      return NetResult::Error(EINVAL, "Nexthop has invalid gateway");
    }
    if (!link->carrier) hop.flags |= RTNH_F_LINKDOWN;
    hop.scope = RT_SCOPE_LINK;
    return NetResult::Ok();
  }
  Flow flow;
  flow.dst = hop.gateway;
  flow.oif = hop.oif;
  flow.iif = 1;
  Resolver::Options options;
  options.min_scope = std::max<int>(scope + 1, RT_SCOPE_LINK);
  options.ignore_link_state = true;
  FibResult found;
  found.error = ENETUNREACH;
  const RouteTable* own = table != 0 && table != RT_TABLE_MAIN
                              ? stack.FindTable(AF_INET, table)
                              : nullptr;
  if (own != nullptr) found = Resolver::LookupTable(stack, *own, flow, options);
  if (found.error != 0) found = Resolver::Lookup(stack, flow, options);
  if (found.error != 0) {
    return NetResult::Error(found.error, "Nexthop has invalid gateway");
  }
  if (found.route->type != RTN_UNICAST && found.route->type != RTN_LOCAL) {
    return NetResult::Error(EINVAL, "Nexthop has invalid gateway");
  }
  hop.scope = found.route->scope;
  hop.oif = found.hops.front().oif;
  const Link* link = stack.FindLink(hop.oif);
  if (link == nullptr) {
    return NetResult::Error(EINVAL, "No egress device for nexthop gateway");
  }
  if (!link->carrier) hop.flags |= RTNH_F_LINKDOWN;
  return link->up() ? NetResult::Ok() : NetResult::Error(ENETDOWN);
}

// fib_semantics.c:fib_create_info.
NetResult Fib4::Create(const Stack& stack, Route& route) {
  if (route.type > RTN_MAX) {
    return NetResult::Error(EINVAL, "Invalid route type");
  }
  if (LeastScope(route.type) > route.scope) {
    return NetResult::Error(EINVAL, "Invalid scope");
  }
  if (route.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) {
    return NetResult::Error(
        EINVAL, "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
  }
  const NexthopObject* nexthop = nullptr;
  if (route.nexthop_id != 0) {
    nexthop = stack.FindNexthop(route.nexthop_id);
    if (nexthop == nullptr) {
      return NetResult::Error(EINVAL, "Nexthop id does not exist");
    }
  }
  if (RouteTypeError(route.type) != 0) {
    for (const Hop& hop : route.hops) {
      if (hop.gateway.valid() || hop.oif != 0 || route.hops.size() > 1) {
        return NetResult::Error(EINVAL,
                                "Gateway, device and multipath can not be "
                                "specified for this route type");
      }
    }
    route.hops.clear();
    return NetResult::Ok();
  }
  if (route.type < RTN_UNICAST || route.type > RTN_MULTICAST) {
    return NetResult::Error(EINVAL, "Invalid route type");
  }
  if (route.scope > RT_SCOPE_HOST) {
    return NetResult::Error(EINVAL, "Invalid scope");
  }
  if (nexthop != nullptr) {  // nexthop.c:fib_check_nexthop
    if (nexthop->fdb) {
      return NetResult::Error(EINVAL, "Route cannot point to a fdb nexthop");
    }
    if (nexthop->is_group && route.scope == RT_SCOPE_HOST) {
      return NetResult::Error(
          EINVAL, "Route with host scope can not have multiple nexthops");
    }
    for (const Hop& hop : stack.HopsOf(*nexthop)) {
      if (route.scope == RT_SCOPE_HOST && hop.gateway.valid()) {
        return NetResult::Error(EINVAL,
                                "Route with host scope can not have a gateway");
      }
      if ((hop.flags & RTNH_F_ONLINK) && route.scope >= RT_SCOPE_LINK) {
        return NetResult::Error(EINVAL, "Scope mismatch with nexthop");
      }
      if (hop.scope != 0 && route.scope >= hop.scope) {
        return NetResult::Error(EINVAL, "Scope mismatch with nexthop");
      }
    }
  } else if (route.scope == RT_SCOPE_HOST) {
    if (route.hops.size() != 1) {
      return NetResult::Error(
          EINVAL, "Route with host scope can not have multiple nexthops");
    }
    Hop& hop = route.hops.front();
    if (hop.gateway.valid()) {
      return NetResult::Error(EINVAL,
                              "Route with host scope can not have a gateway");
    }
    hop.scope = RT_SCOPE_NOWHERE;
    if (stack.FindLink(hop.oif) == nullptr) return NetResult::Error(ENODEV);
  } else {
    for (Hop& hop : route.hops) {
      NetResult checked = CheckHop(stack, route.table, route.scope, hop);
      if (!checked.ok()) return checked;
    }
  }
  // fib_valid_prefsrc
  const IpAddress& source = route.preferred_source;
  if (source.valid() &&
      !(route.type == RTN_LOCAL && source == route.destination.address) &&
      AddressType(stack, source, route.table) != RTN_LOCAL &&
      AddressType(stack, source) != RTN_LOCAL) {
    return NetResult::Error(EINVAL, "Invalid prefsrc address");
  }
  return NetResult::Ok();
}

// fib_semantics.c:fib_find_info: routes that share one fib_info.
bool Fib4::SameInfo(const Route& a, const Route& b) {
  return a.protocol == b.protocol && a.scope == b.scope && a.type == b.type &&
         a.priority == b.priority && a.preferred_source == b.preferred_source &&
         a.metrics == b.metrics &&
         a.congestion_control == b.congestion_control &&
         ((a.flags ^ b.flags) & ~kStateFlags) == 0 &&
         a.nexthop_id == b.nexthop_id &&
         std::equal(a.hops.begin(), a.hops.end(), b.hops.begin(), b.hops.end(),
                    SameHop);
}

NetResult Fib4::Insert(Stack& stack, Route route, int nlm_flags) {
  // inet_rtm_newroute makes the table before anything can fail.
  RouteTable* table = stack.MutableTable(AF_INET, route.table);
  const IpPrefix& prefix = route.destination;
  if (prefix.length > 32) {
    return NetResult::Error(EINVAL, "Invalid prefix length");
  }
  if (prefix != prefix.Network()) {
    return NetResult::Error(EINVAL, "Invalid prefix for given prefix length");
  }
  NetResult created = Create(stack, route);
  if (!created.ok()) return created;

  RouteList* list = table->Find(prefix);
  static auto& empty = *new RouteList();
  if (list == nullptr) list = &empty;
  // fib_find_alias: the first of the same TOS and priority, or where to go.
  size_t at = 0;
  while (at < list->size() && ((*list)[at]->tos > route.tos ||
                               ((*list)[at]->tos == route.tos &&
                                (*list)[at]->priority < route.priority))) {
    ++at;
  }
  auto same_key = [&](size_t i) {
    return i < list->size() && (*list)[i]->tos == route.tos &&
           (*list)[i]->priority == route.priority;
  };
  int shown = NLM_F_EXCL;
  if (same_key(at)) {
    shown = 0;
    if (nlm_flags & NLM_F_EXCL) return NetResult::Error(EEXIST);
    const size_t first = at;
    size_t match = at;
    while (same_key(match) && !SameInfo(*(*list)[match], route)) ++match;
    const bool exact = same_key(match);
    size_t end = at;
    while (same_key(end)) ++end;
    if (nlm_flags & NLM_F_REPLACE) {
      if (exact) {
        return match == first ? NetResult::Ok() : NetResult::Error(EEXIST);
      }
      auto replaced = table->Remove((*list)[first].get());
      Route* added =
          table->Insert(std::make_unique<Route>(std::move(route)), first);
      stack.NotifyRoute(NetEvent::kNew, *added, shown | NLM_F_REPLACE);
      return NetResult::Ok();
    }
    if (exact) return NetResult::Error(EEXIST);
    if (nlm_flags & NLM_F_APPEND) {
      shown |= NLM_F_APPEND;
      at = end;
    }
  }
  if (!(nlm_flags & NLM_F_CREATE)) return NetResult::Error(ENOENT);
  shown |= NLM_F_CREATE;
  Route* added = table->Insert(std::make_unique<Route>(std::move(route)), at);
  stack.NotifyRoute(NetEvent::kNew, *added, shown);
  return NetResult::Ok();
}

// fib_semantics.c:fib_nh_match, the other way round: whether `route` is meant.
bool Fib4::HopsMatch(const RouteMatch& match, const Route& route) {
  if (match.priority != 0 && match.priority != route.priority) return false;
  if (match.nexthop_id != 0) return match.nexthop_id == route.nexthop_id;
  const bool named =
      !match.hops.empty() && (match.multipath || match.hops[0].oif != 0 ||
                              match.hops[0].gateway.valid());
  if (route.nexthop_id != 0) return !named;
  if (!named) return true;
  if (!match.multipath) {
    if (route.hops.empty()) return false;
    const Hop& have = route.hops[0];
    const Hop& want = match.hops[0];
    return (want.oif == 0 || want.oif == have.oif) &&
           (!want.gateway.valid() || want.gateway == have.gateway);
  }
  for (size_t i = 0; i < route.hops.size(); ++i) {
    if (i >= match.hops.size()) return false;
    const Hop& have = route.hops[i];
    const Hop& want = match.hops[i];
    if (want.oif != 0 && want.oif != have.oif) return false;
    if (want.gateway.valid() && want.gateway != have.gateway) return false;
  }
  return true;
}

NetResult Fib4::Delete(Stack& stack, const RouteMatch& match) {
  if (match.nexthop_id != 0 && stack.FindNexthop(match.nexthop_id) == nullptr) {
    return NetResult::Error(EINVAL, "Nexthop id does not exist");
  }
  if (stack.FindTable(AF_INET, match.table) == nullptr) {
    return NetResult::Error(ESRCH, "FIB table does not exist");
  }
  if (match.destination.length > 32) {
    return NetResult::Error(EINVAL, "Invalid prefix length");
  }
  if (match.destination != match.destination.Network()) {
    return NetResult::Error(EINVAL, "Invalid prefix for given prefix length");
  }
  RouteTable* table = stack.MutableTable(AF_INET, match.table);
  RouteList* list = table->Find(match.destination);
  if (list == nullptr) return NetResult::Error(ESRCH);
  for (const auto& route : *list) {
    if (route->tos != match.tos) continue;
    if (match.type != RTN_UNSPEC && match.type != route->type) continue;
    if (match.scope != RT_SCOPE_NOWHERE && match.scope != route->scope) {
      continue;
    }
    if (match.preferred_source.valid() &&
        match.preferred_source != route->preferred_source) {
      continue;
    }
    if (match.protocol != RTPROT_UNSPEC && match.protocol != route->protocol) {
      continue;
    }
    if (!HopsMatch(match, *route)) continue;
    const bool metrics_match = std::all_of(
        match.metrics.begin(), match.metrics.end(), [&](const auto& wanted) {
          auto it = route->metrics.find(wanted.first);
          return it != route->metrics.end() && it->second == wanted.second;
        });
    if (!metrics_match) continue;
    auto gone = table->Remove(route.get());
    stack.NotifyRoute(NetEvent::kDelete, *gone, 0);
    return NetResult::Ok();
  }
  return NetResult::Error(ESRCH);
}

}  // namespace quiesce
