// The files behind a process's standard descriptors.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_STDIO_H_
#define QUIESCE_SUPERVISOR_LAUNCH_STDIO_H_

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/spec.h"

namespace quiesce {

// Opens what is meant: the file, a duplicate of the descriptor, or /dev/null.
absl::StatusOr<UniqueFd> OpenStdio(const StdioSpec& spec, bool input);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_STDIO_H_
