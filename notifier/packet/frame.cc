#include "notifier/packet/frame.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include <algorithm>
#include <cstring>

#include "notifier/datagram/ip_header.h"

namespace quiesce {
namespace {

uint16_t Word(const std::string& bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) << 8 |
         static_cast<uint8_t>(bytes[at + 1]);
}

std::string Bytes(const MacAddress& mac) {
  return std::string(reinterpret_cast<const char*>(mac.data()), mac.size());
}

// Where a datagram to that address goes on an Ethernet (RFC 1112, 6.4;
// RFC 2464, 7); `own` is the receiver's.
MacAddress DestinationOf(const IpAddress& address, const Stack& stack,
                         const MacAddress& own) {
  const uint8_t* b = address.bytes();
  if (address.is_multicast()) {
    if (address.v6()) return {0x33, 0x33, b[12], b[13], b[14], b[15]};
    return {0x01, 0x00, 0x5e, static_cast<uint8_t>(b[1] & 0x7f), b[2], b[3]};
  }
  if (stack.IsBroadcast(address)) return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  return own;
}

uint8_t TypeOf(const std::string& bytes, const Link& link) {
  if (bytes.compare(0, 6, Bytes(link.mac)) == 0) return PACKET_HOST;
  if (bytes.compare(0, 6, Bytes(link.broadcast)) == 0) return PACKET_BROADCAST;
  return bytes[0] & 1 ? PACKET_MULTICAST : PACKET_OTHERHOST;
}

void SetPorts(Message* m) {
  if (m->protocol != IPPROTO_UDP && m->protocol != IPPROTO_UDPLITE) return;
  constexpr size_t kUdpHeader = 8;
  if (m->payload.size() < kUdpHeader) return;
  m->source.port = Word(m->payload, 0);
  m->destination.port = Word(m->payload, 2);
  m->payload.erase(0, kUdpHeader);
}

}  // namespace

uint16_t ProtocolOf(const std::string& bytes) {
  const uint16_t word = Word(bytes, 12);
  if (word >= ETH_P_802_3_MIN) return word;
  const bool novell = bytes.size() >= 16 && Word(bytes, 14) == 0xffff;
  return novell ? ETH_P_802_3 : ETH_P_802_2;
}

std::optional<Frame> FrameOf(const Message& message, const Stack& stack) {
  const Link* link = stack.FindLink(message.iif);
  if (link == nullptr) return std::nullopt;
  Frame frame;
  frame.ifindex = message.iif;
  if (message.kind == MessageKind::kFrame) {
    if (message.payload.size() < kEthernetHeader) return std::nullopt;
    frame.bytes = message.payload;
  } else {
    const bool v4 = message.destination.address.v4();
    frame.bytes =
        Bytes(DestinationOf(message.destination.address, stack, link->mac)) +
        Bytes(message.mac) + (v4 ? std::string("\x08\x00", 2) : "\x86\xdd") +
        IpPacket(message);
  }
  frame.protocol = ProtocolOf(frame.bytes);
  frame.type = TypeOf(frame.bytes, *link);
  return frame;
}

std::optional<Message> DatagramIn(const Frame& frame, const Message& message,
                                  const Stack& stack) {
  if (frame.type == PACKET_OTHERHOST) return std::nullopt;
  Message m;
  m.kind = MessageKind::kDatagram;
  m.payload = frame.bytes.substr(kEthernetHeader);
  if (frame.protocol == ETH_P_IP) {
    iphdr header;
    if (m.payload.size() < sizeof(header)) return std::nullopt;
    memcpy(&header, m.payload.data(), sizeof(header));
    const size_t total = ntohs(header.tot_len);
    if (header.version != 4 || total > m.payload.size() ||
        (ntohs(header.frag_off) & 0x3fff) != 0) {
      return std::nullopt;
    }
    m.payload.resize(total);
    m.destination.address = IpAddress::From(in_addr{header.daddr});
    m.source.address = IpAddress::From(in_addr{header.saddr});
    if (TakeIpv4Header(&m) != 0) return std::nullopt;
  } else if (frame.protocol == ETH_P_IPV6) {
    ip6_hdr header;
    if (m.payload.size() < sizeof(header)) return std::nullopt;
    memcpy(&header, m.payload.data(), sizeof(header));
    const size_t length = ntohs(header.ip6_plen);
    if (header.ip6_vfc >> 4 != 6 ||
        length > m.payload.size() - sizeof(header)) {
      return std::nullopt;
    }
    m.payload = m.payload.substr(sizeof(header), length);
    m.destination.address = IpAddress::From(header.ip6_dst);
    m.source.address = IpAddress::From(header.ip6_src);
    m.protocol = header.ip6_nxt;
    m.ttl = header.ip6_hlim;
    m.tos = ntohl(header.ip6_flow) >> 20 & 0xff;
  } else {
    return std::nullopt;
  }
  // TCP's segments are no messages.
  if (m.protocol == IPPROTO_TCP) return std::nullopt;
  const IpAddress& to = m.destination.address;
  const IpAddress& source = m.source.address;
  // fib_frontend.c:__fib_validate_source.
  if (source.v4() && (source.is_multicast() || stack.IsLocal(source))) {
    return std::nullopt;
  }
  if (!stack.IsLocal(to, frame.ifindex) && !stack.Hears(frame.ifindex, to)) {
    return std::nullopt;
  }
  SetPorts(&m);
  m.from = message.from;
  m.to = message.to;
  m.opener = message.from;
  m.iif = frame.ifindex;
  return m;
}

}  // namespace quiesce
