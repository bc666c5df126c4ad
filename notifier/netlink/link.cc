#include "notifier/netlink/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netconf.h>

#include <algorithm>
#include <utility>

#include "notifier/netlink/link_kinds.h"

namespace quiesce {
namespace {

constexpr AttributeRule kLinkRules[] = {
    {IFLA_IFNAME, 1, IFNAMSIZ},
    {IFLA_ADDRESS, 0, 32},
    {IFLA_MTU, 4},
    {IFLA_LINK, 4},
    {IFLA_MASTER, 4},
    {IFLA_TXQLEN, 4},
    {IFLA_CARRIER, 1},
    {IFLA_OPERSTATE, 1},
    {IFLA_LINKMODE, 1},
    {IFLA_GROUP, 4},
    {IFLA_PROTO_DOWN, 1},
    {IFLA_EXT_MASK, 4},
    {IFLA_IFALIAS, 0, 255},
};

const Link* LinkOf(const Request& request, const ifinfomsg& header,
                   const Attributes& attributes) {
  if (header.ifi_index > 0) return request.stack.FindLink(header.ifi_index);
  for (uint16_t type : {IFLA_IFNAME, IFLA_ALT_IFNAME}) {
    if (attributes.has(type)) {
      return request.stack.FindLink(attributes.text(type));
    }
  }
  return nullptr;
}

// inet_fill_link_af and inet6_fill_link_af: what daemons read of it.
void FillAddressFamilies(const Stack& stack, const Link& link,
                         MessageWriter& message) {
  const size_t families = message.BeginNest(IFLA_AF_SPEC);
  const Netconf v4 = stack.netconf(AF_INET, link.ifindex);
  uint32_t conf[IPV4_DEVCONF_MAX] = {};
  conf[IPV4_DEVCONF_FORWARDING - 1] = v4.forwarding;
  conf[IPV4_DEVCONF_MC_FORWARDING - 1] = v4.mc_forwarding;
  conf[IPV4_DEVCONF_PROXY_ARP - 1] = v4.proxy_neigh;
  conf[IPV4_DEVCONF_RP_FILTER - 1] = v4.rp_filter;
  conf[IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN - 1] =
      v4.ignore_routes_with_linkdown;
  const size_t inet = message.BeginNest(AF_INET);
  message.Put(IFLA_INET_CONF, conf, sizeof(conf));
  message.EndNest(inet);
  const size_t inet6 = message.BeginNest(AF_INET6);
  constexpr uint32_t kReady = 0x80000000;  // IF_READY
  message.U32(IFLA_INET6_FLAGS, link.ipv6_ready ? kReady : 0);
  message.U8(IFLA_INET6_ADDR_GEN_MODE, link.addr_gen_mode);
  message.EndNest(inet6);
  message.EndNest(families);
}

// net/core/rtnetlink.c:do_set_master with the masters' ndo_add_slave; `link` is
// null where it is yet to be made.
NetResult MayEnslave(const Stack& stack, const Link* link, int master) {
  if (master == 0) return NetResult::Ok();
  const Link* upper = stack.FindLink(master);
  if (upper == nullptr) return NetResult::Error(EINVAL);
  const std::string& kind = upper->kind;
  if (kind != "vrf" && kind != "bridge") return NetResult::Error(EOPNOTSUPP);
  if (link == nullptr) return NetResult::Ok();
  if (kind == "bridge" && link->kind == "bridge") {  // br_if.c:br_add_if
    return NetResult::Error(ELOOP, "Can not enslave a bridge to a bridge");
  }
  if (kind == "bridge" && link->loopback()) return NetResult::Error(EINVAL);
  if (kind == "vrf" && link->loopback()) {  // vrf.c:do_vrf_add_slave
    return NetResult::Error(EOPNOTSUPP,
                            "Can not enslave loopback device to a VRF");
  }
  if (kind == "vrf" && link->kind == "vrf") {
    return NetResult::Error(EINVAL,
                            "Can not enslave an L3 master device to a VRF");
  }
  return NetResult::Ok();
}

NetResult ReadChange(const Request& request, const ifinfomsg& header,
                     const Attributes& attributes, LinkChange* change) {
  if (header.ifi_flags != 0 || header.ifi_change != 0) {
    change->flags = header.ifi_flags;
    change->flags_mask = header.ifi_change != 0 ? header.ifi_change : ~0u;
  }
  if (attributes.has(IFLA_IFNAME) && header.ifi_index > 0) {
    change->name = attributes.text(IFLA_IFNAME);
  }
  if (attributes.has(IFLA_MTU)) change->mtu = attributes.u32(IFLA_MTU);
  if (attributes.has(IFLA_ADDRESS)) {
    const absl::string_view value = attributes.bytes(IFLA_ADDRESS);
    MacAddress mac{};
    if (value.size() < mac.size()) return NetResult::Error(EINVAL);
    std::copy_n(value.begin(), mac.size(), mac.begin());
    if ((mac[0] & 1) || mac == MacAddress{}) {
      return NetResult::Error(EADDRNOTAVAIL);
    }
    change->mac = mac;
  }
  if (attributes.has(IFLA_MASTER)) {
    const int master = attributes.u32(IFLA_MASTER);
    const Link* link = LinkOf(request, header, attributes);
    NetResult may = MayEnslave(request.stack, link, master);
    if (!may.ok()) return may;
    change->master = master;
  }
  if (attributes.has(IFLA_GROUP)) change->group = attributes.u32(IFLA_GROUP);
  if (attributes.has(IFLA_TXQLEN)) {
    change->tx_queue_len = attributes.u32(IFLA_TXQLEN);
  }
  if (attributes.has(IFLA_IFALIAS)) {
    change->alias = std::string(attributes.bytes(IFLA_IFALIAS));
    while (!change->alias->empty() && change->alias->back() == '\0') {
      change->alias->pop_back();
    }
  }
  if (attributes.has(IFLA_LINKMODE)) {
    change->link_mode = attributes.u8(IFLA_LINKMODE);
  }
  if (attributes.has(IFLA_CARRIER)) {
    change->carrier = attributes.u8(IFLA_CARRIER) != 0;
  }
  if (attributes.has(IFLA_PROTO_DOWN)) {
    change->proto_down = attributes.u8(IFLA_PROTO_DOWN) != 0;
  }
  if (attributes.has(IFLA_PROTO_DOWN_REASON)) {
    const Attributes reason = attributes.nested(IFLA_PROTO_DOWN_REASON);
    if (!reason.has(IFLA_PROTO_DOWN_REASON_VALUE)) {
      return NetResult::Error(EINVAL, "Invalid protodown reason value");
    }
    change->proto_down_reasons = reason.u32(IFLA_PROTO_DOWN_REASON_VALUE);
    change->proto_down_reason_mask =
        reason.u32(IFLA_PROTO_DOWN_REASON_MASK, ~0u);
  }
  const Attributes inet6 = attributes.nested(IFLA_AF_SPEC).nested(AF_INET6);
  if (inet6.has(IFLA_INET6_ADDR_GEN_MODE)) {
    change->addr_gen_mode = inet6.u8(IFLA_INET6_ADDR_GEN_MODE);
  }
  return NetResult::Ok();
}

NetResult Change(const Request& request, bool may_create) {
  ifinfomsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  NetResult checked = attributes.Check(kLinkRules);
  if (!checked.ok()) return checked;
  if (header.ifi_index < 0) {
    return NetResult::Error(EINVAL, "ifindex can't be negative");
  }
  const Link* link = LinkOf(request, header, attributes);
  if (link == nullptr) {
    if (!may_create) {
      const bool named = header.ifi_index > 0 || attributes.has(IFLA_IFNAME) ||
                         attributes.has(IFLA_ALT_IFNAME);
      return NetResult::Error(named ? ENODEV : EINVAL);
    }
    if (!request.flag(NLM_F_CREATE)) return NetResult::Error(ENODEV);
    LinkChange change;
    NetResult read = ReadChange(request, header, attributes, &change);
    if (!read.ok()) return read;
    return CreateLink(request, header, attributes, std::move(change));
  }
  if (may_create) {
    if (request.flag(NLM_F_EXCL)) return NetResult::Error(EEXIST);
    if (request.flag(NLM_F_REPLACE)) return NetResult::Error(EOPNOTSUPP);
  }
  LinkChange change;
  NetResult read = ReadChange(request, header, attributes, &change);
  if (!read.ok()) return read;
  return request.stack.ChangeLink(link->ifindex, change);
}

}  // namespace

void FillLink(const Stack& stack, const Link& link, uint32_t change,
              MessageWriter& message) {
  ifinfomsg header = {};
  header.ifi_type = link.type;
  header.ifi_index = link.ifindex;
  header.ifi_flags = link.flags();
  header.ifi_change = change;
  message.Struct(header);
  message.Text(IFLA_IFNAME, link.name);
  message.U32(IFLA_TXQLEN, link.tx_queue_len);
  message.U8(IFLA_OPERSTATE, link.operstate());
  message.U8(IFLA_LINKMODE, link.link_mode);
  message.U32(IFLA_MTU, link.mtu);
  message.U32(IFLA_MIN_MTU, link.min_mtu);
  message.U32(IFLA_MAX_MTU, link.max_mtu);
  message.U32(IFLA_GROUP, link.group);
  message.U32(IFLA_PROMISCUITY, link.promiscuity);
  message.U32(IFLA_ALLMULTI, link.all_multi);
  message.U32(IFLA_NUM_TX_QUEUES, 1);
  message.U32(IFLA_GSO_MAX_SEGS, 65535);
  message.U32(IFLA_GSO_MAX_SIZE, 65536);
  message.U32(IFLA_NUM_RX_QUEUES, 1);
  if (link.master != 0) message.U32(IFLA_MASTER, link.master);
  // A device that is down reports no carrier unless it never reports any, or
  // another's.
  message.U8(IFLA_CARRIER, link.carrier && (link.up() || link.stacked() ||
                                            !link.reports_carrier));
  if (!link.alias.empty()) message.Text(IFLA_IFALIAS, link.alias);
  message.U32(IFLA_CARRIER_CHANGES,
              link.carrier_up_count + link.carrier_down_count);
  message.U32(IFLA_CARRIER_UP_COUNT, link.carrier_up_count);
  message.U32(IFLA_CARRIER_DOWN_COUNT, link.carrier_down_count);
  message.U8(IFLA_PROTO_DOWN, link.proto_down);
  if (link.proto_down_reasons != 0) {
    const size_t reasons = message.BeginNest(IFLA_PROTO_DOWN_REASON);
    message.U32(IFLA_PROTO_DOWN_REASON_VALUE, link.proto_down_reasons);
    message.EndNest(reasons);
  }
  if (link.has_address()) {
    message.Put(IFLA_ADDRESS, link.mac.data(), link.mac.size());
    message.Put(IFLA_BROADCAST, link.broadcast.data(), link.broadcast.size());
  }
  const rtnl_link_stats64 stats64 = {};
  message.Put(IFLA_STATS64, &stats64, sizeof(stats64));
  const rtnl_link_stats stats = {};
  message.Put(IFLA_STATS, &stats, sizeof(stats));
  FillLinkInfo(stack, link, message);
  if (link.lower != 0 || link.type == ARPHRD_PIMREG) {
    message.U32(IFLA_LINK, link.lower);
  }
  if (link.lower_netns >= 0) {
    message.U32(IFLA_LINK_NETNSID, link.lower_netns);
  }
  message.Text(IFLA_QDISC, link.has_qdisc ? "noqueue" : "noop");
  FillAddressFamilies(stack, link, message);
  if (!link.alternative_names.empty()) {
    const size_t list = message.BeginNest(IFLA_PROP_LIST | NLA_F_NESTED);
    for (const std::string& name : link.alternative_names) {
      message.Text(IFLA_ALT_IFNAME, name);
    }
    message.EndNest(list);
  }
  const rtnl_link_ifmap map = {};
  message.Put(IFLA_MAP, &map, sizeof(map));
}

NetResult NewLink(const Request& request, Replies&) {
  return Change(request, /*may_create=*/true);
}

NetResult SetLink(const Request& request, Replies&) {
  return Change(request, /*may_create=*/false);
}

NetResult DeleteLink(const Request& request, Replies&) {
  ifinfomsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  NetResult checked = attributes.Check(kLinkRules);
  if (!checked.ok()) return checked;
  const Link* link = LinkOf(request, header, attributes);
  if (link == nullptr) {
    const bool named = header.ifi_index > 0 || attributes.has(IFLA_IFNAME) ||
                       attributes.has(IFLA_ALT_IFNAME);
    return NetResult::Error(named ? ENODEV : EINVAL);
  }
  if (link->kind.empty()) return NetResult::Error(EOPNOTSUPP);
  return request.stack.DeleteLink(link->ifindex);
}

NetResult GetLink(const Request& request, Replies& replies) {
  ifinfomsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header for get link");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  if (request.strict) {
    if (header.ifi_type != 0 || header.ifi_flags != 0 ||
        header.ifi_change != 0) {
      return NetResult::Error(EINVAL,
                              "Invalid values in header for get link request");
    }
    for (const Attribute& attribute : attributes.all()) {
      switch (attribute.type) {
        case IFLA_IFNAME:
        case IFLA_ALT_IFNAME:
        case IFLA_EXT_MASK:
        case IFLA_TARGET_NETNSID:
          break;
        default:
          return NetResult::Error(EINVAL,
                                  "Unsupported attribute in get link request");
      }
    }
  }
  NetResult checked = attributes.Check(kLinkRules);
  if (!checked.ok()) return checked;
  if (attributes.has(IFLA_TARGET_NETNSID)) {
    return NetResult::Error(EINVAL, "Invalid target network namespace id");
  }
  const Link* link = LinkOf(request, header, attributes);
  if (link == nullptr) {
    const bool named = header.ifi_index > 0 || attributes.has(IFLA_IFNAME) ||
                       attributes.has(IFLA_ALT_IFNAME);
    return NetResult::Error(named ? ENODEV : EINVAL);
  }
  MessageWriter message = replies.Single(RTM_NEWLINK);
  FillLink(request.stack, *link, 0, message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult DumpLinks(const Request& request, Replies& replies) {
  ifinfomsg header;
  const bool complete = request.Fixed(&header);
  Attributes attributes = request.AttributesAfter(sizeof(header));
  if (request.strict) {
    if (!complete) {
      return NetResult::Error(EINVAL, "Invalid header for link dump");
    }
    if (header.ifi_type != 0 || header.ifi_flags != 0 ||
        header.ifi_change != 0) {
      return NetResult::Error(EINVAL,
                              "Invalid values in header for link dump request");
    }
    if (header.ifi_index != 0) {
      return NetResult::Error(
          EINVAL, "Filter by device index not supported for link dumps");
    }
    for (const Attribute& attribute : attributes.all()) {
      switch (attribute.type) {
        case IFLA_MASTER:
        case IFLA_LINKINFO:
        case IFLA_EXT_MASK:
        case IFLA_TARGET_NETNSID:
          break;
        default:
          return NetResult::Error(EINVAL,
                                  "Unsupported attribute in link dump request");
      }
    }
  } else if (!complete) {
    attributes = Attributes();  // a bare rtgenmsg
  }
  const uint32_t master = attributes.u32(IFLA_MASTER);
  const std::string kind =
      attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  if (master != 0 || !kind.empty()) replies.set_filtered();
  for (const auto& [ifindex, link] : request.stack.links()) {
    if (master != 0 && link.master != static_cast<int>(master)) continue;
    if (!kind.empty() && link.kind != kind) continue;
    MessageWriter message = replies.Part(RTM_NEWLINK);
    FillLink(request.stack, link, 0, message);
    replies.AddPart(std::move(message));
  }
  return NetResult::Ok();
}

NetResult DumpBridgeLinks(const Request&, Replies&) { return NetResult::Ok(); }

}  // namespace quiesce
