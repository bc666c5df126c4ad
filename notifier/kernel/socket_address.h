// sockaddr_in and sockaddr_in6 as guests write them, and endpoints as we keep
// them: an endpoint is never v4-mapped.
#ifndef QUIESCE_NOTIFIER_KERNEL_SOCKET_ADDRESS_H_
#define QUIESCE_NOTIFIER_KERNEL_SOCKET_ADDRESS_H_

#include <cstdint>
#include <string>

#include "notifier/base/errno_or.h"
#include "notifier/base/ip.h"
#include "notifier/kernel/socket.h"

namespace quiesce {

// sa_family; AF_UNSPEC where the address is too short to have one.
int FamilyOf(const SockAddr& address);

// The address given to bind(2) on a socket of `family`
// (net/ipv4/af_inet.c:inet_bind_sk, net/ipv6/af_inet6.c:inet6_bind_sk): EINVAL
// if too short, EAFNOSUPPORT for another family; AF_UNSPEC with 0.0.0.0 is
// accepted on AF_INET. A v4-mapped address comes out as IPv4.
ErrnoOr<Endpoint> ParseBindAddress(int family, const SockAddr& address);

// The same for connect(2) and for destinations of datagrams. An AF_INET6 socket
// takes an AF_INET address only where Linux does: not for TCP.
ErrnoOr<Endpoint> ParseDestination(int family, const SockAddr& address);

// As a socket of `family` shows it: IPv4 on AF_INET6 is v4-mapped, no address
// at all is the wildcard.
SockAddr FormatAddress(int family, const Endpoint& endpoint);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_SOCKET_ADDRESS_H_
