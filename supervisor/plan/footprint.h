// What a network will take of the host, before anything is started: from the
// figures in its images' descriptions and what the supervisor itself keeps.
#ifndef QUIESCE_SUPERVISOR_PLAN_FOOTPRINT_H_
#define QUIESCE_SUPERVISOR_PLAN_FOOTPRINT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "proto/image.pb.h"
#include "topo/topology.h"

namespace quiesce {

struct NetworkFootprint {
  // Of one supervisor process, where several share the nodes: the one that
  // needs most.
  int64_t descriptors = 0;
  int64_t tasks = 0;  // processes and threads
  int64_t memory_kib = 0;
};

// `images` by the names under which nodes have them; `emulators` supervisor
// processes share the nodes; where each has `copied_from` nodes of an image
// their processes are copies (0: never).
NetworkFootprint EstimateFootprint(
    const Topology& topology, const std::map<std::string, proto::Image>& images,
    int emulators, int copied_from);

// The same with the images that the topology names.
absl::StatusOr<NetworkFootprint> EstimateFootprint(const Topology& topology,
                                                   int emulators,
                                                   int copied_from);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_PLAN_FOOTPRINT_H_
