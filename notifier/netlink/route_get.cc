// RTM_GETROUTE: dumps (inet_dump_fib, inet6_dump_fib) and the answer to
// `ip route get` (inet_rtm_getroute, inet6_rtm_getroute).
#include <errno.h>
#include <linux/in_route.h>

#include "notifier/netlink/route.h"

namespace quiesce {
namespace {

struct Filter {
  uint32_t table = 0;
  uint8_t protocol = 0;
  uint8_t type = 0;
  int oif = 0;
  bool set = false;
  bool routes = true;  // false: only the cache, which is always empty
  bool exceptions = true;
};

// fib_frontend.c:ip_valid_fib_dump_req.
NetResult ReadFilter(const Request& request, Filter* filter) {
  rtmsg header;
  const bool complete = request.Fixed(&header);
  if (!request.strict) {
    // Routes "of prefixes" are those of router advertisements: none.
    if (complete && (header.rtm_flags & RTM_F_PREFIX)) filter->routes = false;
    return NetResult::Ok();
  }
  if (!complete) {
    return NetResult::Error(EINVAL, "Invalid header for FIB dump request");
  }
  if (header.rtm_dst_len != 0 || header.rtm_src_len != 0 ||
      header.rtm_tos != 0 || header.rtm_scope != 0) {
    return NetResult::Error(EINVAL,
                            "Invalid values in header for FIB dump request");
  }
  if (header.rtm_flags & ~(RTM_F_CLONED | RTM_F_PREFIX)) {
    return NetResult::Error(EINVAL, "Invalid flags for FIB dump request");
  }
  filter->exceptions = header.rtm_flags & RTM_F_CLONED;
  if (header.rtm_flags != 0) filter->routes = false;
  filter->protocol = header.rtm_protocol;
  filter->type = header.rtm_type;
  filter->table = header.rtm_table;
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.type != RTA_TABLE && attribute.type != RTA_OIF) {
      return NetResult::Error(EINVAL, "Unsupported attribute in dump request");
    }
    if (attribute.value.size() < 4) {
      return NetResult::Error(ERANGE, "Attribute failed policy validation");
    }
    uint32_t value;
    std::memcpy(&value, attribute.value.data(), sizeof(value));
    if (attribute.type == RTA_TABLE) {
      filter->table = value;
    } else {
      filter->oif = value;
      if (request.stack.FindLink(filter->oif) == nullptr) {
        return NetResult::Error(ENODEV);
      }
    }
  }
  filter->set = header.rtm_flags != 0 || filter->table != 0 ||
                filter->protocol != 0 || filter->type != 0 || filter->oif != 0;
  return NetResult::Ok();
}

NetResult Dump(const Request& request, Replies& replies, int family) {
  Filter filter;
  NetResult read = ReadFilter(request, &filter);
  if (!read.ok()) return read;
  if (filter.set) replies.set_done_filtered();
  if (!filter.routes) return NetResult::Ok();
  if (filter.table != 0 &&
      request.stack.FindTable(family, filter.table) == nullptr) {
    // A dump of all families goes on with the next one.
    if (request.family() != family) return NetResult::Ok();
    return NetResult::Error(ENOENT, family == AF_INET
                                        ? "ipv4: FIB table does not exist"
                                        : "ipv6: FIB table does not exist");
  }
  const bool filtered = filter.set || !filter.exceptions;
  for (const RouteTable* table : request.stack.Tables(family)) {
    if (filter.table != 0 && table->id() != filter.table) continue;
    for (const Route* route : table->Sorted()) {
      if (filter.protocol != 0 && route->protocol != filter.protocol) continue;
      if (filter.type != 0 && route->type != filter.type) continue;
      if (filter.oif != 0) {
        bool uses = false;
        for (const Hop& hop : request.stack.HopsOf(*route)) {
          uses |= hop.oif == filter.oif;
        }
        if (!uses) continue;
      }
      MessageWriter message(RTM_NEWROUTE,
                            NLM_F_MULTI | (filtered ? NLM_F_DUMP_FILTERED : 0),
                            request.header.nlmsg_seq, request.portid);
      FillRoute(request.stack, *route, message);
      replies.AddPart(std::move(message));
    }
  }
  return NetResult::Ok();
}

