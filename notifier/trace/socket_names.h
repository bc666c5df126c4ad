// The names that sockets use.
#ifndef QUIESCE_NOTIFIER_TRACE_SOCKET_NAMES_H_
#define QUIESCE_NOTIFIER_TRACE_SOCKET_NAMES_H_

#include <string>

#include "notifier/trace/names.h"

namespace quiesce {

Names AddressFamilies();
Names MessageFlags();
Names EtherTypes();
Names NetlinkProtocols();
Names IpProtocols();

// "SOCK_STREAM|SOCK_NONBLOCK". A type of 0 (accept4's flags) is left out.
std::string FormatSocketType(int type);
// Depends on the family of the socket: "IPPROTO_TCP", "NETLINK_ROUTE",
// "htons(ETH_P_ALL)".
std::string FormatProtocol(int family, int protocol);
std::string FormatShutdownHow(int how);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_SOCKET_NAMES_H_
