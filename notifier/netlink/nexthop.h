// RTM_*NEXTHOP: net/ipv4/nexthop.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_NEXTHOP_H_
#define QUIESCE_NOTIFIER_NETLINK_NEXTHOP_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewNexthop(const Request& request, Replies& replies);
NetResult DeleteNexthop(const Request& request, Replies& replies);
NetResult GetNexthop(const Request& request, Replies& replies);
NetResult DumpNexthops(const Request& request, Replies& replies);

void FillNexthop(const NexthopObject& nexthop, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_NEXTHOP_H_
