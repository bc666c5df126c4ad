#include "notifier/sockopt/option_shapes.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "notifier/sockopt/option_table.h"

namespace quiesce {

int ParseTimeout(absl::string_view value, Nanos* timeout) {
  timeval tv;
  if (value.size() < sizeof(tv)) return EINVAL;
  memcpy(&tv, value.data(), sizeof(tv));
  if (tv.tv_usec < 0 || tv.tv_usec >= 1000000) return EDOM;
  if (tv.tv_sec < 0) {
    *timeout = 1;
    return 0;
  }
  if (tv.tv_sec >= kNever / kSecond - 1) {
    *timeout = 0;
    return 0;
  }
  *timeout = tv.tv_sec * kSecond + tv.tv_usec * kMicrosecond;
  return 0;
}

void PutTimeout(Nanos timeout, std::string* value) {
  timeval tv{};
  tv.tv_sec = timeout / kSecond;
  tv.tv_usec = timeout % kSecond / kMicrosecond;
  PutStruct(tv, value);
}

int ParseDevice(Call& call, const Stack& stack, int name,
                absl::string_view value, int current, int* device) {
  *device = 0;
  if (name == SO_BINDTOIFINDEX) {
    if (value.size() < sizeof(int)) return EINVAL;
    memcpy(device, value.data(), sizeof(int));
    if (*device < 0) return EINVAL;
    if (*device != 0 && stack.FindLink(*device) == nullptr) return ENODEV;
  } else {
    std::string link(value.substr(0, IFNAMSIZ - 1));
    link = link.c_str();
    if (!link.empty()) {
      const Link* found = stack.FindLink(link);
      if (found == nullptr) return ENODEV;
      *device = found->ifindex;
    }
  }
  if (current != 0 && !call.Capable(CAP_NET_RAW)) return EPERM;
  return 0;
}

Outcome GetDevice(const Stack& stack, int device, std::string* value) {
  if (device == 0) {
    value->clear();
    return Outcome::Value(0);
  }
  if (value->size() < IFNAMSIZ) return Outcome::Fail(EINVAL);
  const Link* link = stack.FindLink(device);
  if (link == nullptr) return Outcome::Fail(ENODEV);
  *value = link->name;
  value->push_back('\0');
  return Outcome::Value(0);
}

Outcome SetFilterOption(NodeKernel& kernel, int name) {
  switch (name) {
    case SO_ATTACH_FILTER:
    case SO_ATTACH_BPF:
      // The program is in the guest's memory and would filter our bytes, not
      // packets.
      kernel.Confess("SO_ATTACH_FILTER: accepted, nothing is filtered");
      return Outcome::Value(0);
    case SO_DETACH_FILTER:
      return Outcome::Value(0);
    case SO_PASSCRED:
    case SO_PASSSEC:
    case SO_PEEK_OFF:
      return Outcome::Fail(EOPNOTSUPP);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

Outcome GetFilterOption(int name, std::string* value) {
  switch (name) {
    case SO_PEERCRED: {
      // sk_peer_cred of a socket that is not AF_UNIX.
      ucred none{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
      PutStruct(none, value);
      return Outcome::Value(0);
    }
    case SO_PASSCRED:
    case SO_PASSSEC:
      PutInt(0, value);
      return Outcome::Value(0);
    case SO_PEERNAME:
      return Outcome::Fail(ENOTCONN);
    case SO_GET_FILTER:
      value->clear();
      return Outcome::Value(0);
    case SO_MEMINFO:
      *value = std::string(std::min<size_t>(value->size(), 9 * 4), '\0');
      return Outcome::Value(0);
    default:
      return Outcome::Park();
  }
}

namespace {

int CheckMembership(const Stack& stack, int level, absl::string_view value) {
  if (level == IPPROTO_IPV6) {
    ipv6_mreq request;
    if (value.size() < sizeof(request)) return EINVAL;
    memcpy(&request, value.data(), sizeof(request));
    IpAddress group = IpAddress::FromBytes(AF_INET6, &request.ipv6mr_multiaddr);
    if (!group.is_multicast()) return EINVAL;
    if (request.ipv6mr_interface != 0 &&
        stack.FindLink(request.ipv6mr_interface) == nullptr) {
      return ENODEV;
    }
    return 0;
  }
  if (value.size() < sizeof(ip_mreq)) return EINVAL;
  ip_mreqn request{};
  memcpy(&request, value.data(), std::min(sizeof(request), value.size()));
  if (!IpAddress::From(request.imr_multiaddr).is_multicast()) return EINVAL;
  if (value.size() >= sizeof(ip_mreqn) && request.imr_ifindex != 0) {
    return stack.FindLink(request.imr_ifindex) == nullptr ? ENODEV : 0;
  }
  IpAddress interface = IpAddress::From(request.imr_address);
  if (!interface.is_any() && stack.FindAddress(interface) == nullptr) {
    return ENODEV;
  }
  return 0;
}

}  // namespace

Outcome SetShapedOption(NodeKernel& kernel, int level, int name,
                        absl::string_view value) {
  if (level == IPPROTO_IP) {
    switch (name) {
      case IP_ADD_MEMBERSHIP:
      case IP_DROP_MEMBERSHIP: {
        int error = CheckMembership(kernel.stack(), level, value);
        return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
      }
      case IP_MULTICAST_IF: {
        if (value.size() < sizeof(in_addr)) return Outcome::Fail(EINVAL);
        if (value.size() >= sizeof(ip_mreqn)) {
          ip_mreqn request;
          memcpy(&request, value.data(), sizeof(request));
          if (request.imr_ifindex != 0 &&
              kernel.stack().FindLink(request.imr_ifindex) == nullptr) {
            return Outcome::Fail(EADDRNOTAVAIL);
          }
        }
        return Outcome::Value(0);
      }
      case IP_OPTIONS:
      case IP_MSFILTER:
      case IP_BLOCK_SOURCE:
      case IP_UNBLOCK_SOURCE:
      case IP_ADD_SOURCE_MEMBERSHIP:
      case IP_DROP_SOURCE_MEMBERSHIP:
      case MCAST_JOIN_GROUP:
      case MCAST_LEAVE_GROUP:
      case MCAST_JOIN_SOURCE_GROUP:
      case MCAST_LEAVE_SOURCE_GROUP:
        return Outcome::Value(0);
      default:
        return Outcome::Fail(ENOPROTOOPT);
    }
  }
  switch (name) {
    case IPV6_JOIN_GROUP:
    case IPV6_LEAVE_GROUP: {
      int error = CheckMembership(kernel.stack(), level, value);
      return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
    }
    case IPV6_JOIN_ANYCAST:
    case IPV6_LEAVE_ANYCAST:
    case IPV6_PKTINFO:
    case IPV6_HOPOPTS:
    case IPV6_DSTOPTS:
    case IPV6_RTHDR:
    case IPV6_RTHDRDSTOPTS:
    case 32:  // IPV6_FLOWLABEL_MGR, which no user header has with these
    case 33:  // IPV6_FLOWINFO_SEND
    case IPV6_MTU:
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
      return Outcome::Value(0);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

Outcome GetShapedOption(int level, int name, std::string* value, int mtu) {
  if ((level == IPPROTO_IP && name == IP_MTU) ||
      (level == IPPROTO_IPV6 && name == IPV6_MTU)) {
    if (mtu == 0) return Outcome::Fail(ENOTCONN);
    PutInt(mtu, value);
    return Outcome::Value(0);
  }
  if (level == IPPROTO_IP && name == IP_MULTICAST_IF) {
    PutStruct(in_addr{}, value);
    return Outcome::Value(0);
  }
  if (level == IPPROTO_IP && name == IP_OPTIONS) {
    value->clear();
    return Outcome::Value(0);
  }
  return Outcome::Fail(ENOPROTOOPT);
}

}  // namespace quiesce
