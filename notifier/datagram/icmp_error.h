// ICMP errors: what they mean to the socket whose datagram they are about, and
// what they look like to raw ICMP sockets.
//
// A message of kind kIcmpError is about a datagram of this node; here it has
// the datagram's own source and destination, whoever made it.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_ICMP_ERROR_H_
#define QUIESCE_NOTIFIER_DATAGRAM_ICMP_ERROR_H_

// clang-format off
#include <time.h>
#include <linux/errqueue.h>  // wants time.h first
// clang-format on

#include <string>

#include "notifier/base/ip.h"
#include "notifier/kernel/message.h"

namespace quiesce {

// Whether also sockets are told that have not asked for errors, if they are
// connected (net/ipv4/icmp.c:icmp_err_convert, net/ipv6/icmp.c:
// icmpv6_err_convert). `value` as Message::value.
bool IsHard(int family, uint64_t value);

// What recvmsg(2) with MSG_ERRQUEUE tells (net/ipv4/ip_sockglue.c:
// ip_icmp_error, ip_recv_error, and their IPv6 twins).
struct QueuedError {
  sock_extended_err report{};
  Endpoint destination;  // of the datagram
  IpAddress offender;
  int iif = 0;
  std::string payload;  // of the datagram, as much as the error quotes

  // The data of the control message IP_RECVERR or IPV6_RECVERR.
  std::string Control() const;
};

QueuedError ErrorFor(const Message& error);

// The error as the datagram that it is on the link: to this node's raw ICMP
// sockets.
Message IcmpMessageOf(const Message& error);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_ICMP_ERROR_H_
