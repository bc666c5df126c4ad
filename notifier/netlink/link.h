// RTM_*LINK: net/core/rtnetlink.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_LINK_H_
#define QUIESCE_NOTIFIER_NETLINK_LINK_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewLink(const Request& request, Replies& replies);
NetResult SetLink(const Request& request, Replies& replies);
NetResult DeleteLink(const Request& request, Replies& replies);
NetResult GetLink(const Request& request, Replies& replies);
NetResult DumpLinks(const Request& request, Replies& replies);
// The ports of bridges; there is no VLAN or port state to show.
NetResult DumpBridgeLinks(const Request& request, Replies& replies);

// rtnl_fill_ifinfo.
void FillLink(const Stack& stack, const Link& link, uint32_t change,
              MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_LINK_H_
