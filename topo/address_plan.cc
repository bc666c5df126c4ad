#include "topo/address_plan.h"

#include <sys/socket.h>

namespace quiesce {
namespace {

constexpr uint32_t kPrefixes4 = 0x0a000000;  // 10.0.0.0
constexpr uint32_t kLinks4 = 0xac100000;     // 172.16.0.0
constexpr uint32_t kRouters4 = 0xc0a80000;   // 192.168.0.0

// The second 16 bits of fd00:SECOND:HIGH:LOW::, written as they are read.
constexpr uint16_t kPrefixes6 = 0x10;
constexpr uint16_t kLinks6 = 0x172;
constexpr uint16_t kRouters6 = 0x192;

constexpr int kFirst16BitAs = 64512;
constexpr int k16BitAses = 65534 - kFirst16BitAs + 1;
constexpr uint32_t kFirst32BitAs = 4200000000;

IpAddress V6(uint16_t second, int subnet, uint32_t host) {
  const uint8_t bytes[16] = {0xfd,
                             0,
                             static_cast<uint8_t>(second >> 8),
                             static_cast<uint8_t>(second),
                             static_cast<uint8_t>(subnet >> 24),
                             static_cast<uint8_t>(subnet >> 16),
                             static_cast<uint8_t>(subnet >> 8),
                             static_cast<uint8_t>(subnet),
                             0,
                             0,
                             0,
                             0,
                             static_cast<uint8_t>(host >> 24),
                             static_cast<uint8_t>(host >> 16),
                             static_cast<uint8_t>(host >> 8),
                             static_cast<uint8_t>(host)};
  return IpAddress::FromBytes(AF_INET6, bytes);
}

}  // namespace

IpPrefix AddressPlan::Prefix(int family, int n) {
  if (family == AF_INET) return {IpAddress::V4(kPrefixes4 + 256u * n), 24};
  return {V6(kPrefixes6, n, 0), 64};
}

IpPrefix AddressPlan::PrefixOwner(int family, int n) {
  const IpPrefix prefix = Prefix(family, n);
  return {prefix.address.Plus(1), prefix.length};
}

IpPrefix AddressPlan::LinkAddress(int family, int n, int end) {
  if (family == AF_INET) return {IpAddress::V4(kLinks4 + 2u * n + end), 31};
  return {V6(kLinks6, n, end), 127};
}

IpPrefix AddressPlan::Loopback(int family, int n) {
  if (family == AF_INET) return {RouterId(n), 32};
  return {V6(kRouters6, 0, n + 1), 128};
}

IpAddress AddressPlan::RouterId(int n) {
  return IpAddress::V4(kRouters4 + n + 1);
}

uint32_t AddressPlan::Asn(int n, int count) {
  return count <= k16BitAses ? kFirst16BitAs + n : kFirst32BitAs + n;
}

}  // namespace quiesce
