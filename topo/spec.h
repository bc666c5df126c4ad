// `--topo=KIND[:key=value,...]`: the one way from the command line to a
// Topology.
#ifndef QUIESCE_TOPO_SPEC_H_
#define QUIESCE_TOPO_SPEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "topo/topology.h"

namespace quiesce {

// For example "fattree", "fattree:k=8,prefixes=2", "ring:12", "gml:Fccn.gml",
// "file:net.textproto". `default_image` (--image) is the image of nodes for
// which the spec and the file name none. Paths are relative to the working
// directory. InvalidArgument: one line for each mistake, in the spec or in the
// file that it names.
absl::StatusOr<Topology> ParseTopologySpec(absl::string_view spec,
                                           const std::string& default_image);

// What --topo=help prints: every kind with its keys.
std::string TopologySpecHelp();

}  // namespace quiesce

#endif  // QUIESCE_TOPO_SPEC_H_
