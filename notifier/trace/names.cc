#include "notifier/trace/names.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace quiesce {

const char* FindName(Names names, uint64_t value) {
  for (const Name& n : names) {
    if (n.value == value) return n.name;
  }
  return nullptr;
}

std::string FormatEnum(Names names, uint64_t value, absl::string_view unknown) {
  if (const char* name = FindName(names, value)) return name;
  return absl::StrCat("0x", absl::Hex(value), " /* ", unknown, " */");
}

std::string FormatFlags(Names names, uint64_t value) {
  std::string text;
  for (const Name& n : names) {
    if (n.value == 0 || (value & n.value) != n.value) continue;
    absl::StrAppend(&text, text.empty() ? "" : "|", n.name);
    value &= ~n.value;
  }
  if (value != 0) {
    absl::StrAppend(&text, text.empty() ? "" : "|", "0x", absl::Hex(value));
  }
  return text.empty() ? "0" : text;
}

std::string ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name == nullptr ? absl::StrCat("E", error) : name;
}

std::string FormatErrno(int error) {
  const char* name = strerrorname_np(error);
  const char* meaning = strerrordesc_np(error);
  if (name == nullptr || meaning == nullptr) {
    return absl::StrCat("E", error);
  }
  return absl::StrCat(name, " (", meaning, ")");
}

}  // namespace quiesce
