// From an image and a node's configuration to what the launcher starts. Pure.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/kernel_runtime/kernel_network.h"
#include "topo/render.h"

namespace quiesce {

// The directory of an image's root file system: "host", a directory, or the
// cache of tools/image ($QUIESCE_CACHE, default
// /var/cache/quiesce/images). NotFound says what to run.
absl::StatusOr<std::string> RootfsOf(const proto::Image& image);

// `files` is what was rendered for the node; its processes append what they
// say to LOG_DIRECTORY/PROCESS.log. They run as they would anywhere: no
// filter, address space layout randomised, ordinary scheduling, the whole root
// writable. InvalidArgument: an unknown capability.
absl::StatusOr<KernelNodePlan> PlanNode(const std::string& node,
                                        const proto::Image& image,
                                        const std::string& rootfs,
                                        const std::vector<RenderedFile>& files,
                                        const std::string& log_directory);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_PLAN_H_
