// Where generated networks take their numbers from. Four ranges that do not
// meet, so that no two numbers of one network clash:
//
//                 IPv4                       IPv6
//   originated    10.0.0.0/8, a /24 each     fd00:10::/32, a /64 each
//   links         172.16.0.0/12, a /31 each  fd00:172::/32, a /127 each
//   router        192.168.0.0/16, a /32      fd00:192::/32, a /128
//
// Number n of a range, for n = 0, 1, 2 ...:
//
//   prefix n      10.(n/256).(n%256).0/24, its .1 on the originator's lo;
//                 fd00:10:(n/65536):(n%65536)::/64 (in hexadecimal), ::1
//   link n        172.16.0.0 + 2n is end a, + 2n+1 end b (RFC 3021);
//                 fd00:172:(n/65536):(n%65536)::0 and ::1 (RFC 6164)
//   router n      192.168.0.0 + n + 1, which is its router id with IPv6 too;
//                 fd00:192::(n+1)
//
// That is room for 65,536 prefixes, 524,288 links and 65,534 routers: a
// fat-tree of k=60 has 54,000, 108,000 and 4,500.
//
// AS number n is 64512 + n as long as the whole network fits below 65535, else
// 4200000000 + n: both are private (RFC 6996).
#ifndef QUIESCE_TOPO_ADDRESS_PLAN_H_
#define QUIESCE_TOPO_ADDRESS_PLAN_H_

#include <cstdint>

#include "notifier/base/ip.h"

namespace quiesce {

class AddressPlan {
 public:
  static constexpr int kMaxPrefixes = 65536;
  static constexpr int kMaxLinks = 524288;
  static constexpr int kMaxRouters = 65534;

  // The n-th originated prefix, and the address its originator owns in it,
  // with the prefix's length. `family` is AF_INET or AF_INET6.
  static IpPrefix Prefix(int family, int n);
  static IpPrefix PrefixOwner(int family, int n);
  // End 0 or 1 of the n-th link.
  static IpPrefix LinkAddress(int family, int n, int end);
  static IpPrefix Loopback(int family, int n);
  static IpAddress RouterId(int n);
  // The n-th AS of a network that has `count` of them.
  static uint32_t Asn(int n, int count);
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_ADDRESS_PLAN_H_
