#include "supervisor/report/policy_rule.h"

#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/report/text.h"

namespace quiesce {

void WriteRulesJsonl(absl::Span<const NodeFib* const> nodes,
                     const TextSink& sink) {
  std::vector<const NodeFib*> sorted(nodes.begin(), nodes.end());
  std::sort(
      sorted.begin(), sorted.end(),
      [](const NodeFib* a, const NodeFib* b) { return a->node() < b->node(); });
  for (const NodeFib* fib : sorted) {
    for (const NodeFib::Rule& rule : fib->rules()) {
      sink(absl::StrCat("{\"Node\":", JsonString(fib->node()), ",\"Family\":\"",
                        rule.family == AF_INET6 ? "ipv6" : "ipv4",
                        "\",\"Priority\":", rule.priority,
                        ",\"Rule\":", JsonString(rule.text), "}\n"));
    }
  }
}

}  // namespace quiesce
