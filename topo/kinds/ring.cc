// n routers in a circle: n links. Each originates one prefix.
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {

absl::StatusOr<Topology> MakeRing(KindContext& context) {
  const int n = context.arguments.Int("n", 4, 3, 60000);
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  for (int i = 0; i < n; ++i) {
    network.Originate(network.AddRouter(absl::StrCat("r", i + 1), "router"));
  }
  for (int i = 0; i < n; ++i) network.Join(i, (i + 1) % n);
  return FinishKind(context, network);
}

}  // namespace quiesce
