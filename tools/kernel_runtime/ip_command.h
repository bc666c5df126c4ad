// Runs the host's ip(8) inside a network namespace.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_IP_COMMAND_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_IP_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace quiesce {

// `ip ARGS...` with `input` as standard input; returns what it prints. An exit
// status other than 0 is an error that holds what it complained about. The
// process dies with the calling thread.
absl::StatusOr<std::string> RunIp(int netns,
                                  const std::vector<std::string>& args,
                                  const std::string& input = "");

// `ip -batch` over the lines of `batch`; an error names the line.
absl::Status RunIpBatch(int netns, const std::string& batch);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_IP_COMMAND_H_
