// From an image and a node's configuration to what the launcher starts. Pure.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/launch/spec.h"
#include "tools/kernel_runtime/kernel_network.h"

namespace quiesce {

// `rootfs` is the image's root file system, `files` what was rendered for the
// node; output of its processes is appended to LOG_DIRECTORY/PROCESS.log. The
// processes run as they would anywhere: no filter, address space layout
// randomised, ordinary scheduling. InvalidArgument: an unknown capability.
absl::StatusOr<KernelNodePlan> PlanNode(const std::string& node,
                                        const proto::Image& image,
                                        const std::string& rootfs,
                                        std::vector<FileSpec> files,
                                        const std::string& log_directory);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
