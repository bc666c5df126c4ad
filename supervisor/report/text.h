// The two quotings our result files need.
#ifndef QUIESCE_SUPERVISOR_REPORT_TEXT_H_
#define QUIESCE_SUPERVISOR_REPORT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quiesce {

// `text` as a JSON string with its quotes (RFC 8259). Bytes that are not UTF-8
// become U+FFFD, so that the file always parses.
std::string JsonString(absl::string_view text);

// `text` as one CSV field (RFC 4180): quoted only where it must be.
std::string CsvField(absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_TEXT_H_
