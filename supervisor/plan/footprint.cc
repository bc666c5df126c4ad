#include "supervisor/plan/footprint.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "notifier/base/status_macros.h"
#include "notifier/kernel/placeholder.h"
#include "supervisor/sched/placement.h"
#include "topo/image.h"
#include "topo/render.h"

namespace quiesce {
namespace {

// What the supervisor keeps open beside sockets (`ls -l /proc/PID/fd`). For
// itself: standard streams, logs, what its threads wait on; and a reserve.
constexpr int kDescriptors = 30 + kDescriptorReserve;
// For a node: the pidfd and both channels of its PID 1, two epoll sets, the
// listener by which connections are made.
constexpr int kDescriptorsOfNode = 6;
// For a process: its pidfd and its seccomp listener.
constexpr int kDescriptorsOfProcess = 2;

// The supervisor's threads and the fork server; its own memory, that for each
// node, and that for each path (routes in its FIBs, results).
constexpr int kTasks = 10;
constexpr double kMemoryKib = 6000;
constexpr double kMemoryKibOfNode = 100;
constexpr double kMemoryKibOfPath = 1;

// How many of the image's processes run on the node.
struct Processes {
  int all = 0;
  int optional = 0;
};

Processes ProcessesOn(const Topology& topology, const TopologyNode& node,
                      const proto::Image& image) {
  Processes count;
  absl::optional<std::vector<RenderedFile>> files;
  for (const proto::Process& process : image.process()) {
    if (process.optional() && !files.has_value()) {
      auto rendered = RenderNode(topology, node, image);
      // What is wrong with it will be told when the node is planned.
      files =
          rendered.ok() ? *std::move(rendered) : std::vector<RenderedFile>();
    }
    if (process.optional() && !Runs(image, process, *files)) continue;
    ++count.all;
    if (process.optional()) ++count.optional;
  }
  return count;
}

}  // namespace

NetworkFootprint EstimateFootprint(
    const Topology& topology, const std::map<std::string, proto::Image>& images,
    int emulators, int copied_from) {
  double prefixes = 0;
  std::map<std::string, int> nodes_of;
  for (const TopologyNode& node : topology.nodes()) {
    ++nodes_of[node.image];
    if (node.bgp.has_value()) prefixes += node.bgp->networks.size();
  }
  std::vector<double> descriptors(emulators, kDescriptors);
  double tasks = emulators * kTasks;
  double memory = emulators * kMemoryKib;
  for (const TopologyNode& node : topology.nodes()) {
    const proto::Image& image = images.at(node.image);
    const proto::Footprint& per = image.footprint();
    const Processes processes = ProcessesOn(topology, node, image);
    const double sessions =
        node.bgp.has_value() ? node.bgp->neighbors.size() : 0;
    descriptors[EmulatorOf(node.index, emulators)] +=
        kDescriptorsOfNode + kDescriptorsOfProcess * processes.all +
        per.sockets() + sessions * per.sockets_per_session();
    // PID 1, and at least what the image starts.
    tasks += 1 + std::max<double>(per.tasks() + processes.optional *
                                                    per.tasks_per_optional(),
                                  processes.all);
    if (copied_from > 0 && nodes_of[node.image] >= copied_from * emulators) {
      memory -= per.memory_kib_shared();
    }
    memory +=
        kMemoryKibOfNode + per.memory_kib() +
        processes.optional * per.memory_kib_per_optional() +
        sessions * per.memory_kib_per_session() +
        prefixes * per.memory_kib_per_prefix() +
        sessions * prefixes * (kMemoryKibOfPath + per.memory_kib_per_path());
  }
  NetworkFootprint result;
  result.descriptors =
      std::ceil(*std::max_element(descriptors.begin(), descriptors.end()));
  result.tasks = std::ceil(tasks);
  result.memory_kib = std::ceil(memory);
  return result;
}

absl::StatusOr<NetworkFootprint> EstimateFootprint(const Topology& topology,
                                                   int emulators,
                                                   int copied_from) {
  std::map<std::string, proto::Image> images;
  for (const TopologyNode& node : topology.nodes()) {
    if (images.contains(node.image)) continue;
    ASSIGN_OR_RETURN(images[node.image],
                     LoadImage(node.image, ImageSearchPath()));
  }
  return EstimateFootprint(topology, images, emulators, copied_from);
}

}  // namespace quiesce
