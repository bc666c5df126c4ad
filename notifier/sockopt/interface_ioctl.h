// The interface ioctls of any socket (net/core/dev_ioctl.c, net/ipv4/devinet.c:
// devinet_ioctl, net/ipv6/addrconf.c), answered from the node's stack.
#ifndef QUIESCE_NOTIFIER_SOCKOPT_INTERFACE_IOCTL_H_
#define QUIESCE_NOTIFIER_SOCKOPT_INTERFACE_IOCTL_H_

#include <cstdint>

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/node_kernel.h"

namespace quiesce {

// SIOCGIF*, SIOCSIF*, SIOCETHTOOL and their like: ENODEV for no such interface,
// EPERM without CAP_NET_ADMIN, ENOTTY for what is no interface ioctl at all.
// Requests of the file layer (FIONBIO, FIOASYNC ...) are Native.
Outcome InterfaceIoctl(Call& call, NodeKernel& kernel, uint32_t request,
                       GuestAddr argument);

// Answers an ioctl with an int behind `argument`.
Outcome WriteInt(Call& call, GuestAddr argument, int value);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_INTERFACE_IOCTL_H_
