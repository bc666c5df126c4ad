#include "supervisor/report/rule_text.h"

#include <linux/fib_rules.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

std::string Prefix(const IpPrefix& prefix) {
  return prefix.length == prefix.address.bits() ? prefix.address.ToString()
                                                : prefix.ToString();
}

std::string Range(uint32_t low, uint32_t high) {
  return low == high ? absl::StrCat(low) : absl::StrCat(low, "-", high);
}

// What the rule asks of a packet.
std::string Selector(const Stack& stack, const Rule& rule) {
  std::string text = (rule.flags & FIB_RULE_INVERT) ? "not from " : "from ";
  text += rule.source.length == 0 ? "all" : Prefix(rule.source);
  if (rule.destination.length != 0) {
    absl::StrAppend(&text, " to ", Prefix(rule.destination));
  }
  if (rule.tos != 0) absl::StrAppendFormat(&text, " tos 0x%02x", rule.tos);
  if (rule.mark != 0 || rule.mark_mask != 0) {
    absl::StrAppendFormat(&text, " fwmark 0x%x", rule.mark);
    if (rule.mark_mask != 0xffffffff) {
      absl::StrAppendFormat(&text, "/0x%x", rule.mark_mask);
    }
  }
  const auto interface = [&](const char* word, const std::string& name) {
    if (name.empty()) return;
    absl::StrAppend(&text, " ", word, " ", name,
                    stack.FindLink(name) == nullptr ? " [detached]" : "");
  };
  interface("iif", rule.iif);
  interface("oif", rule.oif);
  if (rule.uid_low != kForever || rule.uid_high != kForever) {
    absl::StrAppend(&text, " uidrange ", rule.uid_low, "-", rule.uid_high);
  }
  if (rule.ip_protocol != 0) {
    absl::StrAppend(&text, " ipproto ipproto-", rule.ip_protocol);
  }
  if (rule.source_port_high != 0) {
    absl::StrAppend(&text, " sport ",
                    Range(rule.source_port_low, rule.source_port_high));
  }
  if (rule.destination_port_high != 0) {
    absl::StrAppend(
        &text, " dport ",
        Range(rule.destination_port_low, rule.destination_port_high));
  }
  if (rule.tunnel_id != 0) absl::StrAppend(&text, " tun_id ", rule.tunnel_id);
  return text;
}

}  // namespace

std::string RuleText(const Stack& stack, const Rule& rule) {
  std::string text = Selector(stack, rule);
  if (rule.l3mdev) {
    text += " lookup [l3mdev-table]";
  } else if (rule.table != 0) {
    absl::StrAppend(&text, " lookup ", rule.table);
  }
  if (rule.suppress_prefix_length != kForever) {
    absl::StrAppend(&text, " suppress_prefixlength ",
                    rule.suppress_prefix_length);
  }
  if (rule.suppress_group != kForever) {
    absl::StrAppend(&text, " suppress_ifgroup ", rule.suppress_group);
  }
  if (rule.realms != 0) {
    absl::StrAppend(
        &text, " realms ",
        rule.realms >> 16 ? absl::StrCat(rule.realms >> 16, "/") : "",
        rule.realms & 0xffff);
  }
  if (rule.action == FR_ACT_GOTO) {
    const auto& rules = stack.rules(rule.family);
    const bool resolved =
        std::any_of(rules.begin(), rules.end(), [&rule](const Rule& other) {
          return other.priority == rule.goto_target;
        });
    absl::StrAppend(&text, " goto ", rule.goto_target,
                    resolved ? "" : " [unresolved]");
  } else if (rule.action == FR_ACT_NOP) {
    text += " nop";
  } else if (rule.action != FR_ACT_TO_TBL) {
    absl::StrAppend(&text, " ", rule.action);
  }
  return absl::StrCat(text, " proto ", rule.protocol);
}

}  // namespace quiesce
