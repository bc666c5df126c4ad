#include "supervisor/plan/footprint.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "notifier/base/status_macros.h"
#include "notifier/kernel/placeholder.h"
#include "topo/image.h"

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
constexpr double kMemoryKibOfPath = 0.6;

}  // namespace

NetworkFootprint EstimateFootprint(
    const Topology& topology, const std::map<std::string, proto::Image>& images,
    int emulators) {
  double prefixes = 0;
  for (const TopologyNode& node : topology.nodes()) {
    if (node.bgp.has_value()) prefixes += node.bgp->networks.size();
  }
  std::vector<double> descriptors(emulators, kDescriptors);
  double tasks = emulators * kTasks;
  double memory = emulators * kMemoryKib;
  for (const TopologyNode& node : topology.nodes()) {
    const proto::Image& image = images.at(node.image);
    const proto::Footprint& per = image.footprint();
    const double sessions =
        node.bgp.has_value() ? node.bgp->neighbors.size() : 0;
    descriptors[node.index % emulators] +=
        kDescriptorsOfNode + kDescriptorsOfProcess * image.process_size() +
        per.sockets() + sessions * per.sockets_per_session();
    // PID 1, and at least what the image starts.
    tasks += 1 + std::max<double>(per.tasks(), image.process_size());
    memory +=
        kMemoryKibOfNode + per.memory_kib() +
        sessions * per.memory_kib_per_session() +
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
                                                   int emulators) {
  std::map<std::string, proto::Image> images;
  for (const TopologyNode& node : topology.nodes()) {
    if (images.contains(node.image)) continue;
    ASSIGN_OR_RETURN(images[node.image],
                     LoadImage(node.image, ImageSearchPath()));
  }
  return EstimateFootprint(topology, images, emulators);
}

}  // namespace quiesce
