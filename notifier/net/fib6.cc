#include "notifier/net/fib6.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "notifier/net/resolver.h"

namespace quiesce {
namespace {

constexpr uint32_t kUserPriority = 1024;  // IP6_RT_PRIO_USER

// ipv6_addr_type: unicast or mapped, which a gateway must be.
bool MayBeGateway(const IpAddress& a) {
  return !a.is_any() && !a.is_multicast();
}

}  // namespace

bool DeliversHere(const Route& route) {
  return route.type == RTN_LOCAL ||
         (route.type == RTN_ANYCAST && route.protocol == RTPROT_KERNEL);
}

bool LeadsTheSameWay(const Route& a, const Hop& b, uint32_t nexthop_id) {
  if (a.nexthop_id != 0 || nexthop_id != 0) return a.nexthop_id == nexthop_id;
  for (const Hop& hop : a.hops) {
    if (hop.oif == b.oif && hop.gateway == b.gateway && hop.encap == b.encap) {
      return true;
    }
  }
  return false;
}

bool QualifiesForEcmp(const Route& route) {
  return route.nexthop_id == 0 && !route.hops.empty() &&
         route.hops.front().gateway.valid();
}

// route.c:ip6_validate_gw, ip6_route_check_nh and _onlink.
NetResult Fib6::ValidateGateway(const Stack& stack, uint32_t table, Hop& hop) {
  const IpAddress& gateway = hop.gateway;
  const bool link_local = gateway.is_link_local();
  auto is_own = [&] {
    return stack.FindAddress(gateway, link_local ? hop.oif : 0) != nullptr;
  };
  const NetResult own =
      NetResult::Error(EINVAL, "Gateway can not be a local address");
  const bool had_device = hop.oif != 0;
  if (had_device && is_own()) return own;
  if (!link_local) {
    if (!MayBeGateway(gateway)) {
      return NetResult::Error(EINVAL, "Invalid gateway address");
    }
    Flow flow;
    flow.dst = gateway;
    flow.oif = hop.oif;
    auto usable = [&](const FibResult& found) {
      return found.error == 0 && !found.hops.empty() &&
             !found.hops.front().gateway.valid();
    };
    if (hop.flags & RTNH_F_ONLINK) {
      const RouteTable* main = stack.FindTable(AF_INET6, RT_TABLE_MAIN);
      const FibResult found = Resolver::LookupTable(
          stack, *main, flow, {.ignore_link_state = true});
      if (found.error == 0 && found.route->destination.length > 0 &&
          (found.route->type != RTN_UNICAST || found.hops.empty() ||
           found.hops.front().oif != hop.oif)) {
        return NetResult::Error(
            EINVAL, "Nexthop has invalid gateway or device mismatch");
      }
    } else {
      FibResult found;
      const RouteTable* own_table = stack.FindTable(AF_INET6, table);
      bool good = false;
      if (own_table != nullptr) {
        found = Resolver::LookupTable(
            stack, *own_table, flow,
            {.ignore_link_state = true, .strict_interface = true});
        good = usable(found) &&
               (hop.oif == 0 || found.hops.front().oif == hop.oif);
      }
      if (!good) {
        found = Resolver::Lookup(stack, flow, {.ignore_link_state = true});
        if (!usable(found)) return NetResult::Error(EHOSTUNREACH);
      }
      if (hop.oif == 0) {
        hop.oif = found.hops.front().oif;
      } else if (found.hops.front().oif != hop.oif) {
        return NetResult::Error(EHOSTUNREACH);
      }
    }
  }
  if (hop.oif == 0) {
    return NetResult::Error(EINVAL, "Egress device not specified");
  }
  if (stack.FindLink(hop.oif)->loopback()) {
    return NetResult::Error(
        EINVAL, "Egress device can not be loopback device for this route");
  }
  if (!had_device && is_own()) return own;
  return NetResult::Ok();
}

NetResult Fib6::CheckHop(const Stack& stack, uint32_t table, Hop& hop) {
  hop.flags &= ~(RTNH_F_DEAD | RTNH_F_LINKDOWN);
  const Link* link = nullptr;
  if (hop.oif != 0) {
    link = stack.FindLink(hop.oif);
    if (link == nullptr) return NetResult::Error(ENODEV);
  }
  if (hop.flags & RTNH_F_ONLINK) {
    if (link == nullptr) {
      return NetResult::Error(ENODEV, "Nexthop device required for onlink");
    }
    if (!link->up()) {
      return NetResult::Error(ENETDOWN, "Nexthop device is not up");
    }
  }
  if (hop.gateway.valid()) {
    NetResult valid = ValidateGateway(stack, table, hop);
    if (!valid.ok()) return valid;
    link = stack.FindLink(hop.oif);
  }
  if (link == nullptr) return NetResult::Error(ENODEV);
  if (link->ipv6_disabled || link->mtu < 1280) {
    return NetResult::Error(EACCES, "IPv6 is disabled on nexthop device");
  }
  if (!link->up()) {
    return NetResult::Error(ENETDOWN, "Nexthop device is not up");
  }
  if (!link->carrier) hop.flags |= RTNH_F_LINKDOWN;
  return NetResult::Ok();
}

// route.c:ip6_route_info_create.
NetResult Fib6::Create(const Stack& stack, Route& route) {
  if (route.type > RTN_MAX) {
    return NetResult::Error(EINVAL, "Invalid route type");
  }
  if (route.destination.length > 128) {
    return NetResult::Error(EINVAL, "Invalid prefix length");
  }
  route.destination = route.destination.Network();
  if (route.type == RTN_UNSPEC) route.type = RTN_UNICAST;
  if (route.priority == 0) route.priority = kUserPriority;
  if (route.protocol == RTPROT_UNSPEC) route.protocol = RTPROT_BOOT;
  if (route.nexthop_id != 0) {
    const NexthopObject* nexthop = stack.FindNexthop(route.nexthop_id);
    if (nexthop == nullptr) {
      return NetResult::Error(EINVAL, "Nexthop id does not exist");
    }
    if (nexthop->fdb) {
      return NetResult::Error(EINVAL, "Route cannot point to a fdb nexthop");
    }
    for (const Hop& hop : stack.HopsOf(*nexthop)) {
      if (hop.gateway.v4() || (!hop.gateway.valid() && !nexthop->is_group &&
                               nexthop->family == AF_INET)) {
        return NetResult::Error(EINVAL,
                                "IPv6 routes can not use an IPv4 nexthop");
      }
    }
  } else {
    if (route.hops.empty()) route.hops.emplace_back();
    const Hop& first = route.hops.front();
    const Link* link = stack.FindLink(first.oif);
    if (first.oif != 0 && link == nullptr) return NetResult::Error(ENODEV);
    // fib6_is_reject: routes through lo would loop; they reject instead.
    const bool looped = link != nullptr && link->loopback() &&
                        !route.destination.address.is_loopback() &&
                        !DeliversHere(route);
    if (looped && first.gateway.valid()) {
      return CheckHop(stack, route.table, route.hops.front());
    }
    if (RouteTypeError6(route.type) != 0 || looped) {
      route.hops.assign(1, Hop());
      route.hops.front().oif = 1;
      route.rejects = true;
    } else {
      for (Hop& hop : route.hops) {
        NetResult checked = CheckHop(stack, route.table, hop);
        if (!checked.ok()) return checked;
        if (DeliversHere(route)) hop.flags &= ~RTNH_F_LINKDOWN;
      }
    }
  }
  if (route.preferred_source.valid()) {
    const std::vector<Hop> hops = stack.HopsOf(route);
    const int oif = hops.empty() ? 0 : hops.front().oif;
    const bool link_local = route.preferred_source.is_link_local();
    if (stack.FindAddress(route.preferred_source, link_local ? oif : 0) ==
        nullptr) {
      return NetResult::Error(EINVAL, "Invalid source address");
    }
  }
  return NetResult::Ok();
}

// ip6_fib.c:fib6_add and fib6_add_rt2node; `route` has one hop at most.
NetResult Fib6::InsertOne(Stack& stack, Route route, int nlm_flags, bool notify,
                          Route** inserted) {
  NetResult created = Create(stack, route);
  if (!created.ok()) return created;
  RouteTable* table = stack.MutableTable(AF_INET6, route.table);
  const bool create = nlm_flags & NLM_F_CREATE;
  const bool replace = nlm_flags & NLM_F_REPLACE;
  RouteList* list = table->Find(route.destination);
  static auto& empty = *new RouteList();
  if (list == nullptr) {
    if (!create && replace) {
      return NetResult::Error(ENOENT, "Can not replace route - no match found");
    }
    list = &empty;
  }
  const bool ecmp = QualifiesForEcmp(route);
  int shown = NLM_F_EXCL | (nlm_flags & NLM_F_APPEND);
  Route* sibling = nullptr;
  Route* replaced = nullptr;
  Route* fallback = nullptr;
  size_t at = 0;
  for (; at < list->size(); ++at) {
    Route& have = *(*list)[at];
    if (have.source != route.source) continue;
    if (have.priority > route.priority) break;
    if (have.priority < route.priority) continue;
    if (nlm_flags & NLM_F_EXCL) return NetResult::Error(EEXIST);
    shown &= ~NLM_F_EXCL;
    if (replace) {
      if (QualifiesForEcmp(have) == ecmp) {
        replaced = &have;
        break;
      }
      if (fallback == nullptr) fallback = &have;
      continue;
    }
    if (LeadsTheSameWay(have, route.hops.empty() ? Hop() : route.hops.front(),
                        route.nexthop_id)) {
      return NetResult::Error(EEXIST);
    }
    if (ecmp && QualifiesForEcmp(have) && sibling == nullptr) sibling = &have;
  }
  if (replace && replaced == nullptr) replaced = fallback;
  if (replace && replaced != nullptr) {
    size_t position = 0;
    while ((*list)[position].get() != replaced) ++position;
    auto old = table->Remove(replaced);
    *inserted =
        table->Insert(std::make_unique<Route>(std::move(route)), position);
    if (notify) {
      stack.NotifyRoute(NetEvent::kNew, **inserted, NLM_F_REPLACE);
    }
    stack.Changed();
    return NetResult::Ok();
  }
  if (replace && !create) return NetResult::Error(ENOENT);
  shown |= NLM_F_CREATE;
  if (sibling != nullptr) {
    sibling->hops.push_back(route.hops.front());
    *inserted = sibling;
    if (notify) {
      // The kernel's list of siblings is a ring, shown from the new one on.
      Route seen = *sibling;
      std::rotate(seen.hops.begin(), seen.hops.end() - 1, seen.hops.end());
      stack.NotifyRoute(NetEvent::kNew, seen, shown);
      return NetResult::Ok();
    }
  } else {
    *inserted = table->Insert(std::make_unique<Route>(std::move(route)), at);
  }
  if (notify) stack.NotifyRoute(NetEvent::kNew, **inserted, shown);
  stack.Changed();
  return NetResult::Ok();
}

NetResult Fib6::Insert(Stack& stack, Route route, int nlm_flags) {
  Route* inserted = nullptr;
  if (route.hops.size() <= 1) {
    return InsertOne(stack, std::move(route), nlm_flags, true, &inserted);
  }
  // route.c:ip6_route_multipath_add: every hop is checked before the first is
  // added; then each is a route of its own. One notification tells of all.
  for (const Hop& hop : route.hops) {
    Route one = route;
    one.hops.assign(1, hop);
    NetResult created = Create(stack, one);
    if (!created.ok()) return created;
    if (!QualifiesForEcmp(one) && !hop.gateway.valid()) {
      return NetResult::Error(
          EINVAL,
          "Device only routes can not be added for IPv6 using the "
          "multipath API.");
    }
  }
  const int shown = (nlm_flags & NLM_F_REPLACE) ? NLM_F_REPLACE : NLM_F_CREATE;
  int flags = nlm_flags;
  std::vector<Hop> added;
  for (const Hop& hop : route.hops) {
    Route one = route;
    one.hops.assign(1, hop);
    NetResult result = InsertOne(stack, one, flags, false, &inserted);
    if (!result.ok()) {
      if ((flags & NLM_F_REPLACE) && !added.empty()) {
        result.message =
            "multipath route replace failed (check consistency "
            "of installed routes)";
      }
      // What was added is taken out again, after it was announced so that
      // the deletions make sense.
      if (!added.empty()) {
        stack.NotifyRoute(NetEvent::kNew, *inserted,
                          shown | (nlm_flags & NLM_F_APPEND));
      }
      for (const Hop& undo : added) {
        RouteMatch match;
        match.destination = route.destination;
        match.table = route.table;
        match.priority = route.priority;
        DeleteOne(stack, match, undo, /*all_hops=*/false);
      }
      return result;
    }
    added.push_back(hop);
    flags = (flags & ~(NLM_F_EXCL | NLM_F_REPLACE)) | NLM_F_CREATE;
  }
  stack.NotifyRoute(NetEvent::kNew, *inserted,
                    shown | (nlm_flags & NLM_F_APPEND));
  return NetResult::Ok();
}

NetResult Fib6::DeleteOne(Stack& stack, const RouteMatch& match, const Hop& hop,
                          bool all_hops) {
  RouteTable* table = stack.MutableTable(AF_INET6, match.table);
  RouteList* list = table->Find(match.destination.Network());
  if (list == nullptr) return NetResult::Error(ESRCH);
  for (const auto& owned : *list) {
    Route& route = *owned;
    if (route.source != match.source) continue;
    if (route.nexthop_id != 0 && match.nexthop_id != 0 &&
        route.nexthop_id != match.nexthop_id) {
      continue;
    }
    if (match.priority != 0 && match.priority != route.priority) continue;
    if (match.protocol != RTPROT_UNSPEC && match.protocol != route.protocol) {
      continue;
    }
    size_t which = 0;
    if (route.nexthop_id == 0) {
      if (match.nexthop_id != 0) continue;
      while (which < route.hops.size()) {
        const Hop& have = route.hops[which];
        if ((hop.oif == 0 || hop.oif == have.oif) &&
            (!hop.gateway.valid() || hop.gateway == have.gateway)) {
          break;
        }
        ++which;
      }
      if (which == route.hops.size()) continue;
    }
    if (route.hops.size() <= 1 || (all_hops && !hop.gateway.valid())) {
      auto gone = table->Remove(&route);
      stack.NotifyRoute(NetEvent::kDelete, *gone, 0);
      return NetResult::Ok();
    }
    Route gone = route;
    gone.hops.assign(1, route.hops[which]);
    route.hops.erase(route.hops.begin() + which);
    stack.NotifyRoute(NetEvent::kDelete, gone, 0);
    return NetResult::Ok();
  }
  return NetResult::Error(ESRCH);
}

NetResult Fib6::Delete(Stack& stack, const RouteMatch& match) {
  if (match.nexthop_id != 0 && stack.FindNexthop(match.nexthop_id) == nullptr) {
    return NetResult::Error(EINVAL, "Nexthop id does not exist");
  }
  if (stack.FindTable(AF_INET6, match.table) == nullptr) {
    return NetResult::Error(ESRCH, "FIB table does not exist");
  }
  if (!match.multipath) {
    return DeleteOne(stack, match,
                     match.hops.empty() ? Hop() : match.hops.front(), true);
  }
  NetResult last;
  for (const Hop& hop : match.hops) {
    NetResult result = DeleteOne(stack, match, hop, false);
    if (!result.ok()) last = result;
  }
  return last;
}

}  // namespace quiesce
