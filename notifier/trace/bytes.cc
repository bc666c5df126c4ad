#include "notifier/trace/bytes.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {

std::string QuoteBytes(absl::string_view bytes, size_t size) {
  std::string text = "\"";
  const absl::string_view shown = bytes.substr(0, kShownBytes);
  for (size_t i = 0; i < shown.size(); ++i) {
    const unsigned char c = shown[i];
    switch (c) {
      case '\n':
        text += "\\n";
        continue;
      case '\r':
        text += "\\r";
        continue;
      case '\t':
        text += "\\t";
        continue;
      case '\v':
        text += "\\v";
        continue;
      case '\f':
        text += "\\f";
        continue;
      case '"':
        text += "\\\"";
        continue;
      case '\\':
        text += "\\\\";
        continue;
    }
    if (c >= ' ' && c < 0x7f) {
      text += static_cast<char>(c);
      continue;
    }
    // A digit behind it would belong to a short form.
    const bool full = i + 1 < shown.size() &&
                      std::isdigit(static_cast<unsigned char>(shown[i + 1]));
    absl::StrAppendFormat(&text, "\\%0*o", full ? 3 : 1, c);
  }
  absl::StrAppend(&text, "\"", size > shown.size() ? "..." : "");
  return text;
}

std::string QuoteBytes(absl::string_view bytes) {
  return QuoteBytes(bytes, bytes.size());
}

std::string HexBytes(absl::string_view bytes) {
  std::string text = "[";
  for (size_t i = 0; i < bytes.size() && i < kShownBytes; ++i) {
    absl::StrAppendFormat(&text, "%s0x%02x", i == 0 ? "" : ", ",
                          static_cast<unsigned char>(bytes[i]));
  }
  return absl::StrCat(text, bytes.size() > kShownBytes ? ", ..." : "", "]");
}

}  // namespace quiesce
