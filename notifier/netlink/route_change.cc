// RTM_NEWROUTE and RTM_DELROUTE: rtm_to_fib_config, rtm_to_fib6_config and what
// hangs on them.
#include <errno.h>
#include <linux/lwtunnel.h>

#include <algorithm>

#include "notifier/netlink/route.h"

namespace quiesce {
namespace {

constexpr AttributeRule kRules4[] = {
    {RTA_DST, 4},     {RTA_SRC, 4},        {RTA_IIF, 4},
    {RTA_OIF, 4},     {RTA_GATEWAY, 4},    {RTA_PRIORITY, 4},
    {RTA_PREFSRC, 4}, {RTA_MULTIPATH, 8},  {RTA_FLOW, 4},
    {RTA_TABLE, 4},   {RTA_ENCAP_TYPE, 2}, {RTA_NH_ID, 4},
    {RTA_MARK, 4},    {RTA_UID, 4},        {RTA_IP_PROTO, 1},
    {RTA_SPORT, 2},   {RTA_DPORT, 2},
};
constexpr AttributeRule kRules6[] = {
    {RTA_GATEWAY, 16}, {RTA_PREFSRC, 16},  {RTA_OIF, 4},   {RTA_IIF, 4},
    {RTA_PRIORITY, 4}, {RTA_MULTIPATH, 8}, {RTA_PREF, 1},  {RTA_ENCAP_TYPE, 2},
    {RTA_EXPIRES, 4},  {RTA_TABLE, 4},     {RTA_NH_ID, 4}, {RTA_MARK, 4},
    {RTA_UID, 4},      {RTA_IP_PROTO, 1},  {RTA_SPORT, 2}, {RTA_DPORT, 2},
};

// Everything a request may say about a route.
struct Wanted {
  Route route;
  RouteMatch match;
};

// net/ipv4/fib_frontend.c:fib_gw_from_via.
NetResult ReadVia(absl::string_view value, IpAddress* gateway) {
  uint16_t family = 0;
  if (value.size() < sizeof(family)) {
    return NetResult::Error(EINVAL, "Invalid attribute length for RTA_VIA");
  }
  std::memcpy(&family, value.data(), sizeof(family));
  value.remove_prefix(sizeof(family));
  if (family != AF_INET && family != AF_INET6) {
    return NetResult::Error(EINVAL, "Unsupported address family in RTA_VIA");
  }
  if (value.size() != (family == AF_INET ? 4u : 16u)) {
    return NetResult::Error(EINVAL, family == AF_INET
                                        ? "Invalid IPv4 address in RTA_VIA"
                                        : "Invalid IPv6 address in RTA_VIA");
  }
  *gateway = IpAddress::FromBytes(family, value.data());
  return NetResult::Ok();
}

NetResult ReadEncap(const Attributes& attributes, Hop* hop) {
  if (!attributes.has(RTA_ENCAP)) return NetResult::Ok();
  hop->encap_type = attributes.u16(RTA_ENCAP_TYPE);
  hop->encap = std::string(attributes.bytes(RTA_ENCAP));
  if (hop->encap_type == LWTUNNEL_ENCAP_NONE ||
      hop->encap_type > LWTUNNEL_ENCAP_MAX) {
    return NetResult::Error(EINVAL, "Unknown lwt encapsulation type");
  }
  return NetResult::Ok();
}

// net/ipv4/metrics.c:ip_metrics_convert.
NetResult ReadMetrics(const Attributes& metrics, Route* route) {
  for (const Attribute& metric : metrics.all()) {
    if (metric.type == 0) continue;
    if (metric.type > RTAX_MAX) {
      return NetResult::Error(EINVAL, "Invalid metric type");
    }
    if (metric.type == RTAX_CC_ALGO) {
      route->congestion_control =
          std::string(metric.value.substr(0, metric.value.find('\0')));
      continue;
    }
    if (metric.value.size() != sizeof(uint32_t)) {
      return NetResult::Error(EINVAL, "Invalid attribute in metrics");
    }
    uint32_t value;
    std::memcpy(&value, metric.value.data(), sizeof(value));
    if (metric.type == RTAX_ADVMSS) value = std::min(value, 65535u - 40);
    if (metric.type == RTAX_MTU) value = std::min(value, 65535u - 15);
    if (metric.type == RTAX_HOPLIMIT) value = std::min(value, 255u);
    if (metric.type == RTAX_FEATURES && (value & ~RTAX_FEATURE_MASK)) {
      return NetResult::Error(
          EINVAL, "Unknown flag set in feature mask in metrics attribute");
    }
    if (value != 0) route->metrics[metric.type] = value;
  }
  return NetResult::Ok();
}

// fib_semantics.c:fib_get_nhs, route.c:ip6_route_multipath_add.
NetResult ReadMultipath(absl::string_view bytes, int family,
                        std::vector<Hop>* hops) {
  const char* rubbish =
      family == AF_INET
          ? "Invalid nexthop configuration - extra data after nexthop"
          : "Invalid nexthop configuration - no valid nexthops";
  while (bytes.size() >= sizeof(rtnexthop)) {
    rtnexthop header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.rtnh_len < sizeof(header) || header.rtnh_len > bytes.size()) {
      break;
    }
    if (family == AF_INET &&
        (header.rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN))) {
      return NetResult::Error(EINVAL,
                              "Invalid flags for nexthop - can not contain "
                              "DEAD or LINKDOWN");
    }
    Hop hop;
    hop.oif = header.rtnh_ifindex;
    hop.weight = header.rtnh_hops + 1;
    hop.flags = header.rtnh_flags;
    const Attributes attributes(
        bytes.substr(sizeof(header), header.rtnh_len - sizeof(header)));
    if (attributes.has(RTA_GATEWAY) && attributes.has(RTA_VIA)) {
      return NetResult::Error(EINVAL,
                              "Nexthop configuration can not contain both "
                              "GATEWAY and VIA");
    }
    if (attributes.has(RTA_GATEWAY)) {
      hop.gateway = attributes.address(RTA_GATEWAY, family);
      if (!hop.gateway.valid()) {
        return NetResult::Error(EINVAL, family == AF_INET
                                            ? "Invalid IPv4 address in "
                                              "RTA_GATEWAY"
                                            : "Invalid IPv6 address in "
                                              "RTA_GATEWAY");
      }
      if (hop.gateway.is_any() && family == AF_INET) hop.gateway = {};
    }
    if (attributes.has(RTA_VIA)) {
      NetResult via = ReadVia(attributes.bytes(RTA_VIA), &hop.gateway);
      if (!via.ok()) return via;
    }
    hop.realm = attributes.u32(RTA_FLOW);
    NetResult encap = ReadEncap(attributes, &hop);
    if (!encap.ok()) return encap;
    hops->push_back(std::move(hop));
    bytes.remove_prefix(
        std::min<size_t>(RTNH_ALIGN(header.rtnh_len), bytes.size()));
  }
  if (!bytes.empty() || hops->empty()) return NetResult::Error(EINVAL, rubbish);
  return NetResult::Ok();
}

