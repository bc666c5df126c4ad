// SIOCGARP, SIOCSARP and SIOCDARP: neighbours by ioctl, as arp(8) and VRRP
// daemons ask for them (net/ipv4/arp.c:arp_ioctl).
#ifndef QUIESCE_NOTIFIER_SOCKOPT_ARP_IOCTL_H_
#define QUIESCE_NOTIFIER_SOCKOPT_ARP_IOCTL_H_

#include <cstdint>

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/net/stack.h"

namespace quiesce {

// `request` is one of the three.
Outcome ArpIoctl(Call& call, Stack& stack, uint32_t request,
                 GuestAddr argument);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_ARP_IOCTL_H_
