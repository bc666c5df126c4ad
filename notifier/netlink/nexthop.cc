#include "notifier/netlink/nexthop.h"

#include <errno.h>
#include <linux/lwtunnel.h>
#include <linux/nexthop.h>

namespace quiesce {
namespace {

// struct nexthop_grp (include/uapi/linux/nexthop.h) as Linux 6.12 has it: what
// headers before call the weight's high byte differs.
struct GroupMember {
  uint32_t id;
  uint8_t weight;
  uint8_t weight_high;
  uint16_t reserved;
};
static_assert(sizeof(GroupMember) == sizeof(nexthop_grp));

constexpr AttributeRule kRules[] = {
    {NHA_ID, 4},     {NHA_GROUP, 8},       {NHA_GROUP_TYPE, 2},
    {NHA_OIF, 4},    {NHA_GATEWAY, 4, 16}, {NHA_ENCAP_TYPE, 2},
    {NHA_MASTER, 4},
};

NetResult Refuse(const char* why) { return NetResult::Error(EINVAL, why); }

// nh_check_attr_group and the group part of rtm_to_nh_config.
NetResult ReadGroup(const Attributes& attributes, NexthopObject* nexthop) {
  if (nexthop->family != AF_UNSPEC) {
    return Refuse("Invalid family for group");
  }
  nexthop->is_group = true;
  nexthop->group_type = attributes.u16(NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_MPATH);
  if (nexthop->group_type > NEXTHOP_GRP_TYPE_MAX) {
    return Refuse("Invalid group type");
  }
  absl::string_view list = attributes.bytes(NHA_GROUP);
  if (list.empty() || list.size() % sizeof(GroupMember) != 0) {
    return Refuse("Invalid length for nexthop group attribute");
  }
  while (!list.empty()) {
    GroupMember member;
    std::memcpy(&member, list.data(), sizeof(member));
    list.remove_prefix(sizeof(member));
    if (member.reserved != 0) {
      return Refuse("Reserved field in nexthop_grp must be 0");
    }
    nexthop->members.push_back(
        {member.id, ((member.weight_high << 8) | member.weight) + 1});
  }
  for (const Attribute& attribute : attributes.all()) {
    switch (attribute.type) {
      case NHA_ID:
      case NHA_GROUP:
      case NHA_GROUP_TYPE:
      case NHA_FDB:
      case NHA_RES_GROUP:
        break;
      default:
        return Refuse("No other attributes can be set in nexthop groups");
    }
  }
  if (nexthop->group_type == NEXTHOP_GRP_TYPE_RES) {
    nexthop->resilient_buckets =
        attributes.nested(NHA_RES_GROUP).u16(NHA_RES_GROUP_BUCKETS);
  }
  return NetResult::Ok();
}

// rtm_to_nh_config.
NetResult Read(const Request& request, NexthopObject* nexthop) {
  nhmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  NetResult checked = attributes.Check(kRules);
  if (!checked.ok()) return checked;
  if (header.resvd != 0 || header.nh_scope != 0) {
    return Refuse("Invalid values in ancillary header");
  }
  if (header.nh_flags & ~RTNH_F_ONLINK) {
    return Refuse("Invalid nexthop flags in ancillary header");
  }
  const int family = header.nh_family;
  if (family != AF_INET && family != AF_INET6 &&
      !(family == AF_UNSPEC && attributes.has(NHA_GROUP))) {
    return Refuse("Invalid address family");
  }
  nexthop->id = attributes.u32(NHA_ID);
  nexthop->family = family;
  nexthop->protocol = header.nh_protocol;
  nexthop->flags = header.nh_flags;
  nexthop->fdb = attributes.has(NHA_FDB);
  if (attributes.has(NHA_GROUP)) return ReadGroup(attributes, nexthop);
  if (attributes.has(NHA_BLACKHOLE)) {
    for (uint16_t type :
         {NHA_GATEWAY, NHA_OIF, NHA_ENCAP, NHA_ENCAP_TYPE, NHA_FDB}) {
      if (attributes.has(type)) {
        return Refuse(
            "Blackhole attribute can not be used with gateway, oif, "
            "encap or fdb");
      }
    }
    nexthop->blackhole = true;
    return NetResult::Ok();
  }
  Hop& hop = nexthop->hop;
  hop.flags = header.nh_flags;
  if (!nexthop->fdb && !attributes.has(NHA_OIF)) {
    return Refuse(
        "Device attribute required for non-blackhole and non-fdb nexthops");
  }
  if (attributes.has(NHA_OIF)) {
    hop.oif = attributes.u32(NHA_OIF);
    const Link* link = request.stack.FindLink(hop.oif);
    if (link == nullptr) return Refuse("Invalid device index");
    if (!link->up()) {
      return NetResult::Error(ENETDOWN, "Nexthop device is not up");
    }
    if (!link->carrier) {
      return NetResult::Error(ENETDOWN, "Carrier for nexthop device is down");
    }
  }
  if (attributes.has(NHA_GATEWAY)) {
    hop.gateway = attributes.address(NHA_GATEWAY, family);
    if (!hop.gateway.valid()) return Refuse("Invalid gateway");
    if (hop.gateway.is_any()) hop.gateway = IpAddress();
  } else if (header.nh_flags & RTNH_F_ONLINK) {
    return Refuse("ONLINK flag can not be set for nexthop without a gateway");
  }
  if (attributes.has(NHA_ENCAP)) {
    hop.encap_type = attributes.u16(NHA_ENCAP_TYPE);
    hop.encap = std::string(attributes.bytes(NHA_ENCAP));
    if (hop.encap_type == LWTUNNEL_ENCAP_NONE ||
        hop.encap_type > LWTUNNEL_ENCAP_MAX) {
      return Refuse("Unknown lwt encapsulation type");
    }
  }
  return NetResult::Ok();
}

// nh_valid_get_del_req.
NetResult ReadId(const Request& request, uint32_t* id) {
  nhmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  if (header.nh_protocol != 0 || header.resvd != 0 || header.nh_scope != 0 ||
      header.nh_flags != 0) {
    return Refuse("Invalid values in header");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  NetResult checked = attributes.Check(kRules);
  if (!checked.ok()) return checked;
  if (!attributes.has(NHA_ID)) return Refuse("Nexthop id is missing");
  *id = attributes.u32(NHA_ID);
  return *id == 0 ? Refuse("Invalid nexthop id") : NetResult::Ok();
}

}  // namespace

NetResult NewNexthop(const Request& request, Replies&) {
  NexthopObject nexthop;
  NetResult read = Read(request, &nexthop);
  if (!read.ok()) return read;
  return request.stack.NewNexthop(std::move(nexthop),
                                  request.header.nlmsg_flags);
}

NetResult DeleteNexthop(const Request& request, Replies&) {
  uint32_t id = 0;
  NetResult read = ReadId(request, &id);
  if (!read.ok()) return read;
  return request.stack.DeleteNexthop(id);
}

NetResult GetNexthop(const Request& request, Replies& replies) {
  uint32_t id = 0;
  NetResult read = ReadId(request, &id);
  if (!read.ok()) return read;
  const NexthopObject* nexthop = request.stack.FindNexthop(id);
  if (nexthop == nullptr) return NetResult::Error(ENOENT);
  MessageWriter message = replies.Single(RTM_NEWNEXTHOP);
  FillNexthop(*nexthop, message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

// rtm_dump_nexthop, nh_dump_filtered.
NetResult DumpNexthops(const Request& request, Replies& replies) {
  nhmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  if (header.nh_protocol != 0 || header.resvd != 0 || header.nh_scope != 0 ||
      header.nh_flags != 0) {
    return Refuse("Invalid values in header for nexthop dump request");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  const int oif = attributes.u32(NHA_OIF);
  const int master = attributes.u32(NHA_MASTER);
  const bool groups = attributes.has(NHA_GROUPS);
  const bool fdb = attributes.has(NHA_FDB);
  const int family = header.nh_family;
  for (const auto& [id, nexthop] : request.stack.nexthops()) {
    if (groups && !nexthop.is_group) continue;
    if (fdb != nexthop.fdb && fdb) continue;
    if (oif != 0 && (nexthop.is_group || nexthop.hop.oif != oif)) continue;
    if (master != 0) {
      const Link* link = request.stack.FindLink(nexthop.hop.oif);
      if (nexthop.is_group || link == nullptr || link->master != master) {
        continue;
      }
    }
    if (family != AF_UNSPEC && nexthop.family != family) continue;
    MessageWriter message = replies.Part(RTM_NEWNEXTHOP);
    FillNexthop(nexthop, message);
    replies.AddPart(std::move(message));
  }
  return NetResult::Ok();
}

// nh_fill_node.
void FillNexthop(const NexthopObject& nexthop, MessageWriter& message) {
  nhmsg header = {};
  header.nh_family = nexthop.family;
  header.nh_scope =
      nexthop.is_group ? uint8_t{RT_SCOPE_UNIVERSE} : nexthop.scope;
  header.nh_protocol = nexthop.protocol;
  header.nh_flags = nexthop.is_group ? nexthop.flags : nexthop.hop.flags;
  message.Struct(header);
  message.U32(NHA_ID, nexthop.id);
  if (nexthop.is_group) {
    if (nexthop.fdb) message.Put(NHA_FDB, nullptr, 0);
    message.U16(NHA_GROUP_TYPE, nexthop.group_type);
    std::string list;
    for (const NexthopMember& member : nexthop.members) {
      GroupMember one = {};
      one.id = member.id;
      one.weight = (member.weight - 1) & 0xff;
      one.weight_high = (member.weight - 1) >> 8;
      list.append(reinterpret_cast<const char*>(&one), sizeof(one));
    }
    message.Bytes(NHA_GROUP, list);
    if (nexthop.group_type == NEXTHOP_GRP_TYPE_RES) {
      const size_t nest = message.BeginNest(NHA_RES_GROUP | NLA_F_NESTED);
      message.U16(NHA_RES_GROUP_BUCKETS, nexthop.resilient_buckets);
      message.EndNest(nest);
    }
    return;
  }
  if (nexthop.blackhole) {
    message.Put(NHA_BLACKHOLE, nullptr, 0);
    return;
  }
  const Hop& hop = nexthop.hop;
  if (nexthop.fdb) {
    message.Put(NHA_FDB, nullptr, 0);
  } else {
    message.U32(NHA_OIF, hop.oif);
  }
  if (hop.gateway.valid()) message.Address(NHA_GATEWAY, hop.gateway);
  if (hop.encap_type != 0) {
    message.Bytes(NHA_ENCAP | NLA_F_NESTED, hop.encap);
    message.U16(NHA_ENCAP_TYPE, hop.encap_type);
  }
}

}  // namespace quiesce
