// RTM_*RULE: net/core/fib_rules.c.
#ifndef QUIESCE_NOTIFIER_NETLINK_RULE_H_
#define QUIESCE_NOTIFIER_NETLINK_RULE_H_

#include "notifier/netlink/request.h"

namespace quiesce {

NetResult NewRule(const Request& request, Replies& replies);
NetResult DeleteRule(const Request& request, Replies& replies);
// Both families for AF_UNSPEC.
NetResult DumpRules(const Request& request, Replies& replies);

void FillRule(const Stack& stack, const Rule& rule, MessageWriter& message);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_RULE_H_
