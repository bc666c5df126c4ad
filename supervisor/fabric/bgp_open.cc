#include "supervisor/fabric/bgp_open.h"

#include <algorithm>
#include <cstdint>

namespace quiesce {
namespace {

constexpr int kCapabilities = 2;       // RFC 5492
constexpr int kExtended = 255;         // RFC 9072
constexpr int kGracefulRestart = 64;   // RFC 4724
constexpr int kLongLivedRestart = 71;  // RFC 9494

// A number in network order off the front; 0 where nothing is left.
uint32_t Number(absl::string_view* bytes, size_t size) {
  uint32_t value = 0;
  for (const unsigned char byte : bytes->substr(0, size)) {
    value = value << 8 | byte;
  }
  bytes->remove_prefix(std::min(size, bytes->size()));
  return value;
}

// As many bytes off the front as a length before them says.
absl::string_view Counted(absl::string_view* bytes, size_t length_size) {
  const size_t size = Number(bytes, length_size);
  const absl::string_view counted = bytes->substr(0, size);
  bytes->remove_prefix(counted.size());
  return counted;
}

void ReadCapability(int code, absl::string_view value, BgpOpen* open) {
  if (code == kGracefulRestart) {
    const int restart = Number(&value, 2) & 0xfff;  // after four flags
    // Without a family it says only that the sender understands the others.
    if (!value.empty()) open->restart = restart;
  } else if (code == kLongLivedRestart) {
    while (value.size() >= 7) {
      Number(&value, 4);  // family and flags
      open->stale = std::max<int>(open->stale, Number(&value, 3));
    }
  }
}

}  // namespace

BgpOpen ReadOpen(absl::string_view body) {
  BgpOpen open;
  Number(&body, 3);  // version, AS
  open.hold = Number(&body, 2);
  Number(&body, 4);  // identifier
  size_t length_size = 1;
  if (body.size() > 2 && static_cast<uint8_t>(body[1]) == kExtended) {
    Number(&body, 2);
    length_size = 2;
  }
  absl::string_view parameters = Counted(&body, length_size);
  while (!parameters.empty()) {
    const int type = Number(&parameters, 1);
    absl::string_view value = Counted(&parameters, length_size);
    while (type == kCapabilities && !value.empty()) {
      const int code = Number(&value, 1);
      ReadCapability(code, Counted(&value, 1), &open);
    }
  }
  return open;
}

}  // namespace quiesce
