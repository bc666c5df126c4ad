// Policy routing rules as they are installed in a node, and their export as
// rules.jsonl. Pure.
#ifndef QUIESCE_SUPERVISOR_REPORT_POLICY_RULE_H_
#define QUIESCE_SUPERVISOR_REPORT_POLICY_RULE_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// Of the nodes in the order of their names, and of each in the order in which
// they are asked: one JSON object a line, Node, Family ("ipv4"), Priority and
// Rule.
void WriteRulesJsonl(absl::Span<const NodeFib* const> nodes,
                     const TextSink& sink);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_POLICY_RULE_H_
