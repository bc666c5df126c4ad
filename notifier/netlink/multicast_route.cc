#include "notifier/netlink/multicast_route.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include <string>

namespace quiesce {
namespace {

constexpr AttributeRule kRules4[] = {
    {RTA_SRC, 4}, {RTA_DST, 4}, {RTA_TABLE, 4}};
constexpr AttributeRule kRules6[] = {
    {RTA_SRC, 16}, {RTA_DST, 16}, {RTA_TABLE, 4}};

// ipmr_rtm_getroute, ip6mr_rtm_getroute.
NetResult Get(const Request& request, Replies& replies, int family) {
  rtmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL,
                            "Invalid header for multicast route get request");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  const NetResult checked =
      family == AF_INET ? attributes.Check(kRules4) : attributes.Check(kRules6);
  if (!checked.ok()) return checked;
  const auto address = [&](uint16_t type) {
    return attributes.has(type)
               ? IpAddress::FromBytes(family, attributes.bytes(type).data())
               : IpAddress::Any(family);
  };
  uint32_t id = attributes.u32(RTA_TABLE);
  if (id == 0) id = MulticastRouting::kDefaultTable;
  const auto& tables = request.stack.multicast(family).tables();
  const auto table = tables.find(id);
  if (table == tables.end()) {
    if (id != MulticastRouting::kDefaultTable) {
      return NetResult::Error(ENOENT, "MR table does not exist");
    }
    return NetResult::Error(ENOENT, "MR cache entry not found");
  }
  const auto route =
      table->second.routes.find({address(RTA_DST), address(RTA_SRC)});
  if (route == table->second.routes.end()) {
    return NetResult::Error(ENOENT, "MR cache entry not found");
  }
  MessageWriter message = replies.Single(RTM_NEWROUTE);
  FillMulticastRoute(request.stack, route->second, message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult Dump(const Request& request, Replies& replies, int family) {
  rtmsg header;
  const bool whole = request.Fixed(&header);
  const uint32_t only =
      whole ? request.AttributesAfter(sizeof(header)).u32(RTA_TABLE) : 0;
  for (const auto& [id, table] : request.stack.multicast(family).tables()) {
    if (only != 0 && only != id) continue;
    for (const auto& [key, route] : table.routes) {
      MessageWriter message = replies.Part(RTM_NEWROUTE);
      FillMulticastRoute(request.stack, route, message);
      replies.AddPart(std::move(message));
    }
  }
  return NetResult::Ok();
}

}  // namespace

void FillMulticastRoute(Stack& stack, const MulticastRoute& route,
                        MessageWriter& message) {
  const bool v4 = route.group.v4();
  const auto& interfaces =
      stack.multicast(route.group.family()).table(route.table).interfaces;
  const size_t at = message.position();
  rtmsg header = {};
  header.rtm_family = v4 ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR;
  header.rtm_dst_len = header.rtm_src_len = route.group.bits();
  header.rtm_table = route.table < 256 ? route.table : RT_TABLE_COMPAT;
  header.rtm_type = RTN_MULTICAST;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_protocol = RTPROT_MROUTED;
  message.Struct(header);
  message.U32(RTA_TABLE, route.table);
  message.Address(RTA_SRC, route.source);
  message.Address(RTA_DST, route.group);
  const auto parent = interfaces.find(route.parent);
  if (parent != interfaces.end()) {
    message.U32(RTA_IIF, parent->second.ifindex);
  }
  const size_t nest = message.BeginNest(RTA_MULTIPATH);
  for (const auto& [number, ttl] : route.ttls) {
    const auto out = interfaces.find(number);
    if (out == interfaces.end()) continue;
    rtnexthop hop = {};
    hop.rtnh_len = sizeof(hop);
    hop.rtnh_hops = ttl;
    hop.rtnh_ifindex = out->second.ifindex;
    message.Struct(hop);
  }
  message.EndNest(nest);
  const rta_mfc_stats none = {};
  message.Put(RTA_MFC_STATS, &none, sizeof(none));
  const uint64_t unused = 0;  // since when, in clock ticks
  message.Put(RTA_EXPIRES, &unused, sizeof(unused));
  message.Patch(at, header);
}

NetResult GetMulticastRoute4(const Request& request, Replies& replies) {
  return Get(request, replies, AF_INET);
}
NetResult GetMulticastRoute6(const Request& request, Replies& replies) {
  return Get(request, replies, AF_INET6);
}
NetResult DumpMulticastRoutes4(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET);
}
NetResult DumpMulticastRoutes6(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET6);
}

}  // namespace quiesce
