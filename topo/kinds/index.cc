// All kinds of topology, one row each.
#include "topo/build.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {
namespace {

constexpr KeyDoc kClosKeys[] = {
    {"tiers", "A+B+...", "nodes of each tier from the edge up (8+4+2)"},
};
constexpr KeyDoc kDupKeys[] = {
    {"file", "FILE", "a graph in GML"},
    {"n", "N", "copies (2)"},
    {"seed", "N", "which nodes the copies are joined at (1)"},
};
constexpr KeyDoc kFatTreeKeys[] = {
    {"k", "N", "pods, an even number (4)"},
    {"pods", "N", "pods of the other form, which has hosts"},
    {"leaves", "M", "edge switches of each pod in that form"},
};
constexpr KeyDoc kFileKeys[] = {
    {"file", "FILE", "a quiesce.proto.Topology in text form"},
    {"image", "NAME", "for nodes that name none; default: --image"},
};
constexpr KeyDoc kGmlKeys[] = {
    {"file", "FILE", "a graph in GML, such as the Internet Topology Zoo's"},
};
constexpr KeyDoc kGridKeys[] = {
    {"size", "WxH", "columns and rows (3x3)"},
};
constexpr KeyDoc kLineKeys[] = {
    {"n", "N", "nodes (4)"},
};
constexpr KeyDoc kRandomKeys[] = {
    {"n", "N", "nodes (20)"},
    {"degree", "D", "links of a node on average (3)"},
    {"seed", "N", "which graph of that size (1)"},
};
constexpr KeyDoc kRingKeys[] = {
    {"n", "N", "nodes (4)"},
};
constexpr KeyDoc kStarKeys[] = {
    {"n", "N", "nodes, one of them the hub (5)"},
};

constexpr TopologyKind kKinds[] = {
    {"clos", kClosKeys, TopologyKind::kCommon,
     "tiers of switches, each fully joined to the next", &MakeClos},
    {"dup", kDupKeys, TopologyKind::kCommon,
     "copies of a GML graph, each joined to an earlier one at random",
     &MakeDup},
    {"fattree", kFatTreeKeys, TopologyKind::kCommon,
     "the k-pod fat-tree of switches; with pods and leaves: NetEmos's, with a "
     "host at each edge switch",
     &MakeFatTree},
    {"file", kFileKeys, TopologyKind::kOwnKeysOnly,
     "a network written by hand (proto/topology.proto)", &MakeFile},
    {"gml", kGmlKeys, TopologyKind::kCommon,
     "one router for each node of a graph", &MakeGml},
    {"grid", kGridKeys, TopologyKind::kCommon,
     "routers joined to their neighbours in a row and a column", &MakeGrid},
    {"line", kLineKeys, TopologyKind::kCommon, "routers in a row", &MakeLine},
    {"random", kRandomKeys, TopologyKind::kCommon, "a connected random graph",
     &MakeRandom},
    {"ring", kRingKeys, TopologyKind::kCommon, "routers in a circle",
     &MakeRing},
    {"star", kStarKeys, TopologyKind::kCommon, "routers around a hub",
     &MakeStar},
};

constexpr bool IsSorted() {
  for (size_t i = 1; i < std::size(kKinds); ++i) {
    if (!(kKinds[i - 1].name < kKinds[i].name)) return false;
  }
  return true;
}
static_assert(IsSorted(), "keep kKinds sorted by name");

}  // namespace

absl::Span<const TopologyKind> TopologyKinds() { return kKinds; }

absl::StatusOr<Topology> FinishKind(KindContext& context, Network& network) {
  const proto::Topology words = network.Finish(context.spec);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  BuildOptions options;
  options.file = "--topo=" + context.spec;
  options.default_image = context.default_image;
  return BuildTopology(words, options);
}

}  // namespace quiesce
