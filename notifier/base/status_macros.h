// RETURN_IF_ERROR and ASSIGN_OR_RETURN, which this release of Abseil lacks, and
// the way from errno to a Status.
#ifndef QUIESCE_NOTIFIER_BASE_STATUS_MACROS_H_
#define QUIESCE_NOTIFIER_BASE_STATUS_MACROS_H_

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#define QUIESCE_CONCAT_INNER(a, b) a##b
#define QUIESCE_CONCAT(a, b) QUIESCE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                      \
  do {                                             \
    absl::Status quiesce_status = (expr);          \
    if (!quiesce_status.ok()) return quiesce_status; \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(QUIESCE_CONCAT(quiesce_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) return tmp.status();         \
  lhs = std::move(tmp).value()

namespace quiesce {

// The world's fault, in words: "WHAT: strerror(errno)".
inline absl::Status ErrnoStatus(absl::string_view what) {
  return absl::ErrnoToStatus(errno, what);
}

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_STATUS_MACROS_H_
