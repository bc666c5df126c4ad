#include "notifier/datagram/ip_header.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

#include <cstring>

namespace quiesce {
namespace {

uint32_t Sum(absl::string_view bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint32_t byte = static_cast<uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
  }
  return sum;
}

}  // namespace

uint16_t InternetChecksum(absl::string_view bytes, uint32_t more) {
  uint32_t sum = Sum(bytes) + more;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons(static_cast<uint16_t>(~sum));
}

uint32_t PseudoHeaderSum(const Message& m) {
  std::string bytes;
  for (const IpAddress& address : {m.source.address, m.destination.address}) {
    bytes.append(reinterpret_cast<const char*>(address.bytes()),
                 address.size());
  }
  return Sum(bytes) + m.payload.size() + m.protocol;
}

std::string Ipv4Header(const Message& m) {
  iphdr header{};
  header.version = 4;
  header.ihl = 5;
  header.tos = m.tos;
  header.tot_len = htons(sizeof(header) + m.payload.size());
  header.ttl = m.ttl;
  header.protocol = m.protocol;
  header.saddr = m.source.address.in4().s_addr;
  header.daddr = m.destination.address.in4().s_addr;
  std::string bytes(reinterpret_cast<char*>(&header), sizeof(header));
  const uint16_t check = InternetChecksum(bytes);
  memcpy(&bytes[offsetof(iphdr, check)], &check, sizeof(check));
  return bytes;
}

std::string IpPacket(const Message& m, size_t* transport) {
  Message inner = m;
  const bool v4 = m.destination.address.v4();
  if (m.protocol == IPPROTO_UDP || m.protocol == IPPROTO_UDPLITE) {
    udphdr header{};
    header.source = htons(m.source.port);
    header.dest = htons(m.destination.port);
    header.len = htons(sizeof(header) + m.payload.size());
    inner.payload.insert(0, reinterpret_cast<char*>(&header), sizeof(header));
    const uint16_t check =
        InternetChecksum(inner.payload, PseudoHeaderSum(inner));
    memcpy(&inner.payload[offsetof(udphdr, check)], &check, sizeof(check));
  }
  std::string packet;
  if (v4) {
    packet = Ipv4Header(inner);
  } else {
    ip6_hdr header{};
    header.ip6_flow = htonl(6u << 28 | uint32_t{m.tos} << 20);
    header.ip6_plen = htons(inner.payload.size());
    header.ip6_nxt = m.protocol;
    header.ip6_hlim = m.ttl;
    header.ip6_src = m.source.address.in6();
    header.ip6_dst = m.destination.address.in6();
    packet.assign(reinterpret_cast<char*>(&header), sizeof(header));
  }
  if (transport != nullptr) *transport = packet.size();
  return packet + inner.payload;
}

int TakeIpv4Header(Message* m) {
  iphdr header;
  if (m->payload.size() < sizeof(header)) return EINVAL;
  memcpy(&header, m->payload.data(), sizeof(header));
  const size_t length = header.ihl * 4;
  if (length < sizeof(header) || length > m->payload.size()) return EINVAL;
  m->ttl = header.ttl;
  m->tos = header.tos;
  m->protocol = header.protocol;
  if (header.saddr != 0) {
    m->source.address = IpAddress::From(in_addr{header.saddr});
  }
  m->payload.erase(0, length);
  return 0;
}

}  // namespace quiesce
