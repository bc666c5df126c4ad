#include "notifier/netlink/neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>

#include <algorithm>

namespace quiesce {
namespace {

constexpr AttributeRule kRules[] = {
    {NDA_DST, 0, 32}, {NDA_LLADDR, 0, 32}, {NDA_CACHEINFO, 16},
    {NDA_PROBES, 4},  {NDA_VLAN, 2},       {NDA_IFINDEX, 4},
    {NDA_MASTER, 4},  {NDA_PROTOCOL, 1},   {NDA_FLAGS_EXT, 4},
};

NetResult Read(const Request& request, ndmsg* header, Neighbour* neighbour) {
  if (!request.Fixed(header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(*header));
  NetResult checked = attributes.Check(kRules);
  if (!checked.ok()) return checked;
  if (!attributes.has(NDA_DST)) {
    return NetResult::Error(EINVAL, "Network address not specified");
  }
  if (header->ndm_ifindex != 0) {
    const Link* link = request.stack.FindLink(header->ndm_ifindex);
    if (link == nullptr) return NetResult::Error(ENODEV);
    if (attributes.has(NDA_LLADDR) &&
        attributes.bytes(NDA_LLADDR).size() < link->mac.size()) {
      return NetResult::Error(EINVAL, "Invalid link address");
    }
  }
  const int family = header->ndm_family;
  if (family != AF_INET && family != AF_INET6) {
    return NetResult::Error(EAFNOSUPPORT);
  }
  const size_t size = family == AF_INET ? 4 : 16;
  if (attributes.bytes(NDA_DST).size() < size) {
    return NetResult::Error(EINVAL, "Invalid network address");
  }
  neighbour->ifindex = header->ndm_ifindex;
  neighbour->address =
      IpAddress::FromBytes(family, attributes.bytes(NDA_DST).data());
  neighbour->state = header->ndm_state;
  neighbour->flags = header->ndm_flags & ~NTF_USE;
  neighbour->type = RTN_UNICAST;
  neighbour->protocol = attributes.u8(NDA_PROTOCOL);
  neighbour->ext_flags = attributes.u32(NDA_FLAGS_EXT);
  const absl::string_view mac = attributes.bytes(NDA_LLADDR);
  if (mac.size() >= 6) {
    neighbour->mac.emplace();
    std::copy_n(mac.begin(), 6, neighbour->mac->begin());
  }
  return NetResult::Ok();
}

}  // namespace

NetResult NewNeighbour(const Request& request, Replies&) {
  ndmsg header;
  Neighbour neighbour;
  NetResult read = Read(request, &header, &neighbour);
  if (!read.ok()) return read;
  if (header.ndm_ifindex == 0) {
    return NetResult::Error(EINVAL, "Device not specified");
  }
  return request.stack.NewNeighbour(std::move(neighbour),
                                    request.header.nlmsg_flags);
}

NetResult DeleteNeighbour(const Request& request, Replies&) {
  ndmsg header;
  Neighbour neighbour;
  NetResult read = Read(request, &header, &neighbour);
  if (!read.ok()) return read;
  if (header.ndm_ifindex == 0) return NetResult::Error(EINVAL);
  return request.stack.DeleteNeighbour(neighbour.ifindex, neighbour.address);
}

NetResult GetNeighbour(const Request& request, Replies& replies) {
  ndmsg header;
  Neighbour wanted;
  NetResult read = Read(request, &header, &wanted);
  if (!read.ok()) return read;
  if (header.ndm_ifindex == 0) {
    return NetResult::Error(EINVAL, "No device specified");
  }
  const Neighbour* found =
      request.stack.FindNeighbour(wanted.ifindex, wanted.address);
  if (found == nullptr) {
    return NetResult::Error(ENOENT, "Neighbour entry not found");
  }
  MessageWriter message = replies.Single(RTM_NEWNEIGH);
  FillNeighbour(*found, message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult DumpNeighbours(const Request& request, Replies& replies) {
  ndmsg header;
  const bool complete = request.Fixed(&header);
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  if (request.strict) {  // neigh_valid_dump_req
    if (!complete) {
      return NetResult::Error(EINVAL,
                              "Invalid header for neighbor dump request");
    }
    if (header.ndm_pad1 != 0 || header.ndm_pad2 != 0 ||
        header.ndm_ifindex != 0 || header.ndm_state != 0 ||
        header.ndm_type != 0) {
      return NetResult::Error(
          EINVAL, "Invalid values in header for neighbor dump request");
    }
    if (header.ndm_flags & ~NTF_PROXY) {
      return NetResult::Error(
          EINVAL, "Invalid flags in header for neighbor dump request");
    }
    for (const Attribute& attribute : attributes.all()) {
      if (attribute.type != NDA_IFINDEX && attribute.type != NDA_MASTER) {
        return NetResult::Error(
            EINVAL, "Unsupported attribute in neighbor dump request");
      }
    }
  }
  const int ifindex = attributes.u32(NDA_IFINDEX);
  const int master = attributes.u32(NDA_MASTER);
  if (ifindex != 0 || master != 0) replies.set_filtered();
  if (header.ndm_flags & NTF_PROXY) return NetResult::Ok();
  for (int family : {AF_INET, AF_INET6}) {
    if (request.family() != AF_UNSPEC && request.family() != family) continue;
    for (const Neighbour* neighbour : request.stack.Neighbours(family)) {
      if (ifindex != 0 && neighbour->ifindex != ifindex) continue;
      const Link* link = request.stack.FindLink(neighbour->ifindex);
      if (master != 0 && (link == nullptr || link->master != master)) continue;
      MessageWriter message = replies.Part(RTM_NEWNEIGH);
      FillNeighbour(*neighbour, message);
      replies.AddPart(std::move(message));
    }
  }
  return NetResult::Ok();
}

NetResult DumpForwardingDatabase(const Request&, Replies&) {
  return NetResult::Ok();
}

// neigh_fill_info.
void FillNeighbour(const Neighbour& neighbour, MessageWriter& message) {
  ndmsg header = {};
  header.ndm_family = neighbour.address.family();
  header.ndm_ifindex = neighbour.ifindex;
  header.ndm_state = neighbour.state;
  header.ndm_flags = neighbour.flags;
  header.ndm_type = neighbour.type;
  message.Struct(header);
  message.Address(NDA_DST, neighbour.address);
  constexpr uint16_t kValid = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE |
                              NUD_PROBE | NUD_STALE | NUD_DELAY;
  if ((neighbour.state & kValid) && neighbour.mac) {
    message.Put(NDA_LLADDR, neighbour.mac->data(), neighbour.mac->size());
  }
  const nda_cacheinfo cache = {};
  message.Put(NDA_CACHEINFO, &cache, sizeof(cache));
  message.U32(NDA_PROBES, 0);
  if (neighbour.protocol != 0) message.U8(NDA_PROTOCOL, neighbour.protocol);
  if (neighbour.ext_flags != 0) {
    message.U32(NDA_FLAGS_EXT, neighbour.ext_flags);
  }
}

}  // namespace quiesce