NetResult ReadFlow(const Request& request, rtmsg* header, Flow* flow) {
  const bool complete = request.Fixed(header);
  const int family = request.family();
  auto refuse = [&](const std::string& why) {
    return NetResult::Error(EINVAL, why);
  };
  if (!complete) {
    return refuse(family == AF_INET
                      ? "ipv4: Invalid header for route get request"
                      : "ipv6: Invalid header for get route request");
  }
  const int bits = family == AF_INET ? 32 : 128;
  const Attributes attributes = request.AttributesAfter(sizeof(*header));
  if (request.strict) {
    if ((header->rtm_src_len != 0 && header->rtm_src_len != bits) ||
        (header->rtm_dst_len != 0 && header->rtm_dst_len != bits) ||
        header->rtm_table != 0 || header->rtm_protocol != 0 ||
        header->rtm_scope != 0 || header->rtm_type != 0) {
      return refuse(
          family == AF_INET
              ? "ipv4: Invalid values in header for route get request"
              : "ipv6: Invalid values in header for get route request");
    }
    constexpr uint32_t kFlags =
        RTM_F_NOTIFY | RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH;
    if (header->rtm_flags & ~(family == AF_INET ? kFlags : RTM_F_FIB_MATCH)) {
      return refuse(family == AF_INET
                        ? "ipv4: Unsupported rtm_flags for route get request"
                        : "ipv6: Invalid flags for get route request");
    }
    if ((attributes.has(RTA_SRC) && header->rtm_src_len == 0) ||
        (attributes.has(RTA_DST) && header->rtm_dst_len == 0)) {
      return refuse(family == AF_INET ? "ipv4: rtm_src_len and rtm_dst_len "
                                        "must be 32 for IPv4"
                                      : "ipv6: rtm_src_len and rtm_dst_len "
                                        "must be 128 for IPv6");
    }
    for (const Attribute& attribute : attributes.all()) {
      switch (attribute.type) {
        case RTA_IIF:
        case RTA_OIF:
        case RTA_SRC:
        case RTA_DST:
        case RTA_IP_PROTO:
        case RTA_SPORT:
        case RTA_DPORT:
        case RTA_MARK:
        case RTA_UID:
          break;
        default:
          return refuse(
              family == AF_INET
                  ? "ipv4: Unsupported attribute in route get request"
                  : "ipv6: Unsupported attribute in get route request");
      }
    }
  }
  for (uint16_t type : {RTA_DST, RTA_SRC}) {
    if (attributes.has(type) &&
        attributes.bytes(type).size() < static_cast<size_t>(bits / 8)) {
      return NetResult::Error(family == AF_INET ? ERANGE : EINVAL);
    }
  }
  flow->dst = attributes.address(RTA_DST, family);
  if (!flow->dst.valid()) flow->dst = IpAddress::Any(family);
  flow->src = attributes.address(RTA_SRC, family);
  flow->iif = attributes.u32(RTA_IIF);
  flow->oif = attributes.u32(RTA_OIF);
  flow->mark = attributes.u32(RTA_MARK);
  flow->tos = header->rtm_tos;
  flow->protocol = attributes.u8(RTA_IP_PROTO);
  flow->sport = __builtin_bswap16(attributes.u16(RTA_SPORT));
  flow->dport = __builtin_bswap16(attributes.u16(RTA_DPORT));
  return NetResult::Ok();
}

