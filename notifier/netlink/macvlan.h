// Macvlan devices: further hardware addresses on another link
// (drivers/net/macvlan.c). VRRP has one for each virtual router.
#ifndef QUIESCE_NOTIFIER_NETLINK_MACVLAN_H_
#define QUIESCE_NOTIFIER_NETLINK_MACVLAN_H_

#include "notifier/netlink/request.h"

namespace quiesce {

// What IFLA_LINK and IFLA_INFO_DATA of a new device say
// (macvlan_common_newlink).
NetResult MakeMacvlan(const Stack& stack, const Attributes& attributes,
                      Link* link);
// Its IFLA_INFO_DATA (macvlan_fill_info).
void FillMacvlan(const Link& link, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_MACVLAN_H_