NetResult Read(const Request& request, Wanted* wanted) {
  rtmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(
        EINVAL, request.family() == AF_INET ? "" : "Invalid header length");
  }
  const int family = header.rtm_family;
  const bool v4 = family == AF_INET;
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  NetResult checked =
      v4 ? attributes.Check(kRules4) : attributes.Check(kRules6);
  if (!checked.ok()) return checked;
  if (v4 && (header.rtm_tos & 3)) {
    return NetResult::Error(EINVAL,
                            "Invalid dsfield (tos): ECN bits must be 0");
  }
  if (!v4 && header.rtm_tos != 0) {
    return NetResult::Error(
        EINVAL, "Invalid dsfield (tos): option not available for IPv6");
  }
  Route& route = wanted->route;
  route.tos = header.rtm_tos;
  route.table = attributes.u32(RTA_TABLE, header.rtm_table);
  if (route.table == RT_TABLE_UNSPEC) route.table = RT_TABLE_MAIN;
  route.protocol = header.rtm_protocol;
  route.scope = v4 ? header.rtm_scope : uint8_t{RT_SCOPE_UNIVERSE};
  route.type = header.rtm_type;
  if (v4 && route.type > RTN_MAX) {
    return NetResult::Error(EINVAL, "Invalid route type");
  }
  auto prefix = [&](uint16_t type, int length, IpPrefix* out) {
    out->length = length;
    uint8_t bytes[16] = {};
    const absl::string_view value = attributes.bytes(type);
    if (!v4 && value.size() < static_cast<size_t>((length + 7) / 8) &&
        attributes.has(type)) {
      return false;
    }
    std::copy_n(value.data(), std::min(value.size(), sizeof(bytes)), bytes);
    out->address = IpAddress::FromBytes(family, bytes);
    return true;
  };
  if (!prefix(RTA_DST, header.rtm_dst_len, &route.destination)) {
    return NetResult::Error(EINVAL);
  }
  if (!v4 && (header.rtm_dst_len > 128 || header.rtm_src_len > 128)) {
    return NetResult::Error(EINVAL, header.rtm_dst_len > 128
                                        ? "Invalid prefix length"
                                        : "Invalid source address length");
  }
  if (!v4 && header.rtm_src_len > 0) {
    if (!prefix(RTA_SRC, header.rtm_src_len, &route.source)) {
      return NetResult::Error(EINVAL);
    }
    route.source = route.source.Network();
  }
  route.priority = attributes.u32(RTA_PRIORITY);
  route.preferred_source = attributes.address(RTA_PREFSRC, family);
  if (route.preferred_source.valid() && route.preferred_source.is_any()) {
    route.preferred_source = IpAddress();
  }
  route.nexthop_id = attributes.u32(RTA_NH_ID);
  NetResult metrics = ReadMetrics(attributes.nested(RTA_METRICS), &route);
  if (!metrics.ok()) return metrics;
  if (!v4) {
    const uint8_t preference = attributes.u8(RTA_PREF);
    const bool known = preference == 1 || preference == 3;  // high, low
    route.preference = known ? preference : 0;
    route.expires = attributes.u32(RTA_EXPIRES);
    if (header.rtm_flags & RTM_F_CLONED) {
      return NetResult::Error(EINVAL, "Userspace can not set RTF_CACHE");
    }
  }

  Hop hop;
  hop.oif = attributes.u32(RTA_OIF);
  hop.flags = header.rtm_flags & (RTNH_F_ONLINK | RTNH_F_PERVASIVE);
  const bool has_gateway = attributes.has(RTA_GATEWAY);
  if (has_gateway) hop.gateway = attributes.address(RTA_GATEWAY, family);
  if (v4 && hop.gateway.valid() && hop.gateway.is_any()) hop.gateway = {};
  if (attributes.has(RTA_VIA)) {
    if (!v4) {
      return NetResult::Error(EINVAL,
                              "IPv6 does not support RTA_VIA attribute");
    }
    if (has_gateway) {
      return NetResult::Error(EINVAL,
                              "Nexthop configuration can not contain both "
                              "GATEWAY and VIA");
    }
    NetResult via = ReadVia(attributes.bytes(RTA_VIA), &hop.gateway);
    if (!via.ok()) return via;
  }
  hop.realm = attributes.u32(RTA_FLOW);
  NetResult encap = ReadEncap(attributes, &hop);
  if (!encap.ok()) return encap;
  const bool multipath =
      attributes.has(RTA_MULTIPATH) && !attributes.bytes(RTA_MULTIPATH).empty();
  if (route.nexthop_id != 0 &&
      (hop.oif != 0 || (v4 ? hop.gateway.valid() : has_gateway) || multipath ||
       hop.encap_type != 0)) {
    return NetResult::Error(
        EINVAL, "Nexthop specification and nexthop id are mutually exclusive");
  }
  if (multipath) {
    NetResult read =
        ReadMultipath(attributes.bytes(RTA_MULTIPATH), family, &route.hops);
    if (!read.ok()) return read;
  } else if (route.nexthop_id == 0) {
    route.hops.push_back(hop);
  }

  RouteMatch& match = wanted->match;
  match.destination = route.destination;
  match.source = route.source;
  match.table = route.table;
  match.tos = route.tos;
  match.type = route.type;
  match.scope = header.rtm_scope;
  match.protocol = route.protocol;
  match.priority = route.priority;
  match.preferred_source = route.preferred_source;
  match.nexthop_id = route.nexthop_id;
  match.metrics = route.metrics;
  match.hops = route.hops;
  match.multipath = multipath;
  route.flags = header.rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN);
  if (!v4) route.flags = 0;
  return NetResult::Ok();
}

NetResult Add(const Request& request) {
  Wanted wanted;
  NetResult read = Read(request, &wanted);
  if (!read.ok()) return read;
  return request.stack.NewRoute(std::move(wanted.route),
                                request.header.nlmsg_flags);
}

NetResult Remove(const Request& request) {
  Wanted wanted;
  NetResult read = Read(request, &wanted);
  if (!read.ok()) return read;
  return request.stack.DeleteRoute(wanted.match);
}

}  // namespace

NetResult NewRoute4(const Request& request, Replies&) { return Add(request); }
NetResult NewRoute6(const Request& request, Replies&) { return Add(request); }
NetResult DeleteRoute4(const Request& request, Replies&) {
  return Remove(request);
}
NetResult DeleteRoute6(const Request& request, Replies&) {
  return Remove(request);
}

}  // namespace quiesce
