// Tiers of A, B, C ... switches, tier 1 at the edge, each tier fully joined to
// the next: A+B+C nodes, A*B + B*C links. Each switch of tier 1 has an AS of
// its own and originates one prefix; every further tier is one AS (RFC 7938).
#include "absl/strings/str_cat.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {

absl::StatusOr<Topology> MakeClos(KindContext& context) {
  const std::vector<int> tiers =
      context.arguments.Ints("tiers", "8+4+2", '+', 1, 10000);
  Network network(&context.arguments, 1, context.default_image);
  if (!context.arguments.ok()) return context.arguments.errors().ToStatus();
  std::vector<int> below;
  for (size_t tier = 0; tier < tiers.size(); ++tier) {
    std::vector<int> here;
    for (int i = 0; i < tiers[tier]; ++i) {
      const int as = tier == 0 ? i : tiers[0] + static_cast<int>(tier) - 1;
      here.push_back(
          network.AddRouter(absl::StrCat("node", tier + 1, "-", i + 1),
                            absl::StrCat("tier", tier + 1), as));
      if (tier == 0) network.Originate(here.back());
      for (int lower : below) network.Join(lower, here.back());
    }
    below = std::move(here);
  }
  return FinishKind(context, network);
}

}  // namespace quiesce
