// Families that have nothing to show here, answered as a kernel answers that
// has none of it: namespace ids, queueing disciplines, neighbour table
// parameters.
#ifndef QUIESCE_NOTIFIER_NETLINK_OTHER_H_
#define QUIESCE_NOTIFIER_NETLINK_OTHER_H_

#include "notifier/netlink/request.h"

namespace quiesce {

// net/core/net_namespace.c:rtnl_net_getid: no peer namespace has an id.
NetResult GetNamespaceId(const Request& request, Replies& replies);
NetResult DumpNothing(const Request& request, Replies& replies);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_OTHER_H_
