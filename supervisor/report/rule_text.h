// A policy routing rule in iproute2's words.
#ifndef QUIESCE_SUPERVISOR_REPORT_RULE_TEXT_H_
#define QUIESCE_SUPERVISOR_REPORT_RULE_TEXT_H_

#include <string>

#include "notifier/net/stack.h"

namespace quiesce {

// What `ip -N -details rule` prints after the priority (iproute2,
// ip/iprule.c:print_rule), with one blank between words: "from 192.0.2.0/24
// fwmark 0x7 lookup 100 proto 11". `rule` is one of the stack's.
std::string RuleText(const Stack& stack, const Rule& rule);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RULE_TEXT_H_
