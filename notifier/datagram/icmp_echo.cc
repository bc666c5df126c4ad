#include "notifier/datagram/icmp_echo.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <cstring>

#include "notifier/datagram/ip_header.h"

namespace quiesce {

std::optional<Message> EchoReply(const Message& request, const Stack& stack) {
  const bool v4 = request.destination.address.v4();
  const uint8_t asks = v4 ? uint8_t{ICMP_ECHO} : uint8_t{ICMP6_ECHO_REQUEST};
  const uint8_t says = v4 ? uint8_t{ICMP_ECHOREPLY} : uint8_t{ICMP6_ECHO_REPLY};
  if (request.protocol != (v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}) ||
      request.payload.size() < sizeof(icmphdr) ||
      static_cast<uint8_t>(request.payload[0]) != asks ||
      request.payload[1] != 0) {
    return std::nullopt;
  }
  // IPv4 ignores requests to many (net.ipv4.icmp_echo_ignore_broadcasts).
  const bool many = !v4 && request.destination.address.is_multicast();
  if (v4 && (request.destination.address.is_multicast() ||
             stack.IsBroadcast(request.destination.address))) {
    return std::nullopt;
  }
  Message reply;
  reply.kind = MessageKind::kDatagram;
  reply.protocol = request.protocol;
  reply.source = request.destination;
  if (many) {
    reply.source.address =
        stack.SelectSource(request.source.address, request.iif);
  }
  reply.destination = request.source;
  reply.tos = request.tos;
  reply.session = request.session;
  reply.opener = request.opener;
  reply.from_opener = false;
  reply.sequence = request.sequence;
  if (const Link* vrf = stack.VrfOf(request.iif)) reply.oif = vrf->ifindex;
  if (request.source.address.v6() && request.source.address.is_link_local()) {
    reply.oif = request.iif;
  }
  if (request.from == request.to) reply.to = request.from;
  reply.payload = request.payload;
  reply.payload[0] = static_cast<char>(says);
  reply.payload[2] = reply.payload[3] = 0;
  const uint16_t check =
      InternetChecksum(reply.payload, v4 ? 0 : PseudoHeaderSum(reply));
  memcpy(&reply.payload[2], &check, sizeof(check));
  return reply;
}

bool IsEcho(int family, absl::string_view message) {
  const int asks = family == AF_INET ? int{ICMP_ECHO} : int{ICMP6_ECHO_REQUEST};
  return message.size() >= sizeof(icmphdr) &&
         static_cast<uint8_t>(message[0]) == asks && message[1] == 0;
}

bool IsEchoReply(int family, absl::string_view message, uint16_t identifier) {
  const int says =
      family == AF_INET ? int{ICMP_ECHOREPLY} : int{ICMP6_ECHO_REPLY};
  icmphdr header;
  if (message.size() < sizeof(header)) return false;
  memcpy(&header, message.data(), sizeof(header));
  return header.type == says && ntohs(header.un.echo.id) == identifier;
}

void SetIdentifier(uint16_t identifier, std::string* message) {
  icmphdr header;
  memcpy(&header, message->data(), sizeof(header));
  header.un.echo.id = htons(identifier);
  header.checksum = 0;
  memcpy(message->data(), &header, sizeof(header));
}

}  // namespace quiesce
