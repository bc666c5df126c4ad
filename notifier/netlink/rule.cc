#include "notifier/netlink/rule.h"

#include <errno.h>
#include <linux/fib_rules.h>

#include <utility>

namespace quiesce {
namespace {

constexpr AttributeRule kRules[] = {
    {FRA_IIFNAME, 0, IFNAMSIZ},
    {FRA_OIFNAME, 0, IFNAMSIZ},
    {FRA_PRIORITY, 4},
    {FRA_FWMARK, 4},
    {FRA_FLOW, 4},
    {FRA_FWMASK, 4},
    {FRA_TABLE, 4},
    {FRA_SUPPRESS_PREFIXLEN, 4},
    {FRA_SUPPRESS_IFGROUP, 4},
    {FRA_GOTO, 4},
    {FRA_L3MDEV, 1},
    {FRA_UID_RANGE, 8},
    {FRA_PROTOCOL, 1},
    {FRA_IP_PROTO, 1},
    {FRA_SPORT_RANGE, 4},
    {FRA_DPORT_RANGE, 4},
    {FRA_TUN_ID, 8},
};

// fib_rules.c:fib_newrule's parsing (fib_nl2rule). `deleting` leaves out what
// only matters for a rule to be made.
NetResult Read(const Request& request, bool deleting, Rule* rule,
               Attributes* out) {
  fib_rule_hdr header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid msg length");
  }
  const int family = header.family;
  if (family != AF_INET && family != AF_INET6) {
    return NetResult::Error(EAFNOSUPPORT, "Rule family not supported");
  }
  Attributes attributes = request.AttributesAfter(sizeof(header));
  const int size = family == AF_INET ? 4 : 16;
  if (header.src_len != 0 &&
      (header.src_len > size * 8 ||
       attributes.bytes(FRA_SRC).size() != static_cast<size_t>(size))) {
    return NetResult::Error(EINVAL, "Invalid source address");
  }
  if (header.dst_len != 0 &&
      (header.dst_len > size * 8 ||
       attributes.bytes(FRA_DST).size() != static_cast<size_t>(size))) {
    return NetResult::Error(EINVAL, "Invalid dst address");
  }
  NetResult checked = attributes.Check(kRules);
  if (!checked.ok()) return checked;
  rule->family = family;
  rule->priority = attributes.u32(FRA_PRIORITY, kForever);
  rule->protocol = attributes.u8(FRA_PROTOCOL, RTPROT_UNSPEC);
  rule->iif = attributes.text(FRA_IIFNAME);
  rule->oif = attributes.text(FRA_OIFNAME);
  rule->mark = attributes.u32(FRA_FWMARK);
  if (attributes.has(FRA_FWMARK)) rule->mark_mask = 0xffffffff;
  rule->mark_mask = attributes.u32(FRA_FWMASK, rule->mark_mask);
  rule->tunnel_id = __builtin_bswap64(attributes.u64(FRA_TUN_ID));
  rule->action = header.action;
  rule->flags = header.flags & FIB_RULE_INVERT;
  rule->table = attributes.u32(FRA_TABLE, header.table);
  rule->tos = header.tos;
  rule->suppress_prefix_length =
      attributes.u32(FRA_SUPPRESS_PREFIXLEN, kForever);
  rule->suppress_group = attributes.u32(FRA_SUPPRESS_IFGROUP, kForever);
  rule->ip_protocol = attributes.u8(FRA_IP_PROTO);
  rule->realms = attributes.u32(FRA_FLOW);
  if (attributes.has(FRA_L3MDEV)) {
    const uint8_t l3mdev = attributes.u8(FRA_L3MDEV);
    if (l3mdev != 1) {
      return NetResult::Error(EINVAL, "Invalid l3mdev attribute");
    }
    if (rule->table != 0) {
      return NetResult::Error(EINVAL,
                              "l3mdev and table are mutually exclusive");
    }
    rule->l3mdev = true;
  }
  auto range = [&](uint16_t type, uint16_t* low, uint16_t* high) {
    const absl::string_view value = attributes.bytes(type);
    if (value.size() < 4) return;
    std::memcpy(low, value.data(), 2);
    std::memcpy(high, value.data() + 2, 2);
  };
  range(FRA_SPORT_RANGE, &rule->source_port_low, &rule->source_port_high);
  range(FRA_DPORT_RANGE, &rule->destination_port_low,
        &rule->destination_port_high);
  if (attributes.has(FRA_UID_RANGE)) {
    const absl::string_view value = attributes.bytes(FRA_UID_RANGE);
    std::memcpy(&rule->uid_low, value.data(), 4);
    std::memcpy(&rule->uid_high, value.data() + 4, 4);
  }
  if (attributes.has(FRA_GOTO)) {
    if (rule->action != FR_ACT_GOTO) {
      return NetResult::Error(EINVAL, "Unexpected goto");
    }
    rule->goto_target = attributes.u32(FRA_GOTO);
    if (!deleting && rule->priority != kForever &&
        rule->goto_target <= rule->priority) {
      return NetResult::Error(EINVAL, "Backward goto not supported");
    }
  } else if (rule->action == FR_ACT_GOTO) {
    return NetResult::Error(EINVAL, "Missing goto target for action goto");
  }
  rule->source = {IpAddress::Any(family), header.src_len};
  rule->destination = {IpAddress::Any(family), header.dst_len};
  if (header.src_len != 0) {
    rule->source.address = attributes.address(FRA_SRC, family);
  }
  if (header.dst_len != 0) {
    rule->destination.address = attributes.address(FRA_DST, family);
  }
  *out = std::move(attributes);
  return NetResult::Ok();
}

// fib4_rule_configure, fib6_rule_configure.
NetResult CheckNew(Stack& stack, Rule* rule) {
  if (rule->family == AF_INET && (rule->tos & ~0x1c)) {
    return NetResult::Error(EINVAL,
                            "Invalid dsfield (tos): ECN bits must be 0");
  }
  if (rule->action == FR_ACT_TO_TBL && !rule->l3mdev && rule->table == 0) {
    if (rule->family == AF_INET6) {
      return NetResult::Error(EINVAL, "Invalid table");
    }
    // fib_empty_table: the first free one.
    rule->table = 1;
    while (stack.FindTable(AF_INET, rule->table) != nullptr) ++rule->table;
  }
  return NetResult::Ok();
}

}  // namespace

