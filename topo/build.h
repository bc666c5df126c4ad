// From the words of proto/topology.proto to a Topology, or to the list of
// everything that is wrong with them.
//
// Checked: names, images, addresses (form, clashes), links (ends that exist, no
// interface used twice), BGP (AS numbers, neighbours that can be reached,
// addresses to speak from), routes, files, events. Filled in: what the comments
// of the proto call defaults.
#ifndef QUIESCE_TOPO_BUILD_H_
#define QUIESCE_TOPO_BUILD_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/topology.pb.h"
#include "topo/diagnostics.h"
#include "topo/topology.h"

namespace quiesce {

struct BuildOptions {
  // What error messages call the input, and where each part of it was; both
  // empty for a generated network.
  std::string file;
  const Place::Tree* tree = nullptr;
  // What paths of `source:` fields are relative to.
  std::string directory;
  // The image of nodes for which neither they nor the options name one.
  std::string default_image;
};

// InvalidArgument: one line for each mistake.
absl::StatusOr<Topology> BuildTopology(const proto::Topology& words,
                                       const BuildOptions& options);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_BUILD_H_
