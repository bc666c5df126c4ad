// RTM_*ADDR: net/ipv4/devinet.c, net/ipv6/addrconf.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_ADDRESS_H_
#define QUIESCE_NOTIFIER_NETLINK_ADDRESS_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewAddress(const Request& request, Replies& replies);
NetResult DeleteAddress(const Request& request, Replies& replies);
// IPv6 only, as in Linux.
NetResult GetAddress(const Request& request, Replies& replies);
NetResult DumpAddresses4(const Request& request, Replies& replies);
NetResult DumpAddresses6(const Request& request, Replies& replies);

void FillAddress(const Address& address, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_ADDRESS_H_
