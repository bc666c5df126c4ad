// What raw sockets see of IP's headers, and the sums in them.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_IP_HEADER_H_
#define QUIESCE_NOTIFIER_DATAGRAM_IP_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/kernel/message.h"

namespace quiesce {

// The sum of RFC 1071 in network order, over `bytes` padded to words and
// `more` in host order; 0 over what carries its own sum.
uint16_t InternetChecksum(absl::string_view bytes, uint32_t more = 0);

// RFC 768, RFC 8200, 8.1: the sum, in host order, of what is summed beside the
// payload.
uint32_t PseudoHeaderSum(const Message& m);

// The header in front of an IPv4 datagram that has arrived.
std::string Ipv4Header(const Message& m);

// A datagram as it is on a link, from IP's header on; `transport` is where that
// ends.
std::string IpPacket(const Message& m, size_t* transport = nullptr);

// A datagram that a guest has written with its header (IP_HDRINCL): fills in
// what the header says and takes it off. 0 or EINVAL (raw.c:raw_send_hdrinc).
int TakeIpv4Header(Message* m);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_IP_HEADER_H_
