// What a kernel does about ICMP echo requests: it answers them.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_
#define QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/kernel/message.h"
#include "notifier/net/stack.h"

namespace quiesce {

// The reply to `request`, a datagram that has arrived where `stack` is; none
// unless it is an echo request to an address of its own
// (net/ipv4/icmp.c:icmp_echo, net/ipv6/icmp.c:icmpv6_echo_reply).
std::optional<Message> EchoReply(const Message& request, const Stack& stack);

// Whether an ICMP message of that family is an echo request as ICMP sockets may
// send them (ping.c:ping_supported).
bool IsEcho(int family, absl::string_view message);
// Whether it is an answer to one of identifier `identifier`.
bool IsEchoReply(int family, absl::string_view message, uint16_t identifier);
// Fills in what the kernel does, all but the sum.
void SetIdentifier(uint16_t identifier, std::string* message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_ICMP_ECHO_H_
