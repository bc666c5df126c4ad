// What a fuzz target takes from its input, piece by piece. Behind its end there
// are zeros.
#ifndef QUIESCE_TOOLS_FUZZ_INPUT_H_
#define QUIESCE_TOOLS_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace quiesce {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  uint8_t Byte() {
    const absl::string_view byte = Bytes(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  // The low byte comes first.
  uint16_t Short() {
    const uint8_t low = Byte();
    return static_cast<uint16_t>(Byte() << 8 | low);
  }
  // Fewer at the end.
  absl::string_view Bytes(size_t most) {
    const absl::string_view bytes = rest_.substr(0, most);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  absl::string_view Rest() { return Bytes(rest_.size()); }

 private:
  absl::string_view rest_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_FUZZ_INPUT_H_
