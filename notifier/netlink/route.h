// RTM_*ROUTE: net/ipv4/fib_frontend.c, fib_semantics.c, route.c and
// net/ipv6/route.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_ROUTE_H_
#define QUIESCE_NOTIFIER_NETLINK_ROUTE_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewRoute4(const Request& request, Replies& replies);
NetResult NewRoute6(const Request& request, Replies& replies);
NetResult DeleteRoute4(const Request& request, Replies& replies);
NetResult DeleteRoute6(const Request& request, Replies& replies);
// `ip route get`.
NetResult GetRoute4(const Request& request, Replies& replies);
NetResult GetRoute6(const Request& request, Replies& replies);
NetResult DumpRoutes4(const Request& request, Replies& replies);
NetResult DumpRoutes6(const Request& request, Replies& replies);

// fib_dump_info, rt6_fill_node: a route as the tables hold it.
void FillRoute(const Stack& stack, const Route& route, MessageWriter& message);
// The same, showing another table and type than the route's own, as a lookup
// does that found it.
void FillRouteAs(const Stack& stack, const Route& route, uint32_t table,
                 uint8_t type, MessageWriter& message);
// RTA_METRICS, if there are any.
void FillMetrics(const Route& route, MessageWriter& message);
// The attributes of one way out (fib_nexthop_info) and the RTNH_F_* flags that
// go with it.
uint32_t FillHop(const Stack& stack, int family, const Hop& hop, bool with_oif,
                 MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_ROUTE_H_
