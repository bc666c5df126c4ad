// From an image and a node's rendered files to what the launcher starts. Pure
// but for looking where an image's root file system is.
#ifndef QUIESCE_SUPERVISOR_PLAN_IMAGE_PLAN_H_
#define QUIESCE_SUPERVISOR_PLAN_IMAGE_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/image.pb.h"
#include "supervisor/launch/spec.h"
#include "topo/render.h"

namespace quiesce {

// The directory of the image's root file system, or "host". NotFound, with the
// command that builds it, where it is not there yet.
absl::StatusOr<std::string> RootfsOf(const proto::Image& image);

// Whether a daemon of the image puts the node's static routes into the kernel.
// Else they are put there for it, as an operating system would at boot.
bool HasRouteDaemon(const proto::Image& image);

struct PlannedProcess {
  ProcessSpec spec;
  std::string ready_path;  // must exist when the process is ready; may be empty
  proto::Restart restart = proto::NEVER;
  bool polls_busily = false;
};

struct ImagePlan {
  NodeSpec spec;
  std::vector<PlannedProcess> processes;  // in the order of their starting
};

// `rootfs` as from RootfsOf. Each process's output goes to
// OUTPUT_DIRECTORY/PROCESS.log, standard output and error together.
// InvalidArgument: an unknown capability.
absl::StatusOr<ImagePlan> PlanImage(const std::string& node,
                                    const proto::Image& image,
                                    const std::string& rootfs,
                                    const std::vector<RenderedFile>& files,
                                    const std::string& output_directory);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_IMAGE_PLAN_H_
