// Opening files that tell about the node's network, time or chance. A few
// paths are answered with a file of our own making; every other open is
// Native.
//
// What routing daemons of Debian 12 open of /proc, /sys and /dev (strace):
//   zebra, bgpd, ospfd, staticd: /proc/self/ns/net, /proc/self/task/TID/comm;
//     zebra asks whether there is a /proc/sys/net/mpls, reads /proc/net/snmp
//     for "show ip forwarding" and writes /proc/sys/net/ipv4/ip_forward and
//     /proc/sys/net/ipv6/conf/all/forwarding for "ip forwarding"
//   bird: /dev/console, /proc/sys/crypto/fips_enabled
//   gobgpd: /proc/sys/net/core/somaxconn, /sys/kernel/mm/transparent_hugepage
// The rest is here for net-tools, ss, sysctl and scripts.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

Outcome SysOpen(Call& call);
Outcome SysOpenat(Call& call);
Outcome SysOpenat2(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_