NetResult NewRule(const Request& request, Replies&) {
  Rule rule;
  Attributes attributes;
  NetResult read = Read(request, false, &rule, &attributes);
  if (!read.ok()) return read;
  NetResult checked = CheckNew(request.stack, &rule);
  if (!checked.ok()) return checked;
  return request.stack.NewRule(std::move(rule), request.header.nlmsg_flags);
}

// fib_rules.c:rule_find: what the request leaves out matches any.
NetResult DeleteRule(const Request& request, Replies&) {
  Rule wanted;
  Attributes attributes;
  NetResult read = Read(request, true, &wanted, &attributes);
  if (!read.ok()) return read;
  fib_rule_hdr header;
  request.Fixed(&header);
  return request.stack.DeleteRule(wanted, [&](const Rule& have) {
    if (wanted.action != 0 && have.action != wanted.action) return false;
    if (wanted.table != 0 && have.table != wanted.table) return false;
    if (attributes.has(FRA_PRIORITY) && have.priority != wanted.priority) {
      return false;
    }
    if (!wanted.iif.empty() && have.iif != wanted.iif) return false;
    if (!wanted.oif.empty() && have.oif != wanted.oif) return false;
    if (wanted.mark != 0 && have.mark != wanted.mark) return false;
    if (wanted.suppress_group != kForever &&
        have.suppress_group != wanted.suppress_group) {
      return false;
    }
    if (wanted.suppress_prefix_length != kForever &&
        have.suppress_prefix_length != wanted.suppress_prefix_length) {
      return false;
    }
    if (wanted.mark_mask != 0 && have.mark_mask != wanted.mark_mask) {
      return false;
    }
    if (wanted.tunnel_id != 0 && have.tunnel_id != wanted.tunnel_id) {
      return false;
    }
    if (wanted.l3mdev && !have.l3mdev) return false;
    if (attributes.has(FRA_UID_RANGE) &&
        (have.uid_low != wanted.uid_low || have.uid_high != wanted.uid_high)) {
      return false;
    }
    if (wanted.ip_protocol != 0 && have.ip_protocol != wanted.ip_protocol) {
      return false;
    }
    if (wanted.protocol != 0 && have.protocol != wanted.protocol) return false;
    if (wanted.source_port_high != 0 &&
        (have.source_port_low != wanted.source_port_low ||
         have.source_port_high != wanted.source_port_high)) {
      return false;
    }
    if (wanted.destination_port_high != 0 &&
        (have.destination_port_low != wanted.destination_port_low ||
         have.destination_port_high != wanted.destination_port_high)) {
      return false;
    }
    if (header.src_len != 0 && have.source != wanted.source) return false;
    if (header.dst_len != 0 && have.destination != wanted.destination) {
      return false;
    }
    return wanted.tos == 0 || have.tos == wanted.tos;
  });
}

