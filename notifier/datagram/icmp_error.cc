#include "notifier/datagram/icmp_error.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "notifier/datagram/ip_header.h"
#include "notifier/stream/tcp_connection.h"

namespace quiesce {
namespace {

// How much a node quotes: so much that the error has no more than 576 bytes
// (net/ipv4/icmp.c:icmp_send), or 1280 (net/ipv6/icmp.c:icmp6_send).
constexpr size_t kQuoted4 = 576 - 20 - 8;
constexpr size_t kQuoted6 = 1280 - 40 - 8;

}  // namespace

bool IsHard(int family, uint64_t value) {
  const uint64_t type = value >> 8, code = value & 0xff;
  const auto among = [code](std::initializer_list<uint64_t> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  if (family == AF_INET6) {
    if (type == ICMPV6_PARAMPROB) return true;
    return type == ICMPV6_DEST_UNREACH &&
           among({ICMPV6_ADM_PROHIBITED, ICMPV6_PORT_UNREACH,
                  ICMPV6_POLICY_FAIL, ICMPV6_REJECT_ROUTE});
  }
  if (type == ICMP_PARAMETERPROB) return true;
  return type == ICMP_DEST_UNREACH &&
         among({ICMP_PROT_UNREACH, ICMP_PORT_UNREACH, ICMP_NET_UNKNOWN,
                ICMP_HOST_UNKNOWN, ICMP_HOST_ISOLATED, ICMP_NET_ANO,
                ICMP_HOST_ANO, ICMP_PKT_FILTERED, ICMP_PREC_VIOLATION,
                ICMP_PREC_CUTOFF});
}

std::string QueuedError::Control() const {
  std::string bytes(reinterpret_cast<const char*>(&report), sizeof(report));
  if (destination.address.v4()) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr = offender.in4();
    return bytes.append(reinterpret_cast<const char*>(&name), sizeof(name));
  }
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = offender.in6();
  if (offender.is_link_local()) name.sin6_scope_id = iif;
  return bytes.append(reinterpret_cast<const char*>(&name), sizeof(name));
}

QueuedError ErrorFor(const Message& error) {
  const bool v4 = error.destination.address.v4();
  QueuedError queued;
  queued.report.ee_errno =
      IcmpErrno(error.destination.address.family(), error.value);
  queued.report.ee_origin = v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6;
  queued.report.ee_type = error.value >> 8;
  queued.report.ee_code = error.value & 0xff;
  queued.destination = error.destination;
  queued.offender = error.reporter;
  queued.iif = error.iif;
  queued.payload = error.payload;
  // Behind the headers that are quoted, too.
  size_t transport = 0;
  const size_t headers =
      IpPacket(error, &transport).size() - error.payload.size();
  const size_t room = (v4 ? kQuoted4 : kQuoted6) - headers;
  queued.payload.resize(std::min(queued.payload.size(), room));
  return queued;
}

Message IcmpMessageOf(const Message& error) {
  const bool v4 = error.destination.address.v4();
  Message m;
  m.kind = MessageKind::kDatagram;
  m.protocol = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  m.from = error.from;
  m.to = error.to;
  m.iif = error.iif;
  m.source.address = error.reporter;
  m.destination.address = error.source.address;
  m.payload.assign(8, '\0');
  m.payload[0] = static_cast<char>(error.value >> 8);
  m.payload[1] = static_cast<char>(error.value & 0xff);
  Message quoted = error;
  // A router that lets a datagram's time run out has counted it down.
  const int exceeded = v4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEED;
  if (error.value >> 8 == static_cast<uint64_t>(exceeded)) quoted.ttl = 1;
  m.payload += IpPacket(quoted).substr(0, v4 ? kQuoted4 : kQuoted6);
  const uint16_t check =
      InternetChecksum(m.payload, v4 ? 0 : PseudoHeaderSum(m));
  memcpy(&m.payload[2], &check, sizeof(check));
  return m;
}

}  // namespace quiesce
