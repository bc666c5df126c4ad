#include "notifier/netlink/netconf.h"

#include <errno.h>
#include <linux/netconf.h>

namespace quiesce {
namespace {

NetResult Get(const Request& request, Replies& replies, int family) {
  netconfmsg header;
  const std::string name = family == AF_INET ? "ipv4: " : "";
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL,
                            name + "Invalid header for netconf get request");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  if (request.strict) {
    for (const Attribute& attribute : attributes.all()) {
      if (attribute.type != NETCONFA_IFINDEX) {
        return NetResult::Error(
            EINVAL, name + "Unsupported attribute in netconf get request");
      }
    }
  }
  if (!attributes.has(NETCONFA_IFINDEX)) {
    return NetResult::Error(EINVAL,
                            attributes.leftover() > 0
                                ? "bytes leftover after parsing attributes"
                                : "");
  }
  const int ifindex = attributes.u32(NETCONFA_IFINDEX);
  if (ifindex != NETCONFA_IFINDEX_ALL && ifindex != NETCONFA_IFINDEX_DEFAULT &&
      request.stack.FindLink(ifindex) == nullptr) {
    return NetResult::Error(family == AF_INET ? ENODEV : EINVAL);
  }
  MessageWriter message = replies.Single(RTM_NEWNETCONF);
  FillNetconf(family, ifindex, request.stack.netconf(family, ifindex), message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult Dump(const Request& request, Replies& replies, int family) {
  netconfmsg header;
  if (request.strict) {
    if (!request.Fixed(&header)) {
      return NetResult::Error(EINVAL,
                              "Invalid header for netconf dump request");
    }
    if (!request.AttributesAfter(sizeof(header)).all().empty()) {
      return NetResult::Error(
          EINVAL, "Invalid data after header in netconf dump request");
    }
  }
  auto add = [&](int ifindex) {
    MessageWriter message = replies.Part(RTM_NEWNETCONF);
    FillNetconf(family, ifindex, request.stack.netconf(family, ifindex),
                message);
    replies.AddPart(std::move(message));
  };
  for (const auto& [ifindex, link] : request.stack.links()) add(ifindex);
  add(NETCONFA_IFINDEX_ALL);
  add(NETCONFA_IFINDEX_DEFAULT);
  return NetResult::Ok();
}

}  // namespace

void FillNetconf(int family, int ifindex, const Netconf& netconf,
                 MessageWriter& message) {
  netconfmsg header = {};
  header.ncm_family = family;
  message.Struct(header);
  message.U32(NETCONFA_IFINDEX, ifindex);
  message.U32(NETCONFA_FORWARDING, netconf.forwarding);
  if (family == AF_INET) message.U32(NETCONFA_RP_FILTER, netconf.rp_filter);
  message.U32(NETCONFA_MC_FORWARDING, netconf.mc_forwarding);
  if (family == AF_INET) {
    message.U32(NETCONFA_BC_FORWARDING, netconf.bc_forwarding);
  }
  message.U32(NETCONFA_PROXY_NEIGH, netconf.proxy_neigh);
  message.U32(NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN,
              netconf.ignore_routes_with_linkdown);
}

NetResult GetNetconf4(const Request& request, Replies& replies) {
  return Get(request, replies, AF_INET);
}
NetResult GetNetconf6(const Request& request, Replies& replies) {
  return Get(request, replies, AF_INET6);
}
NetResult DumpNetconf4(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET);
}
NetResult DumpNetconf6(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET6);
}

}  // namespace quiesce
