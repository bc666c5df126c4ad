// From a lookup in the tables to an answer: what a socket's packet or an
// arriving one meets around it.
#include <errno.h>
#include <linux/netconf.h>

#include <algorithm>
#include <utility>

#include "notifier/net/fib4.h"
#include "notifier/net/fib6.h"
#include "notifier/net/resolver.h"

namespace quiesce {
namespace {

constexpr int kLoopback = 1;

// route.c:rt6_need_strict.
bool NeedsInterface(const IpAddress& a) {
  return a.is_multicast() || a.is_link_local() || a.is_loopback();
}

}  // namespace

// route.c:ip_route_output_key_hash_rcu.
RouteResult Resolver::Output4(const Stack& stack, const Flow& asked) {
  Flow flow = asked;
  RouteResult result;
  const IpAddress any = IpAddress::Any(AF_INET);
  const IpAddress limited = IpAddress::V4(INADDR_BROADCAST);
  const bool has_source = flow.src.valid() && !flow.src.is_any();
  if (has_source) {
    result.error = EINVAL;
    if (flow.src.is_multicast() || flow.src == limited ||
        flow.src.bytes()[0] == 0) {
      return result;
    }
    if (stack.FindAddress(flow.src) == nullptr &&
        Fib4::AddressType(stack, flow.src) != RTN_LOCAL) {
      result.error = ENETUNREACH;
      return result;
    }
    if (flow.oif == 0 && (flow.dst.is_multicast() || flow.dst == limited)) {
      const Address* own = stack.FindAddress(flow.src);
      if (own != nullptr) flow.oif = own->ifindex;
    }
    result.error = 0;
    result.source = flow.src;
  }
  if (flow.oif != 0) {
    const Link* link = stack.FindLink(flow.oif);
    if (link == nullptr) {
      result.error = ENODEV;
      return result;
    }
    if (!link->up()) {
      result.error = ENETUNREACH;
      return result;
    }
  }
  auto on_link = [&](uint8_t type, uint8_t scope) {
    result.type = type;
    result.oif = flow.oif;
    Hop hop;
    hop.oif = flow.oif;
    result.hops.push_back(hop);
    if (!has_source) result.source = stack.SelectSource(any, flow.oif, scope);
    return result;
  };
  if (flow.oif != 0 &&
      (flow.dst == limited ||
       (flow.dst.is_multicast() && flow.dst.bytes()[0] == 224 &&
        flow.dst.bytes()[1] == 0 && flow.dst.bytes()[2] == 0))) {
    return on_link(flow.dst == limited ? RTN_BROADCAST : RTN_MULTICAST,
                   RT_SCOPE_LINK);
  }
  if (flow.dst.is_any()) {
    const IpAddress self =
        has_source ? flow.src : IpAddress::V4(INADDR_LOOPBACK);
    flow.dst = self;
    result.source = self;
    result.type = RTN_LOCAL;
    result.oif = kLoopback;
    Hop hop;
    hop.oif = kLoopback;
    result.hops.push_back(hop);
    return result;
  }
  const IpAddress source = result.source;
  FibResult found = Lookup(stack, flow, {});
  if (found.error != 0) {
    const Link* vrf = stack.VrfOf(flow.oif);
    if (flow.oif != 0 && (vrf == nullptr || (flow.dst.is_multicast() &&
                                             vrf->ifindex != flow.oif))) {
      // "Apparently, routing tables are wrong. Assume, that the destination
      // is on link."
      return on_link(flow.dst.is_multicast() ? RTN_MULTICAST : RTN_UNICAST,
                     RT_SCOPE_LINK);
    }
    return Finish(stack, flow, std::move(found));
  }
  const Route& route = *found.route;
  result = Finish(stack, flow, std::move(found));
  result.source = source;
  if (result.type == RTN_LOCAL) {
    if (!has_source) {
      result.source =
          route.preferred_source.valid() ? route.preferred_source : flow.dst;
    }
    const Link* vrf = stack.VrfOf(result.oif);
    result.oif = vrf != nullptr ? vrf->ifindex : kLoopback;
    result.gateway = IpAddress();
    return result;
  }
  // __mkroute_output: broadcasts need no gateway, multicasts only that of a
  // route which is about multicast.
  if (flow.dst == limited) result.type = RTN_BROADCAST;
  if (flow.dst.is_multicast()) result.type = RTN_MULTICAST;
  const IpAddress gateway = result.gateway;
  if (result.type == RTN_BROADCAST ||
      (result.type == RTN_MULTICAST && route.destination.length < 4)) {
    result.gateway = IpAddress();
  }
  if (!has_source) {  // fib_result_prefsrc
    result.source = route.preferred_source.valid()
                        ? route.preferred_source
                        : stack.SelectSource(gateway.v4() ? gateway : any,
                                             result.oif, route.scope);
  }
  return result;
}

// route.c:ip6_route_output_flags_noref and ip6_dst_lookup_tail.
RouteResult Resolver::Output6(const Stack& stack, const Flow& asked) {
  Flow flow = asked;
  if (flow.dst.is_any()) flow.dst = IpAddress::Any(AF_INET6).Plus(1);
  const bool has_source = flow.src.valid() && !flow.src.is_any();
  Options options;
  options.strict_interface =
      NeedsInterface(flow.dst) || (flow.oif != 0 && !has_source);
  FibResult found = Lookup(stack, flow, options);
  const Route* route = found.route;
  RouteResult result = Finish(stack, flow, std::move(found));
  if (!result.ok()) return result;
  const int device = result.oif;
  if (flow.dst.is_multicast()) result.type = RTN_MULTICAST;
  if (DeliversHere(*route)) {
    const Link* vrf = stack.VrfOf(result.oif);
    result.oif = vrf != nullptr ? vrf->ifindex : kLoopback;
  }
  if (has_source) {
    result.source = flow.src;
    return result;
  }
  result.source = route->preferred_source.valid()
                      ? route->preferred_source
                      : stack.SelectSource(flow.dst, device);
  if (!result.source.valid()) result.error = EADDRNOTAVAIL;
  return result;
}

// route.c:ip_route_input_slow, fib_frontend.c:__fib_validate_source.
RouteResult Resolver::Input4(const Stack& stack, Flow flow, int iif) {
  // drivers/net/vrf.c:vrf_ip_rcv: what a link of a VRF takes in comes by the
  // VRF.
  const Link* vrf = stack.VrfOf(iif);
  flow.iif = vrf != nullptr ? vrf->ifindex : iif;
  flow.oif = 0;
  const Netconf conf = stack.netconf(AF_INET, flow.iif);
  RouteResult result;
  if (flow.dst.v4_host_order() == INADDR_BROADCAST) {
    result.type = RTN_BROADCAST;
    result.oif = kLoopback;
    return result;
  }
  FibResult found = Lookup(stack, flow, {});
  if (found.error != 0) {
    if (!conf.forwarding) found.error = EHOSTUNREACH;
    return Finish(stack, flow, std::move(found));
  }
  const int rp_filter = std::max(
      conf.rp_filter, stack.netconf(AF_INET, NETCONFA_IFINDEX_ALL).rp_filter);
  if (rp_filter != 0 && flow.src.valid() && !flow.src.is_any()) {
    Flow back;
    back.dst = flow.src;
    back.src = flow.dst;
    back.iif = kLoopback;
    back.vrf = vrf != nullptr ? vrf->ifindex : 0;
    back.mark = flow.mark;
    back.tos = flow.tos;
    const FibResult reverse = Lookup(stack, back, {});
    const bool same_link =
        reverse.error == 0 &&
        std::any_of(reverse.hops.begin(), reverse.hops.end(),
                    [&](const Hop& hop) { return hop.oif == iif; });
    if (reverse.error != 0 || reverse.route->type != RTN_UNICAST ||
        (rp_filter == 1 && !same_link)) {
      result.error = EXDEV;
      return result;
    }
  }
  result = Finish(stack, flow, std::move(found));
  if (result.type == RTN_LOCAL || result.type == RTN_BROADCAST) {
    result.oif = kLoopback;
    return result;
  }
  if (!conf.forwarding) result.error = EHOSTUNREACH;
  if (result.error == 0 && result.type != RTN_UNICAST) result.error = EINVAL;
  return result;
}

// route.c:ip6_route_input, ip6_output.c:ip6_forward.
RouteResult Resolver::Input6(const Stack& stack, Flow flow, int iif) {
  const Link* vrf = stack.VrfOf(iif);
  flow.iif = vrf != nullptr ? vrf->ifindex : iif;
  flow.oif = 0;
  Options options;
  if (NeedsInterface(flow.dst)) {
    flow.oif = iif;
    options.strict_interface = true;
  }
  RouteResult result = Finish(stack, flow, Lookup(stack, flow, options));
  if (!result.ok()) return result;
  if (DeliversHere(*result.route)) {
    result.oif = kLoopback;
    return result;
  }
  if (!stack.netconf(AF_INET6, NETCONFA_IFINDEX_ALL).forwarding) {
    result.error = EHOSTUNREACH;
  }
  return result;
}

}  // namespace quiesce
