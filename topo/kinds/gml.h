// The graph that a kind's `file` key names.
#ifndef QUIESCE_TOPO_KINDS_GML_H_
#define QUIESCE_TOPO_KINDS_GML_H_

#include "absl/status/statusor.h"
#include "topo/kinds/arguments.h"
#include "topo/kinds/gml_parser.h"

namespace quiesce {

// Reads and parses the file. InvalidArgument lists its mistakes with lines.
absl::StatusOr<GmlGraph> ReadGmlArgument(Arguments& arguments);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_GML_H_
