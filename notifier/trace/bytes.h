// Bytes as C string literals.
#ifndef QUIESCE_NOTIFIER_TRACE_BYTES_H_
#define QUIESCE_NOTIFIER_TRACE_BYTES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace quiesce {

// How much of a buffer is shown.
inline constexpr size_t kShownBytes = 64;

// "\"GET /\\r\\n\"", with "..." behind it where `size` (what there is in all)
// is more than what is shown. Bytes are written in the shortest octal form, as
// strace writes them.
std::string QuoteBytes(absl::string_view bytes, size_t size);
std::string QuoteBytes(absl::string_view bytes);

// "[0xaa, 0xbb]"; where there is no better way to show a value.
std::string HexBytes(absl::string_view bytes);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_BYTES_H_
