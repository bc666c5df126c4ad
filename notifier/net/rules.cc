// Policy rules: net/core/fib_rules.c:fib_nl_newrule, fib_nl_delrule.
#include <errno.h>

#include <algorithm>
#include <utility>

#include "notifier/net/stack.h"

namespace quiesce {
namespace {

// fib_rules.c:rule_exists.
bool SameRule(const Rule& a, const Rule& b) {
  return a.action == b.action && a.table == b.table &&
         a.priority == b.priority && a.mark == b.mark &&
         a.tunnel_id == b.tunnel_id && a.l3mdev == b.l3mdev &&
         a.ip_protocol == b.ip_protocol && a.uid_low == b.uid_low &&
         a.uid_high == b.uid_high && a.mark_mask == b.mark_mask &&
         a.suppress_group == b.suppress_group &&
         a.suppress_prefix_length == b.suppress_prefix_length &&
         a.source_port_low == b.source_port_low &&
         a.source_port_high == b.source_port_high &&
         a.destination_port_low == b.destination_port_low &&
         a.destination_port_high == b.destination_port_high && a.iif == b.iif &&
         a.oif == b.oif && a.source == b.source &&
         a.destination == b.destination && a.tos == b.tos &&
         (a.flags & FIB_RULE_INVERT) == (b.flags & FIB_RULE_INVERT);
}

}  // namespace

NetResult Stack::NewRule(Rule rule, int nlm_flags) {
  Families& families = of(rule.family);
  std::vector<Rule>& rules = families.rules;
  if (rule.priority == kForever) {
    // fib_default_rule_pref: just before the second rule.
    rule.priority = 0;
    if (rules.size() > 1 && rules[1].priority > 0) {
      rule.priority = rules[1].priority - 1;
    }
  }
  if ((nlm_flags & NLM_F_EXCL) &&
      std::any_of(rules.begin(), rules.end(),
                  [&](const Rule& have) { return SameRule(have, rule); })) {
    return NetResult::Error(EEXIST);
  }
  families.custom_rules = true;
  if (rule.action == FR_ACT_TO_TBL && rule.table != RT_TABLE_UNSPEC &&
      rule.family == AF_INET) {
    MutableTable(AF_INET, rule.table);
  }
  auto at = std::find_if(rules.begin(), rules.end(), [&](const Rule& have) {
    return have.priority > rule.priority;
  });
  const Rule added = *rules.insert(at, std::move(rule));
  NotifyRule(NetEvent::kNew, added);
  return NetResult::Ok();
}

NetResult Stack::DeleteRule(const Rule& rule,
                            const std::function<bool(const Rule&)>& matches) {
  std::vector<Rule>& rules = of(rule.family).rules;
  auto it = std::find_if(rules.begin(), rules.end(), matches);
  if (it == rules.end()) return NetResult::Error(ENOENT);
  if (it->flags & FIB_RULE_PERMANENT) return NetResult::Error(EPERM);
  of(rule.family).custom_rules = true;
  const Rule gone = *it;
  rules.erase(it);
  NotifyRule(NetEvent::kDelete, gone);
  return NetResult::Ok();
}

}  // namespace quiesce
