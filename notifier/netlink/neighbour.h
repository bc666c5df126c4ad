// RTM_*NEIGH: net/core/neighbour.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_NEIGHBOUR_H_
#define QUIESCE_NOTIFIER_NETLINK_NEIGHBOUR_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewNeighbour(const Request& request, Replies& replies);
NetResult DeleteNeighbour(const Request& request, Replies& replies);
NetResult GetNeighbour(const Request& request, Replies& replies);
NetResult DumpNeighbours(const Request& request, Replies& replies);
// A bridge's forwarding database, which is always empty.
NetResult DumpForwardingDatabase(const Request& request, Replies& replies);

void FillNeighbour(const Neighbour& neighbour, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_NEIGHBOUR_H_
