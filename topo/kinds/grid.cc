// W columns and H rows of routers, each joined to the next one in its row and
// in its column: W*H nodes, (W-1)*H + W*(H-1) links. Each originates one
// prefix.
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {

absl::StatusOr<Topology> MakeGrid(KindContext& context) {
  const std::vector<int> size =
      context.arguments.Ints("size", "3x3", 'x', 1, 240);
  if (context.arguments.ok() && size.size() != 2) {
    context.arguments.Error("size", "is columns and rows, such as 4x3");
  }
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  const int columns = size[0];
  const int rows = size[1];
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      network.Originate(
          network.AddRouter(absl::StrCat("r-", x + 1, "-", y + 1), "router"));
    }
  }
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const int here = y * columns + x;
      if (x + 1 < columns) network.Join(here, here + 1);
      if (y + 1 < rows) network.Join(here, here + columns);
    }
  }
  return FinishKind(context, network);
}

}  // namespace quiesce
