// RTM_GETNETCONF: net/ipv4/devinet.c, net/ipv6/addrconf.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_NETCONF_H_
#define QUIESCE_NOTIFIER_NETLINK_NETCONF_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult GetNetconf4(const Request& request, Replies& replies);
NetResult GetNetconf6(const Request& request, Replies& replies);
NetResult DumpNetconf4(const Request& request, Replies& replies);
NetResult DumpNetconf6(const Request& request, Replies& replies);

void FillNetconf(int family, int ifindex, const Netconf& netconf,
                 MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_NETCONF_H_
