// A hub (r1) and n-1 routers around it: n-1 links. Each originates one prefix.
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {

absl::StatusOr<Topology> MakeStar(KindContext& context) {
  const int n = context.arguments.Int("n", 5, 2, 60000);
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  for (int i = 0; i < n; ++i) {
    network.Originate(network.AddRouter(absl::StrCat("r", i + 1), "router"));
  }
  for (int i = 1; i < n; ++i) network.Join(0, i);
  return FinishKind(context, network);
}

}  // namespace quiesce
