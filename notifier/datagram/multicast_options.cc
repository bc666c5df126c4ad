#include "notifier/datagram/multicast_options.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

#include "notifier/sockopt/option_shapes.h"

namespace quiesce {
namespace {

constexpr size_t kMostGroups = 20;  // net.ipv4.igmp_max_memberships

// The device of a request: as named, as the route to the group has it; 0.
int DeviceFor(const Stack& stack, const IpAddress& group, int device,
              in_addr by) {
  if (device != 0) return stack.FindLink(device) == nullptr ? 0 : device;
  if (by.s_addr != 0) {
    const Address* address = stack.FindAddress(IpAddress::From(by));
    return address == nullptr ? 0 : address->ifindex;
  }
  Flow flow;
  flow.dst = group;
  RouteResult route = stack.ResolveOutput(flow);
  return route.ok() ? route.oif : 0;
}

template <typename T>
bool As(absl::string_view value, T* request) {
  if (value.size() < sizeof(T)) return false;
  memcpy(request, value.data(), sizeof(T));
  return true;
}

}  // namespace

int MulticastOptions::Join(const Stack& stack, Group group) {
  if (!group.address.is_multicast()) return EINVAL;
  group.device = DeviceFor(stack, group.address, group.device, group.by);
  if (group.device == 0) return ENODEV;
  size_t of_family = 0;
  for (const Group& joined : groups_) {
    if (joined.address == group.address && joined.device == group.device) {
      return EADDRINUSE;
    }
    of_family += joined.address.v4();
  }
  if (group.address.v4() && of_family >= kMostGroups) return ENOBUFS;
  groups_.push_back(group);
  return 0;
}

int MulticastOptions::Leave(const Stack& stack, const Group& group) {
  if (group.address.v6() && !group.address.is_multicast()) return EINVAL;
  if (group.address.v4() && group.device == 0 && group.by.s_addr == 0 &&
      DeviceFor(stack, group.address, 0, {}) == 0) {
    return ENODEV;
  }
  auto joined = std::find_if(groups_.begin(), groups_.end(), [&](auto& g) {
    if (g.address != group.address) return false;
    if (group.device != 0) return g.device == group.device;
    return group.by.s_addr == 0 || g.by.s_addr == group.by.s_addr;
  });
  if (joined == groups_.end()) return EADDRNOTAVAIL;
  groups_.erase(joined);
  return 0;
}

int MulticastOptions::SetInterface(const Stack& stack,
                                   absl::string_view value) {
  ip_mreqn request{};
  ip_mreq older;
  if (!As(value, &request)) {
    if (As(value, &older)) {
      request.imr_address = older.imr_interface;
    } else if (!As(value, &request.imr_address)) {
      return EINVAL;
    }
  }
  int device = request.imr_ifindex;
  if (device != 0 || request.imr_address.s_addr != 0) {
    device = DeviceFor(stack, {}, device, request.imr_address);
    if (device == 0) return EADDRNOTAVAIL;
  }
  device_ = device;
  address_ = request.imr_address;
  return 0;
}

int MulticastOptions::Set(const Stack& stack, int level, int name,
                          absl::string_view value) {
  if (level != IPPROTO_IP && level != IPPROTO_IPV6) return -1;
  const bool v4 = level == IPPROTO_IP;
  Group group{};
  bool join = false;
  if (name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP) {
    group_req request;
    if (!As(value, &request)) return EINVAL;
    if (request.gr_group.ss_family != (v4 ? AF_INET : AF_INET6)) {
      return v4 ? EINVAL : EADDRNOTAVAIL;
    }
    const void* address = &request.gr_group;
    group.address =
        v4 ? IpAddress::From(static_cast<const sockaddr_in*>(address)->sin_addr)
           : IpAddress::From(
                 static_cast<const sockaddr_in6*>(address)->sin6_addr);
    group.device = static_cast<int>(request.gr_interface);
    join = name == MCAST_JOIN_GROUP;
  } else if (v4 && name == IP_MULTICAST_IF) {
    return SetInterface(stack, value);
  } else if (v4 && (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)) {
    ip_mreqn request{};
    if (value.size() < sizeof(ip_mreq)) return EINVAL;
    memcpy(&request, value.data(), std::min(value.size(), sizeof(request)));
    group = {IpAddress::From(request.imr_multiaddr), request.imr_ifindex,
             request.imr_address};
    join = name == IP_ADD_MEMBERSHIP;
  } else if (!v4 && (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP)) {
    ipv6_mreq request;
    if (!As(value, &request)) return EINVAL;
    group.address = IpAddress::From(request.ipv6mr_multiaddr);
    group.device = static_cast<int>(request.ipv6mr_interface);
    join = name == IPV6_JOIN_GROUP;
  } else {
    return -1;
  }
  return join ? Join(stack, group) : Leave(stack, group);
}

bool MulticastOptions::Get(int level, int name, std::string* value) const {
  if (level != IPPROTO_IP || name != IP_MULTICAST_IF) return false;
  PutStruct(address_, value);
  return true;
}

}  // namespace quiesce
