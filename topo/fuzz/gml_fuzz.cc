// Graphs in GML: every text is one, whose edges are between its nodes and whose
// names are different, or a list of mistakes.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "topo/kinds/gml_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quiesce;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics errors("fuzz.gml");
  const GmlGraph graph = ParseGml(text, &errors);
  if (!errors.ok()) {
    if (errors.ToStatus().message().empty()) abort();
    return 0;
  }
  const int nodes = static_cast<int>(graph.nodes.size());
  for (const auto& [a, b] : graph.edges) {
    if (a < 0 || b < 0 || a >= nodes || b >= nodes || a == b) abort();
  }
  std::set<std::string> names;
  for (const std::string& name : GmlNodeNames(graph)) {
    if (name.empty() || !names.insert(name).second) abort();
  }
  if (names.size() != graph.nodes.size()) abort();
  return 0;
}
