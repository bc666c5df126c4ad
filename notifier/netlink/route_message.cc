// Routes as bytes.
#include <linux/lwtunnel.h>
#include <linux/netconf.h>

#include "notifier/netlink/route.h"

namespace quiesce {
namespace {

bool IgnoresLinkdown(const Stack& stack, int family, int ifindex) {
  return stack.netconf(family, ifindex).ignore_routes_with_linkdown ||
         (family == AF_INET && stack.netconf(family, NETCONFA_IFINDEX_ALL)
                                   .ignore_routes_with_linkdown);
}

void FillMultipath(const Stack& stack, int family, const std::vector<Hop>& hops,
                   MessageWriter& message) {
  const size_t nest = message.BeginNest(RTA_MULTIPATH);
  for (const Hop& hop : hops) {
    const size_t at = message.position();
    rtnexthop header = {};
    header.rtnh_hops = hop.weight - 1;
    header.rtnh_ifindex = hop.oif;
    message.Struct(header);
    header.rtnh_flags = FillHop(stack, family, hop, false, message);
    header.rtnh_len = message.position() - at;
    message.Patch(at, header);
  }
  message.EndNest(nest);
}

}  // namespace

uint32_t FillHop(const Stack& stack, int family, const Hop& hop, bool with_oif,
                 MessageWriter& message) {
  uint32_t flags = hop.flags & (RTNH_F_ONLINK | RTNH_F_DEAD | RTNH_F_LINKDOWN |
                                RTNH_F_OFFLOAD | RTNH_F_TRAP);
  if ((flags & RTNH_F_LINKDOWN) && IgnoresLinkdown(stack, family, hop.oif)) {
    flags |= RTNH_F_DEAD;
  }
  if (hop.gateway.valid()) {
    if (hop.gateway.family() == family) {
      message.Address(RTA_GATEWAY, hop.gateway);
    } else {
      std::string via(sizeof(uint16_t) + hop.gateway.size(), '\0');
      const uint16_t via_family = hop.gateway.family();
      std::memcpy(&via[0], &via_family, sizeof(via_family));
      std::memcpy(&via[2], hop.gateway.bytes(), hop.gateway.size());
      message.Bytes(RTA_VIA, via);
    }
  }
  if (with_oif && hop.oif != 0) message.U32(RTA_OIF, hop.oif);
  if (hop.realm != 0) message.U32(RTA_FLOW, hop.realm);
  if (hop.encap_type != 0) {
    message.Bytes(RTA_ENCAP | NLA_F_NESTED, hop.encap);
    message.U16(RTA_ENCAP_TYPE, hop.encap_type);
  }
  return flags;
}

void FillMetrics(const Route& route, MessageWriter& message) {
  if (route.metrics.empty() && route.congestion_control.empty()) return;
  const size_t nest = message.BeginNest(RTA_METRICS);
  bool named = route.congestion_control.empty();
  for (const auto& [metric, value] : route.metrics) {
    if (!named && metric > RTAX_CC_ALGO) {
      message.Text(RTAX_CC_ALGO, route.congestion_control);
      named = true;
    }
    message.U32(metric, value);
  }
  if (!named) message.Text(RTAX_CC_ALGO, route.congestion_control);
  message.EndNest(nest);
}

void FillRoute(const Stack& stack, const Route& route, MessageWriter& message) {
  FillRouteAs(stack, route, route.table, route.type, message);
}

void FillRouteAs(const Stack& stack, const Route& route, uint32_t table,
                 uint8_t type, MessageWriter& message) {
  const bool v4 = route.family() == AF_INET;
  const size_t at = message.position();
  rtmsg header = {};
  header.rtm_family = route.family();
  header.rtm_dst_len = route.destination.length;
  header.rtm_src_len = route.source.length;
  header.rtm_tos = route.tos;
  header.rtm_table = table < 256 ? table : RT_TABLE_COMPAT;
  header.rtm_type = type;
  header.rtm_scope = route.scope;
  header.rtm_protocol = route.protocol;
  message.Struct(header);
  message.U32(RTA_TABLE, table);
  if (route.destination.length > 0) {
    message.Address(RTA_DST, route.destination.address);
  }
  if (route.source.length > 0) {
    message.Address(RTA_SRC, route.source.address);
  }
  if (v4 && route.priority != 0) message.U32(RTA_PRIORITY, route.priority);
  if (!v4 && route.preferred_source.valid()) {
    message.Address(RTA_PREFSRC, route.preferred_source);
  }
  FillMetrics(route, message);
  if (!v4) message.U32(RTA_PRIORITY, route.priority);
  if (v4 && route.preferred_source.valid()) {
    message.Address(RTA_PREFSRC, route.preferred_source);
  }
  uint32_t flags = 0;
  if (route.nexthop_id != 0) {
    message.U32(RTA_NH_ID, route.nexthop_id);
    const NexthopObject* object = stack.FindNexthop(route.nexthop_id);
    if (object != nullptr && object->blackhole) {
      header.rtm_type = RTN_BLACKHOLE;
      message.U32(RTA_OIF, 1);  // the loopback stands for nowhere
    }
  }
  const std::vector<Hop> hops = stack.HopsOf(route);
  const NexthopObject* group = stack.FindNexthop(route.nexthop_id);
  // rt6_fill_node_nexthop: a group is shown as such with one member, too.
  const bool listed = !v4 && group != nullptr && group->is_group;
  if (hops.size() == 1 && !listed) {
    flags = FillHop(stack, route.family(), hops.front(), true, message);
  } else if (!hops.empty()) {
    FillMultipath(stack, route.family(), hops, message);
  }
  if (!v4) {
    rta_cacheinfo cache = {};
    cache.rta_expires = route.expires * 100;  // USER_HZ
    message.Put(RTA_CACHEINFO, &cache, sizeof(cache));
    message.U8(RTA_PREF, route.preference);
  }
  header.rtm_flags = flags | (route.flags & RTM_F_CLONED);
  message.Patch(at, header);
}

}  // namespace quiesce