NetResult DumpRules(const Request& request, Replies& replies) {
  fib_rule_hdr header;
  const bool complete = request.Fixed(&header);
  if (request.strict) {
    if (!complete) {
      return NetResult::Error(EINVAL,
                              "Invalid header for fib rule dump request");
    }
    if (header.dst_len != 0 || header.src_len != 0 || header.tos != 0 ||
        header.table != 0 || header.res1 != 0 || header.res2 != 0 ||
        header.action != 0 || header.flags != 0) {
      return NetResult::Error(
          EINVAL, "Invalid values in header for fib rule dump request");
    }
    if (request.body.size() > sizeof(header)) {
      return NetResult::Error(
          EINVAL, "Invalid data after header in fib rule dump request");
    }
  }
  const int family = request.family();
  if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6) {
    return NetResult::Error(EAFNOSUPPORT);
  }
  for (int one : {AF_INET, AF_INET6}) {
    if (family != AF_UNSPEC && family != one) continue;
    for (const Rule& rule : request.stack.rules(one)) {
      MessageWriter message = replies.Part(RTM_NEWRULE);
      FillRule(request.stack, rule, message);
      replies.AddPart(std::move(message));
    }
  }
  return NetResult::Ok();
}

// fib_nl_fill_rule.
void FillRule(const Stack& stack, const Rule& rule, MessageWriter& message) {
  const size_t at = message.position();
  fib_rule_hdr header = {};
  header.family = rule.family;
  header.dst_len = rule.destination.length;
  header.src_len = rule.source.length;
  header.tos = rule.tos;
  header.table = rule.table < 256 ? rule.table : RT_TABLE_COMPAT;
  header.action = rule.action;
  header.flags = rule.flags;
  message.Struct(header);
  message.U32(FRA_TABLE, rule.table);
  message.U32(FRA_SUPPRESS_PREFIXLEN, rule.suppress_prefix_length);
  message.U8(FRA_PROTOCOL, rule.protocol);
  if (!rule.iif.empty()) {
    message.Text(FRA_IIFNAME, rule.iif);
    if (stack.FindLink(rule.iif) == nullptr) {
      header.flags |= FIB_RULE_IIF_DETACHED;
    }
  }
  if (!rule.oif.empty()) {
    message.Text(FRA_OIFNAME, rule.oif);
    if (stack.FindLink(rule.oif) == nullptr) {
      header.flags |= FIB_RULE_OIF_DETACHED;
    }
  }
  if (rule.priority != 0) message.U32(FRA_PRIORITY, rule.priority);
  if (rule.mark != 0) message.U32(FRA_FWMARK, rule.mark);
  if (rule.mark != 0 || rule.mark_mask != 0) {
    message.U32(FRA_FWMASK, rule.mark_mask);
  }
  if (rule.goto_target != 0) {
    message.U32(FRA_GOTO, rule.goto_target);
    bool resolved = false;
    for (const Rule& other : stack.rules(rule.family)) {
      resolved |= other.priority == rule.goto_target;
    }
    if (!resolved) header.flags |= FIB_RULE_UNRESOLVED;
  }
  if (rule.tunnel_id != 0) {
    message.U64(FRA_TUN_ID, __builtin_bswap64(rule.tunnel_id));
  }
  if (rule.l3mdev) message.U8(FRA_L3MDEV, 1);
  if (rule.uid_low != kForever || rule.uid_high != kForever) {
    const fib_rule_uid_range range = {rule.uid_low, rule.uid_high};
    message.Put(FRA_UID_RANGE, &range, sizeof(range));
  }
  if (rule.suppress_group != kForever) {
    message.U32(FRA_SUPPRESS_IFGROUP, rule.suppress_group);
  }
  if (rule.ip_protocol != 0) message.U8(FRA_IP_PROTO, rule.ip_protocol);
  if (rule.source_port_high != 0) {
    const fib_rule_port_range range = {rule.source_port_low,
                                       rule.source_port_high};
    message.Put(FRA_SPORT_RANGE, &range, sizeof(range));
  }
  if (rule.destination_port_high != 0) {
    const fib_rule_port_range range = {rule.destination_port_low,
                                       rule.destination_port_high};
    message.Put(FRA_DPORT_RANGE, &range, sizeof(range));
  }
  if (rule.destination.length > 0) {
    message.Address(FRA_DST, rule.destination.address);
  }
  if (rule.source.length > 0) message.Address(FRA_SRC, rule.source.address);
  if (rule.realms != 0) message.U32(FRA_FLOW, rule.realms);
  message.Patch(at, header);
}

}  // namespace quiesce
