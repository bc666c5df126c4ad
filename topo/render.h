// The files a node finds: configuration rendered for its image, or written by
// hand, and whatever else the topology gives it.
//
// What a rendered configuration says, in every language: one BGP speaker with
// the node's router id, a session for each neighbour, each session carrying the
// family of its address; everything is accepted; announced are the node's
// networks and what BGP brought, never the links' subnets; up to
// TopologyBgp::multipath equal paths are used, also through different ASes of
// the same length; timers are the daemon's own.
//
// An originated prefix is owned, not just announced: its first address is on lo
// (or on a host's link), so for the kernel a packet to it has arrived. FRR
// announces it by `network` without a look at the RIB, BIRD from a static
// blackhole route that stays out of the kernel, where the address already says
// the truth.
#ifndef QUIESCE_TOPO_RENDER_H_
#define QUIESCE_TOPO_RENDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/image.pb.h"
#include "topo/topology.h"

namespace quiesce {

struct RenderedFile {
  std::string path;
  uint32_t mode = 0644;
  std::string owner = "root";
  std::string group = "root";
  std::string content;
};

// In the image's order, then the node's own files, which replace earlier ones
// of the same path. InvalidArgument lists what the image cannot do for this
// node (a daemon configured that it does not run, prefixes for a daemon that
// cannot originate), one mistake a line.
absl::StatusOr<std::vector<RenderedFile>> RenderNode(const Topology& topology,
                                                     const TopologyNode& node,
                                                     const proto::Image& image);

// Whether a node with these files runs the image's process: an optional one
// does where its configuration is.
bool Runs(const proto::Image& image, const proto::Process& process,
          const std::vector<RenderedFile>& files);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_RENDER_H_
