// The IPv6 forwarding tables: net/ipv6/route.c and ip6_fib.c. Static functions
// on a stack, used by it alone.
#ifndef QUIESCE_NOTIFIER_NET_FIB6_H_
#define QUIESCE_NOTIFIER_NET_FIB6_H_

#include "notifier/net/stack.h"

namespace quiesce {

class Fib6 {
 public:
  // ip6_route_add, or ip6_route_multipath_add for several hops.
  static NetResult Insert(Stack& stack, Route route, int nlm_flags);
  // ip6_route_del, ip6_route_multipath_del.
  static NetResult Delete(Stack& stack, const RouteMatch& match);
  // Kernel routes: no request, no check of the nexthop's state.
  static void Add(Stack& stack, Route route);
  static void Remove(Stack& stack, const IpPrefix& prefix, uint32_t table,
                     uint8_t type, int ifindex, uint32_t priority);
  // rt6_sync_down_dev with NETDEV_DOWN or _UNREGISTER, and with NETDEV_CHANGE.
  static void DeviceDown(Stack& stack, int ifindex, bool unregister);
  static void CarrierLost(Stack& stack, int ifindex);
  // rt6_sync_up.
  static void DeviceUp(Stack& stack, int ifindex, uint32_t flags);
  static void NexthopGone(Stack& stack, uint32_t id);
  // rt6_remove_prefsrc.
  static void SourceGone(Stack& stack, const IpAddress& address, int ifindex);
  // fib6_nh_init: resolves the device, checks the gateway.
  static NetResult CheckHop(const Stack& stack, uint32_t table, Hop& hop);

 private:
  static NetResult Create(const Stack& stack, Route& route);
  static NetResult InsertOne(Stack& stack, Route route, int nlm_flags,
                             bool notify, Route** inserted);
  static NetResult ValidateGateway(const Stack& stack, uint32_t table,
                                   Hop& hop);
  static NetResult DeleteOne(Stack& stack, const RouteMatch& match,
                             const Hop& hop, bool all_hops);
};

// RTF_LOCAL or RTF_ANYCAST: a user may make the former, not the latter.
bool DeliversHere(const Route& route);
// route.c:rt6_duplicate_nexthop: whether `route` has this way out already.
bool LeadsTheSameWay(const Route& route, const Hop& hop, uint32_t nexthop_id);
// rt6_qualify_for_ecmp.
bool QualifiesForEcmp(const Route& route);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_FIB6_H_
