// RTM_*ROUTE of multicast routing: net/ipv4/ipmr.c, net/ipv6/ip6mr.c,
// net/ipv4/ipmr_base.c. Counters are zero.
#ifndef QUIESCE_NOTIFIER_NETLINK_MULTICAST_ROUTE_H_
#define QUIESCE_NOTIFIER_NETLINK_MULTICAST_ROUTE_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult GetMulticastRoute4(const Request& request, Replies& replies);
NetResult GetMulticastRoute6(const Request& request, Replies& replies);
NetResult DumpMulticastRoutes4(const Request& request, Replies& replies);
NetResult DumpMulticastRoutes6(const Request& request, Replies& replies);

// ipmr_fill_mroute.
void FillMulticastRoute(Stack& stack, const MulticastRoute& route,
                        MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_MULTICAST_ROUTE_H_
