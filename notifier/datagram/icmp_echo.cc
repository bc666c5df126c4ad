#include "notifier/datagram/icmp_echo.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <cstring>
#include <string>

namespace quiesce {
namespace {

// RFC 1071, over bytes that are padded to words.
uint32_t Sum(const std::string& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint32_t byte = static_cast<uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
  }
  return sum;
}

// RFC 4443, 2.3: IPv6 sums its addresses, the length and the next header, too.
uint32_t PseudoHeader(const Message& m) {
  std::string bytes;
  for (const IpAddress& address : {m.source.address, m.destination.address}) {
    in6_addr in = address.in6();
    bytes.append(reinterpret_cast<const char*>(&in), sizeof(in));
  }
  return Sum(bytes) + m.payload.size() + IPPROTO_ICMPV6;
}

}  // namespace

std::optional<Message> EchoReply(const Message& request, const Stack& stack) {
  const bool v4 = request.destination.address.v4();
  const uint8_t asks = v4 ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST};
  const uint8_t says = v4 ? uint8_t{ICMP_ECHOREPLY} : uint8_t{ICMP6_ECHO_REPLY};
  if (request.protocol != (v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}) ||
      request.payload.size() < sizeof(icmphdr) ||
      static_cast<uint8_t>(request.payload[0]) != asks ||
      request.payload[1] != 0 || !stack.IsLocal(request.destination.address)) {
    return std::nullopt;
  }
  Message reply;
  reply.kind = MessageKind::kDatagram;
  reply.protocol = request.protocol;
  reply.source = request.destination;
  reply.destination = request.source;
  reply.tos = request.tos;
  reply.opener = request.to;
  if (request.source.address.v6() && request.source.address.is_link_local()) {
    reply.oif = request.iif;
  }
  if (request.from == request.to) reply.to = request.from;
  reply.payload = request.payload;
  reply.payload[0] = static_cast<char>(says);
  reply.payload[2] = reply.payload[3] = 0;
  uint32_t sum = Sum(reply.payload) + (v4 ? 0 : PseudoHeader(reply));
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  const uint16_t check = htons(static_cast<uint16_t>(~sum));
  memcpy(&reply.payload[2], &check, sizeof(check));
  return reply;
}

}  // namespace quiesce