NetResult Get(const Request& request, Replies& replies) {
  rtmsg asked;
  Flow flow;
  NetResult read = ReadFlow(request, &asked, &flow);
  if (!read.ok()) return read;
  const bool v4 = request.family() == AF_INET;
  if (flow.iif != 0 && request.stack.FindLink(flow.iif) == nullptr) {
    return NetResult::Error(ENODEV);
  }
  RouteResult found = flow.iif != 0 ? request.stack.ResolveInput(flow, flow.iif)
                                    : request.stack.ResolveOutput(flow);
  // A missing source address is the socket's trouble, not the route's.
  if (!v4 && found.error == EADDRNOTAVAIL) found.error = 0;
  // IPv6 asks whether it forwards only when it has a packet.
  if (!v4 && found.error == EHOSTUNREACH && !found.hops.empty()) {
    found.error = 0;
  }
  if (!found.ok()) return NetResult::Error(found.error);
  MessageWriter message = replies.Single(RTM_NEWROUTE);
  if (asked.rtm_flags & RTM_F_FIB_MATCH) {
    if (found.route == nullptr) return NetResult::Error(EHOSTUNREACH);
    FillRouteAs(request.stack, *found.route, found.table,
                v4 ? found.type : found.route->type, message);
    replies.AddSingle(std::move(message));
    return NetResult::Ok();
  }
  const bool whole = v4 && !(asked.rtm_flags & RTM_F_LOOKUP_TABLE);
  const uint32_t table = whole ? RT_TABLE_MAIN : found.table;
  const size_t at = message.position();
  rtmsg header = {};
  header.rtm_family = request.family();
  header.rtm_dst_len = v4 ? 32 : 128;
  header.rtm_table = table < 256 ? table : RT_TABLE_COMPAT;
  header.rtm_type = found.type;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  message.Struct(header);
  if (v4) {  // rt_fill_info
    header.rtm_flags = RTM_F_CLONED;
    if (found.type == RTN_LOCAL) header.rtm_flags |= RTCF_LOCAL;
    if (found.type == RTN_BROADCAST) {
      header.rtm_flags |= RTCF_BROADCAST | RTCF_LOCAL;
    }
    if (found.type == RTN_MULTICAST) header.rtm_flags |= RTCF_MULTICAST;
    message.Address(RTA_DST, flow.dst);
    message.U32(RTA_TABLE, table);
    if (flow.src.valid()) {
      header.rtm_src_len = 32;
      message.Address(RTA_SRC, flow.src);
    }
    message.U32(RTA_OIF, found.oif);
    if (flow.iif == 0 && found.source.valid() && found.source != flow.src) {
      message.Address(RTA_PREFSRC, found.source);
    }
    Hop hop;
    hop.gateway = found.gateway;
    FillHop(request.stack, AF_INET, hop, false, message);
    // __mkroute_output forgets the route of these.
    const bool forgotten =
        found.route == nullptr || found.type == RTN_BROADCAST ||
        (found.type == RTN_MULTICAST && found.route->destination.length < 4);
    if (!forgotten) FillMetrics(*found.route, message);
    if (flow.mark != 0) message.U32(RTA_MARK, flow.mark);
    if (flow.iif == 0) message.U32(RTA_UID, 0);
    if (flow.iif != 0) message.U32(RTA_IIF, flow.iif);
  } else {  // rt6_fill_node
    const Route& route = *found.route;
    header.rtm_protocol = route.protocol;
    message.U32(RTA_TABLE, table);
    message.Address(RTA_DST, flow.dst);
    header.rtm_src_len = 128;
    message.Address(RTA_SRC,
                    flow.src.valid() ? flow.src : IpAddress::Any(AF_INET6));
    if (flow.iif != 0) {
      message.U32(RTA_IIF, flow.iif);
    } else {
      // ip6_route_get_saddr, whatever source was asked for.
      const IpAddress source =
          route.preferred_source.valid()
              ? route.preferred_source
              : request.stack.SelectSource(flow.dst, found.hops[found.hop].oif);
      if (source.valid()) message.Address(RTA_PREFSRC, source);
    }
    if (route.preferred_source.valid()) {
      message.Address(RTA_PREFSRC, route.preferred_source);
    }
    FillMetrics(route, message);
    message.U32(RTA_PRIORITY, route.priority);
    if (found.gateway.valid()) message.Address(RTA_GATEWAY, found.gateway);
    message.U32(RTA_OIF, found.oif);
  }
  const rta_cacheinfo cache = {};
  message.Put(RTA_CACHEINFO, &cache, sizeof(cache));
  if (!v4) message.U8(RTA_PREF, found.route->preference);
  message.Patch(at, header);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

}  // namespace

NetResult DumpRoutes4(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET);
}

NetResult DumpRoutes6(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET6);
}

NetResult GetRoute4(const Request& request, Replies& replies) {
  return Get(request, replies);
}

NetResult GetRoute6(const Request& request, Replies& replies) {
  return Get(request, replies);
}

}  // namespace quiesce
