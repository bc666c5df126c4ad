// A network written by hand.
#include "topo/kinds/kind.h"
#include "topo/textproto.h"

namespace quiesce {

absl::StatusOr<Topology> MakeFile(KindContext& context) {
  const std::string path = context.arguments.String("file", "");
  if (path.empty()) context.arguments.Error("file", "is missing");
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  return ReadTopologyFile(
      path, context.arguments.String("image", context.default_image));
}

}  // namespace quiesce
