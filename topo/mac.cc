#include "topo/mac.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace quiesce {

absl::StatusOr<HardwareAddress> HardwareAddress::Parse(absl::string_view text) {
  const auto error = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a hardware address"));
  };
  HardwareAddress result;
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != result.bytes.size()) return error();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].size() != 2 ||
        parts[i].find_first_not_of("0123456789abcdefABCDEF") !=
            std::string::npos) {
      return error();
    }
    result.bytes[i] = static_cast<uint8_t>(absl::HexStringToBytes(parts[i])[0]);
  }
  return result;
}

HardwareAddress HardwareAddress::Planned(int node, int ifindex) {
  return {{0x02, static_cast<uint8_t>(node >> 16),
           static_cast<uint8_t>(node >> 8), static_cast<uint8_t>(node),
           static_cast<uint8_t>(ifindex >> 8), static_cast<uint8_t>(ifindex)}};
}

std::string HardwareAddress::ToString() const {
  return absl::StrFormat("%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
                         bytes[2], bytes[3], bytes[4], bytes[5]);
}

}  // namespace quiesce
