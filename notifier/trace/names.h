// Numbers that have names in the headers of Linux, and how strace writes them.
#ifndef QUIESCE_NOTIFIER_TRACE_NAMES_H_
#define QUIESCE_NOTIFIER_TRACE_NAMES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quiesce {

struct Name {
  uint64_t value;
  const char* name;
};
using Names = absl::Span<const Name>;

// Null if there is none.
const char* FindName(Names names, uint64_t value);

// "AF_INET", or "0x2a /* AF_??? */" where `unknown` is "AF_???".
std::string FormatEnum(Names names, uint64_t value, absl::string_view unknown);

// "POLLIN|POLLHUP", unknown bits in hexadecimal at the end, "0" for none. A
// name of several bits is taken before its parts if it stands before them.
std::string FormatFlags(Names names, uint64_t value);

// "EINVAL", and "EINVAL (Invalid argument)".
std::string ErrnoName(int error);
std::string FormatErrno(int error);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_NAMES_H_
