#include "notifier/netlink/address.h"

#include <errno.h>
#include <linux/if_addr.h>

namespace quiesce {
namespace {

constexpr AttributeRule kRules4[] = {
    {IFA_LOCAL, 4},      {IFA_ADDRESS, 4}, {IFA_BROADCAST, 4},
    {IFA_LABEL, 0, 15},  {IFA_FLAGS, 4},   {IFA_RT_PRIORITY, 4},
    {IFA_CACHEINFO, 16}, {IFA_PROTO, 1},
};
constexpr AttributeRule kRules6[] = {
    {IFA_LOCAL, 16}, {IFA_ADDRESS, 16},    {IFA_CACHEINFO, 16},
    {IFA_FLAGS, 4},  {IFA_RT_PRIORITY, 4}, {IFA_PROTO, 1},
};

NetResult Read(const Request& request, Address* address) {
  ifaddrmsg header;
  if (!request.Fixed(&header)) {
    return NetResult::Error(EINVAL, "Invalid header length");
  }
  const Attributes attributes = request.AttributesAfter(sizeof(header));
  const int family = header.ifa_family;
  NetResult checked =
      family == AF_INET ? attributes.Check(kRules4) : attributes.Check(kRules6);
  if (!checked.ok()) return checked;
  address->ifindex = header.ifa_index;
  address->scope = header.ifa_scope;
  address->flags = attributes.u32(IFA_FLAGS, header.ifa_flags);
  address->local.length = header.ifa_prefixlen;
  address->local.address = attributes.address(IFA_LOCAL, family);
  address->peer = attributes.address(IFA_ADDRESS, family);
  address->broadcast = attributes.address(IFA_BROADCAST, family);
  address->label = attributes.text(IFA_LABEL);
  address->route_priority = attributes.u32(IFA_RT_PRIORITY);
  address->protocol = attributes.u8(IFA_PROTO);
  const absl::string_view cache = attributes.bytes(IFA_CACHEINFO);
  if (!cache.empty()) {
    ifa_cacheinfo info;
    std::memcpy(&info, cache.data(), sizeof(info));
    address->valid_seconds = info.ifa_valid;
    address->preferred_seconds = info.ifa_prefered;
  }
  return NetResult::Ok();
}

NetResult Dump(const Request& request, Replies& replies, int family) {
  ifaddrmsg header;
  const bool complete = request.Fixed(&header);
  const char* prefix = family == AF_INET ? "ipv4: " : "ipv6: ";
  auto refuse = [&](const char* why) {
    return NetResult::Error(EINVAL, std::string(prefix) + why);
  };
  int ifindex = 0;
  if (request.strict) {
    if (!complete) return refuse("Invalid header for address dump request");
    if (header.ifa_prefixlen != 0 || header.ifa_flags != 0 ||
        header.ifa_scope != 0) {
      return refuse("Invalid values in header for address dump request");
    }
    const Attributes attributes = request.AttributesAfter(sizeof(header));
    for (const Attribute& attribute : attributes.all()) {
      if (attribute.type != IFA_TARGET_NETNSID) {
        return refuse("Unsupported attribute in dump request");
      }
    }
    ifindex = header.ifa_index;
  }
  if (ifindex != 0) {
    replies.set_filtered();
    replies.set_done_filtered();
    if (request.stack.FindLink(ifindex) == nullptr) {
      return NetResult::Error(ENODEV);
    }
  }
  for (const auto& [index, link] : request.stack.links()) {
    if (ifindex != 0 && index != ifindex) continue;
    for (const Address& address : request.stack.Addresses(index, family)) {
      MessageWriter message = replies.Part(RTM_NEWADDR);
      FillAddress(address, message);
      replies.AddPart(std::move(message));
    }
  }
  return NetResult::Ok();
}

}  // namespace

void FillAddress(const Address& address, MessageWriter& message) {
  ifaddrmsg header = {};
  header.ifa_family = address.local.address.family();
  header.ifa_prefixlen = address.local.length;
  header.ifa_flags = address.flags;  // the low byte
  header.ifa_scope = address.scope;
  header.ifa_index = address.ifindex;
  message.Struct(header);
  // Creation and change times would be the machine's; nobody sees real time.
  ifa_cacheinfo cache = {};
  cache.ifa_prefered = address.preferred_seconds;
  cache.ifa_valid = address.valid_seconds;
  if (address.local.address.v4()) {  // inet_fill_ifaddr
    message.Address(IFA_ADDRESS, address.destination());
    message.Address(IFA_LOCAL, address.local.address);
    if (address.broadcast.valid()) {
      message.Address(IFA_BROADCAST, address.broadcast);
    }
    if (!address.label.empty()) message.Text(IFA_LABEL, address.label);
    if (address.protocol != 0) message.U8(IFA_PROTO, address.protocol);
    message.U32(IFA_FLAGS, address.flags);
    if (address.route_priority != 0) {
      message.U32(IFA_RT_PRIORITY, address.route_priority);
    }
    message.Put(IFA_CACHEINFO, &cache, sizeof(cache));
    return;
  }
  if (address.peer.valid()) {  // inet6_fill_ifaddr
    message.Address(IFA_LOCAL, address.local.address);
    message.Address(IFA_ADDRESS, address.peer);
  } else {
    message.Address(IFA_ADDRESS, address.local.address);
  }
  if (address.route_priority != 0) {
    message.U32(IFA_RT_PRIORITY, address.route_priority);
  }
  message.Put(IFA_CACHEINFO, &cache, sizeof(cache));
  message.U32(IFA_FLAGS, address.flags);
  if (address.protocol != 0) message.U8(IFA_PROTO, address.protocol);
}

NetResult NewAddress(const Request& request, Replies&) {
  Address address;
  NetResult read = Read(request, &address);
  if (!read.ok()) return read;
  const bool v4 = request.family() == AF_INET;
  if (v4) {  // rtm_to_ifaddr
    if (address.local.length > 32) {
      return NetResult::Error(EINVAL, "ipv4: Invalid prefix length");
    }
    if (!address.local.address.valid()) {
      return NetResult::Error(EINVAL, "ipv4: Local address is not supplied");
    }
  } else if (!address.local.address.valid()) {
    address.local.address = address.peer;
    address.peer = IpAddress();
    if (!address.local.address.valid()) return NetResult::Error(EINVAL);
  }
  return request.stack.NewAddress(address, request.header.nlmsg_flags);
}

NetResult DeleteAddress(const Request& request, Replies&) {
  Address address;
  NetResult read = Read(request, &address);
  if (!read.ok()) return read;
  if (request.family() == AF_INET) {
    // Absent means any; the stack wants to know the family all the same.
    if (!address.local.address.valid()) {
      address.local.address = IpAddress::Any(AF_INET);
    }
  } else if (!address.local.address.valid()) {
    address.local.address = address.peer;
    if (!address.local.address.valid()) return NetResult::Error(EINVAL);
  }
  return request.stack.DeleteAddress(address);
}

NetResult GetAddress(const Request& request, Replies& replies) {
  Address wanted;
  NetResult read = Read(request, &wanted);
  if (!read.ok()) return read;
  IpAddress address = wanted.local.address;
  if (!address.valid()) address = wanted.peer;
  if (!address.valid()) return NetResult::Error(EINVAL);
  const Address* found = request.stack.FindAddress(address, wanted.ifindex);
  if (found == nullptr) return NetResult::Error(EADDRNOTAVAIL);
  MessageWriter message = replies.Single(RTM_NEWADDR);
  FillAddress(*found, message);
  replies.AddSingle(std::move(message));
  return NetResult::Ok();
}

NetResult DumpAddresses4(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET);
}

NetResult DumpAddresses6(const Request& request, Replies& replies) {
  return Dump(request, replies, AF_INET6);
}

}  // namespace quiesce
