#include "supervisor/fabric/ldp_keepalive.h"

#include <cstddef>

namespace quiesce {
namespace {

constexpr int kVersion = 1;
constexpr int kKeepalive = 0x0201;
constexpr size_t kPduHeader = 10;     // version, length, LDP identifier
constexpr size_t kNotCounted = 4;     // of it: version and length
constexpr size_t kMessageHeader = 4;  // type, length

int Word(absl::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) << 8 |
         static_cast<uint8_t>(bytes[at + 1]);
}

bool OnlyKeepalives(absl::string_view messages) {
  while (!messages.empty()) {
    if (messages.size() < kMessageHeader || Word(messages, 0) != kKeepalive) {
      return false;
    }
    const size_t size = kMessageHeader + Word(messages, 2);
    if (messages.size() < size) return false;
    messages.remove_prefix(size);
  }
  return true;
}

}  // namespace

bool OnlyLdpKeepalives(absl::string_view bytes) {
  if (bytes.empty()) return false;
  while (!bytes.empty()) {
    if (bytes.size() < kPduHeader || Word(bytes, 0) != kVersion) return false;
    const size_t size = kNotCounted + Word(bytes, 2);
    if (size < kPduHeader || bytes.size() < size ||
        !OnlyKeepalives(bytes.substr(kPduHeader, size - kPduHeader))) {
      return false;
    }
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace quiesce
