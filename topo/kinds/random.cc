// A connected random graph: a random recursive tree (node i is joined to one of
// the nodes before it), then links between random pairs that have none, until
// there are n*degree/2 in all (rounded down; at least n-1, at most all pairs).
// Each node originates one prefix.
#include "topo/kinds/random.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {

absl::StatusOr<Topology> MakeRandom(KindContext& context) {
  const int n = context.arguments.Int("n", 20, 1, 20000);
  const double degree = context.arguments.Number("degree", 3, 0, n);
  SeededRandom random(context.arguments.Seed());
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  for (int i = 0; i < n; ++i) {
    network.Originate(network.AddRouter(absl::StrCat("r", i + 1), "router"));
  }
  const int64_t all_pairs = int64_t{n} * (n - 1) / 2;
  const int64_t wanted = std::clamp<int64_t>(
      static_cast<int64_t>(n * degree / 2), n - 1, all_pairs);
  absl::flat_hash_set<std::pair<int, int>> joined;
  const auto join = [&](int a, int b) {
    if (a == b || !joined.insert(std::minmax(a, b)).second) return;
    network.Join(a, b);
  };
  for (int i = 1; i < n; ++i) join(static_cast<int>(random.Below(i)), i);
  while (static_cast<int64_t>(joined.size()) < wanted) {
    const int a = static_cast<int>(random.Below(n));
    join(a, static_cast<int>(random.Below(n)));
  }
  return FinishKind(context, network);
}

}  // namespace quiesce
