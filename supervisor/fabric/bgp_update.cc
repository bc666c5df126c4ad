#include "supervisor/fabric/bgp_update.h"

#include <sys/socket.h>

#include <cstdint>
#include <cstring>

namespace quiesce {
namespace {

enum Attribute { kMpReachNlri = 14, kMpUnreachNlri = 15 };
constexpr uint8_t kExtendedLength = 0x10;
constexpr uint16_t kAfiIpv4 = 1;
constexpr uint16_t kAfiIpv6 = 2;
constexpr uint8_t kUnicast = 1;

// Takes `size` bytes off the front; empty if there are not so many.
absl::string_view Take(absl::string_view* bytes, size_t size) {
  if (size > bytes->size()) {
    *bytes = {};
    return {};
  }
  const absl::string_view taken = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return taken;
}

// A number in network order; 0 where nothing is left.
uint32_t Number(absl::string_view* bytes, int size) {
  uint32_t value = 0;
  for (const unsigned char byte : Take(bytes, size)) value = value << 8 | byte;
  return value;
}

void AddPrefixes(int family, absl::string_view nlri,
                 std::vector<IpPrefix>* result) {
  while (!nlri.empty()) {
    const int length = Number(&nlri, 1);
    const size_t size = (length + 7) / 8;
    uint8_t address[16] = {};
    if (length > (family == AF_INET ? 32 : 128) || size > nlri.size()) return;
    std::memcpy(address, Take(&nlri, size).data(), size);
    result->push_back(
        IpPrefix{IpAddress::FromBytes(family, address), length}.Network());
  }
}

// MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, sections 3 and 4).
void AddMultiprotocol(int type, absl::string_view value,
                      std::vector<IpPrefix>* result) {
  const uint32_t afi = Number(&value, 2);
  const uint32_t safi = Number(&value, 1);
  if (safi != kUnicast || (afi != kAfiIpv4 && afi != kAfiIpv6)) return;
  if (type == kMpReachNlri) {
    Take(&value, Number(&value, 1));  // next hop
    Take(&value, 1);                  // reserved
  }
  AddPrefixes(afi == kAfiIpv4 ? AF_INET : AF_INET6, value, result);
}

}  // namespace

std::vector<IpPrefix> PrefixesOfUpdate(absl::string_view body) {
  std::vector<IpPrefix> result;
  const size_t withdrawn = Number(&body, 2);
  AddPrefixes(AF_INET, Take(&body, withdrawn), &result);
  const size_t size = Number(&body, 2);
  absl::string_view attributes = Take(&body, size);
  while (attributes.size() >= 3) {
    const uint32_t flags = Number(&attributes, 1);
    const uint32_t type = Number(&attributes, 1);
    const uint32_t length =
        Number(&attributes, flags & kExtendedLength ? 2 : 1);
    const absl::string_view value = Take(&attributes, length);
    if (type == kMpReachNlri || type == kMpUnreachNlri) {
      AddMultiprotocol(type, value, &result);
    }
  }
  AddPrefixes(AF_INET, body, &result);
  return result;
}

}  // namespace quiesce
