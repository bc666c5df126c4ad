// A hardware address as a value.
#ifndef QUIESCE_TOPO_MAC_H_
#define QUIESCE_TOPO_MAC_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quiesce {

struct HardwareAddress {
  std::array<uint8_t, 6> bytes{};

  // "02:00:00:00:00:01"; six hexadecimal pairs, nothing else.
  static absl::StatusOr<HardwareAddress> Parse(absl::string_view text);
  // The plan for interfaces that are given none: locally administered,
  // unicast, unique for node < 2^24 and ifindex < 2^16.
  static HardwareAddress Planned(int node, int ifindex);

  std::string ToString() const;
  auto operator<=>(const HardwareAddress&) const = default;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_MAC_H_
