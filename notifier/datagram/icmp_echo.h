// What a kernel does about ICMP echo requests: it answers them.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_
#define QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_

#include <optional>

#include "notifier/kernel/message.h"
#include "notifier/net/stack.h"

namespace quiesce {

// The reply to `request`, a datagram that has arrived where `stack` is; none
// unless it is an echo request to an address of its own
// (net/ipv4/icmp.c:icmp_echo, net/ipv6/icmp.c:icmpv6_echo_reply).
std::optional<Message> EchoReply(const Message& request, const Stack& stack);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_
