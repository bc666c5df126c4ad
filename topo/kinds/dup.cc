// n copies of a graph, for larger networks of a real shape. Copy i is joined to
// an earlier copy by one link between two random nodes, so n copies of a graph
// of V nodes and E edges have nV nodes and nE + n - 1 links. Names get the
// number of their copy: "Lisboa.2".
#include "absl/strings/str_cat.h"
#include "topo/kinds/gml.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"
#include "topo/kinds/random.h"

namespace quiesce {

absl::StatusOr<Topology> MakeDup(KindContext& context) {
  const int copies = context.arguments.Int("n", 2, 1, 10000);
  SeededRandom random(context.arguments.Seed());
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  const auto graph = ReadGmlArgument(context.arguments);
  if (!graph.ok()) return graph.status();
  const std::vector<std::string> names = GmlNodeNames(*graph);
  const int size = static_cast<int>(names.size());
  for (int copy = 0; copy < copies; ++copy) {
    for (const std::string& name : names) {
      network.Originate(
          network.AddRouter(absl::StrCat(name, ".", copy + 1), "router"));
    }
    for (const auto& [a, b] : graph->edges) {
      network.Join(copy * size + a, copy * size + b);
    }
    if (copy > 0) {
      const int earlier = static_cast<int>(random.Below(copy * size));
      network.Join(earlier, copy * size + static_cast<int>(random.Below(size)));
    }
  }
  return FinishKind(context, network);
}

}  // namespace quiesce
