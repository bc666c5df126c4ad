#include "notifier/datagram/multicast_options.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

#include "notifier/sockopt/option_shapes.h"

namespace quiesce {
namespace {

using Kind = MulticastRequest::Kind;

constexpr size_t kMostGroups = 20;    // net.ipv4.igmp_max_memberships
constexpr size_t kMostSources4 = 10;  // net.ipv4.igmp_max_msf
constexpr size_t kMostSources6 = 64;  // net.ipv6.mld_max_msf

template <typename T>
bool As(absl::string_view value, T* request) {
  if (value.size() < sizeof(T)) return false;
  memcpy(request, value.data(), sizeof(T));
  return true;
}

}  // namespace

MulticastOptions::~MulticastOptions() {
  for (const Group& group : groups_) {
    stack_->LeaveGroup(group.device, group.address);
  }
}

IpAddress MulticastOptions::source() const {
  return address_.s_addr == 0 ? IpAddress() : IpAddress::From(address_);
}

// The device of a request: as named, as the route to the group has it; 0.
int MulticastOptions::DeviceFor(const MulticastRequest& request) const {
  if (request.device != 0) {
    return stack_->FindLink(request.device) == nullptr ? 0 : request.device;
  }
  if (request.by.s_addr != 0) {
    const Address* address = stack_->FindAddress(IpAddress::From(request.by));
    return address == nullptr ? 0 : address->ifindex;
  }
  Flow flow;
  flow.dst = request.group;
  RouteResult route = stack_->ResolveOutput(flow);
  return route.ok() ? route.oif : 0;
}

MulticastOptions::Groups::iterator MulticastOptions::Find(
    const MulticastRequest& request) {
  const int device = DeviceFor(request);
  return std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
    return g.address == request.group && g.device == device;
  });
}

int MulticastOptions::Join(const MulticastRequest& request, bool include) {
  if (!request.group.is_multicast()) return EINVAL;
  const int device = DeviceFor(request);
  if (device == 0) return ENODEV;
  if (Find(request) != groups_.end()) return EADDRINUSE;
  const size_t of_family = std::count_if(
      groups_.begin(), groups_.end(), [](auto& g) { return g.address.v4(); });
  if (request.group.v4() && of_family >= kMostGroups) return ENOBUFS;
  groups_.push_back({request.group, device, request.by, include, {}});
  stack_->JoinGroup(device, request.group);
  return 0;
}

int MulticastOptions::Leave(const MulticastRequest& request) {
  if (request.group.v6() && !request.group.is_multicast()) return EINVAL;
  if (request.group.v4() && request.device == 0 && request.by.s_addr == 0 &&
      DeviceFor(request) == 0) {
    return ENODEV;
  }
  auto joined = std::find_if(groups_.begin(), groups_.end(), [&](auto& g) {
    if (g.address != request.group) return false;
    if (request.device != 0) return g.device == request.device;
    return request.by.s_addr == 0 || g.by.s_addr == request.by.s_addr;
  });
  return joined == groups_.end() ? EADDRNOTAVAIL : Erase(joined);
}

int MulticastOptions::Erase(Groups::iterator joined) {
  stack_->LeaveGroup(joined->device, joined->address);
  groups_.erase(joined);
  return 0;
}

// ip_mc_source(), ip6_mc_source().
int MulticastOptions::ChangeSource(const MulticastRequest& request,
                                   bool include, bool add) {
  if (!request.group.is_multicast()) return EINVAL;
  if (DeviceFor(request) == 0) return ENODEV;
  const auto joined = Find(request);
  if (joined == groups_.end()) return EINVAL;
  std::vector<IpAddress>& sources = joined->sources;
  if (joined->include != include) {
    if (!sources.empty()) return EINVAL;
    joined->include = include;
  }
  const auto known = std::find(sources.begin(), sources.end(), request.source);
  if (add) {
    const bool v4 = request.group.v4();
    if (sources.size() >= (v4 ? kMostSources4 : kMostSources6)) return ENOBUFS;
    if (known != sources.end()) return EADDRNOTAVAIL;
    sources.push_back(request.source);
    return 0;
  }
  if (known == sources.end()) return EADDRNOTAVAIL;
  // Nobody is left who may be heard.
  if (include && sources.size() == 1) return Erase(joined);
  sources.erase(known);
  return 0;
}

int MulticastOptions::SetFilter(const MulticastRequest& request) {
  if (!request.group.is_multicast()) return EINVAL;
  if (DeviceFor(request) == 0) return ENODEV;
  const auto joined = Find(request);
  const bool none = request.include && request.sources.empty();
  if (joined == groups_.end()) return none ? EADDRNOTAVAIL : EINVAL;
  if (none) return Erase(joined);
  joined->include = request.include;
  joined->sources = request.sources;
  return 0;
}

int MulticastOptions::SetInterface(absl::string_view value) {
  ip_mreqn words{};
  if (!As(value, &words)) {
    ip_mreq older;
    if (As(value, &older)) {
      words.imr_address = older.imr_interface;
    } else if (!As(value, &words.imr_address)) {
      return EINVAL;
    }
  }
  MulticastRequest request;
  request.device = words.imr_ifindex;
  request.by = words.imr_address;
  int device = 0;
  if (request.device != 0 || request.by.s_addr != 0) {
    device = DeviceFor(request);
    if (device == 0) return EADDRNOTAVAIL;
  }
  device_ = device;
  address_ = words.imr_address;
  return 0;
}

int MulticastOptions::Set(int level, int name, absl::string_view value) {
  if (level == IPPROTO_IP && name == IP_MULTICAST_IF) {
    return SetInterface(value);
  }
  MulticastRequest request;
  const int error = ParseMulticastRequest(level, name, value, &request);
  if (error != 0) return error;
  switch (request.kind) {
    case Kind::kJoin:
      return Join(request, /*include=*/false);
    case Kind::kLeave:
      return Leave(request);
    case Kind::kJoinSource: {
      const int joined = Join(request, /*include=*/true);
      if (joined != 0 && joined != EADDRINUSE) return joined;
      return ChangeSource(request, /*include=*/true, /*add=*/true);
    }
    case Kind::kLeaveSource:
      return ChangeSource(request, /*include=*/true, /*add=*/false);
    case Kind::kBlockSource:
      return ChangeSource(request, /*include=*/false, /*add=*/true);
    case Kind::kUnblockSource:
      return ChangeSource(request, /*include=*/false, /*add=*/false);
    case Kind::kFilter:
      return SetFilter(request);
  }
  return -1;
}

bool MulticastOptions::Get(int level, int name, std::string* value) const {
  if (level != IPPROTO_IP || name != IP_MULTICAST_IF) return false;
  PutStruct(address_, value);
  return true;
}

// IPv4 asks for the very interface; IPv6 does not (inet6_mc_check).
bool MulticastOptions::Allows(const IpAddress& group, const IpAddress& source,
                              int device, bool all) const {
  const auto joined =
      std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
        return g.address == group && (group.v6() || g.device == device);
      });
  if (joined == groups_.end()) return all;
  const bool named = std::find(joined->sources.begin(), joined->sources.end(),
                               source) != joined->sources.end();
  return named == joined->include;
}

}  // namespace quiesce
