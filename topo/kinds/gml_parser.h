// Graphs in GML (Himsolt 1997), as the Internet Topology Zoo has them.
//
// A file is a list of KEY VALUE pairs, a value being a number, a string or a
// list in brackets. Of `graph [ ... ]` this takes `node [ id N label "..." ]`
// and `edge [ source N target N ]`; everything else is checked for its form
// and passed over.
#ifndef QUIESCE_TOPO_KINDS_GML_PARSER_H_
#define QUIESCE_TOPO_KINDS_GML_PARSER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "topo/diagnostics.h"

namespace quiesce {

struct GmlGraph {
  struct Node {
    int64_t id;
    std::string label;  // as in the file; may be empty or not unique
  };
  // In the file's order. Nodes with one id are one node, the first one's label
  // counting; edges between the same two nodes are one edge; an edge from a
  // node to itself is none.
  std::vector<Node> nodes;
  std::vector<std::pair<int, int>> edges;  // indices in nodes
  // What was merged or dropped.
  int duplicate_ids = 0;
  int duplicate_edges = 0;
  int self_loops = 0;
};

// Mistakes go to `errors` with their lines; then the graph means nothing.
GmlGraph ParseGml(absl::string_view text, Diagnostics* errors);

// A host name for each node: its label with everything but letters, digits,
// '_' and '-' turned into '-', its id where that leaves nothing, and "-ID"
// appended where two labels are the same.
std::vector<std::string> GmlNodeNames(const GmlGraph& graph);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_GML_PARSER_H_
