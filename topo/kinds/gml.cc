// A graph from a file: one router, one AS and one prefix for each node, one
// link for each pair of nodes with an edge.
#include "topo/kinds/gml.h"

#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"
#include "topo/read_file.h"

namespace quiesce {

absl::StatusOr<GmlGraph> ReadGmlArgument(Arguments& arguments) {
  const std::string path = arguments.String("file", "");
  if (path.empty()) {
    arguments.Error("file", "is missing");
    return arguments.errors().ToStatus();
  }
  const auto text = ReadFile(path);
  if (!text.ok()) {
    arguments.errors().AddLine(0, text.status().message());
    return arguments.errors().ToStatus();
  }
  Diagnostics errors(path);
  GmlGraph graph = ParseGml(*text, &errors);
  if (errors.ok() && graph.nodes.empty()) {
    errors.AddLine(0, "the graph has no node");
  }
  if (!errors.ok()) return errors.ToStatus();
  return graph;
}

absl::StatusOr<Topology> MakeGml(KindContext& context) {
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  const auto graph = ReadGmlArgument(context.arguments);
  if (!graph.ok()) return graph.status();
  for (const std::string& name : GmlNodeNames(*graph)) {
    network.Originate(network.AddRouter(name, "router"));
  }
  for (const auto& [a, b] : graph->edges) network.Join(a, b);
  return FinishKind(context, network);
}

}  // namespace quiesce
