// What a kind of topology is, and the list of all of them.
//
// A new kind is a file kinds/NAME.cc with one function, its declaration below
// and its row in index.cc; the tests find a row without a test.
#ifndef QUIESCE_TOPO_KINDS_KIND_H_
#define QUIESCE_TOPO_KINDS_KIND_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "topo/kinds/arguments.h"
#include "topo/topology.h"

namespace quiesce {

struct KindContext {
  Arguments& arguments;
  std::string default_image;
  std::string spec;  // the whole --topo value: the network's name
};

struct TopologyKind {
  absl::string_view name;
  // The first key may be left out: "ring:8" is "ring:n=8".
  absl::Span<const KeyDoc> keys;
  // Whether it also knows CommonKeys() (topo/kinds/network.h).
  enum Common { kCommon, kOwnKeysOnly } common;
  absl::string_view doc;
  // Mistakes in the arguments are in context.arguments, or in the status.
  absl::StatusOr<Topology> (*make)(KindContext& context);
};

// Sorted by name.
absl::Span<const TopologyKind> TopologyKinds();

absl::StatusOr<Topology> MakeClos(KindContext& context);
absl::StatusOr<Topology> MakeDup(KindContext& context);
absl::StatusOr<Topology> MakeFatTree(KindContext& context);
absl::StatusOr<Topology> MakeFile(KindContext& context);
absl::StatusOr<Topology> MakeGml(KindContext& context);
absl::StatusOr<Topology> MakeGrid(KindContext& context);
absl::StatusOr<Topology> MakeLine(KindContext& context);
absl::StatusOr<Topology> MakeRandom(KindContext& context);
absl::StatusOr<Topology> MakeRing(KindContext& context);
absl::StatusOr<Topology> MakeStar(KindContext& context);

class Network;
// The end of a generator: the network as a Topology, unless the arguments were
// wrong.
absl::StatusOr<Topology> FinishKind(KindContext& context, Network& network);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_KIND_H_
