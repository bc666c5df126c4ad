#include "tools/kernel_runtime/plan.h"

#include <algorithm>
#include <map>

#include "notifier/base/status_macros.h"
#include "supervisor/plan/image_plan.h"
#include "topo/image.h"
#include "topo/render.h"

namespace quiesce {

absl::StatusOr<std::vector<KernelNodePlan>> PlanNodes(
    const Topology& topology,
    const std::function<absl::StatusOr<std::string>(const std::string& node)>&
        node_directory) {
  std::vector<KernelNodePlan> plans;
  std::map<std::string, proto::Image> images;
  for (const TopologyNode& node : topology.nodes()) {
    if (!images.contains(node.image)) {
      ASSIGN_OR_RETURN(images[node.image],
                       LoadImage(node.image, ImageSearchPath()));
    }
    const proto::Image& image = images[node.image];
    ASSIGN_OR_RETURN(std::string rootfs, RootfsOf(image));
    ASSIGN_OR_RETURN(std::vector<RenderedFile> files,
                     RenderNode(topology, node, image));
    ASSIGN_OR_RETURN(std::string directory, node_directory(node.name));
    ASSIGN_OR_RETURN(ImagePlan planned,
                     PlanImage(node.name, image, rootfs, files, directory));
    KernelNodePlan plan;
    plan.image = image;
    auto& processes = *plan.image.mutable_process();
    processes.erase(std::remove_if(processes.begin(), processes.end(),
                                   [&](const proto::Process& process) {
                                     return !Runs(image, process, files);
                                   }),
                    processes.end());
    plan.spec = std::move(planned.spec);
    for (PlannedProcess& process : planned.processes) {
      process.spec.personality = 0;
      plan.processes.push_back(std::move(process.spec));
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace quiesce
