#include "notifier/sockopt/option_shapes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "absl/strings/str_cat.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {
namespace {

// Younger than the C library's headers.
constexpr int kDetachReuseportBpf = 68;  // SO_DETACH_REUSEPORT_BPF
constexpr int kNetnsCookie = 71;         // SO_NETNS_COOKIE
constexpr int kPassPidfd = 76;           // SO_PASSPIDFD
constexpr int kPeerPidfd = 77;           // SO_PEERPIDFD
constexpr int kFlowLabelManager = 32;    // IPV6_FLOWLABEL_MGR

}  // namespace

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

Outcome SetFilterOption(NodeKernel& kernel, int name, absl::string_view value,
                        bool* filtered) {
  switch (name) {
    case SO_ATTACH_FILTER:
    case SO_ATTACH_BPF: {
      const size_t size =
          name == SO_ATTACH_BPF ? sizeof(int) : sizeof(sock_fprog);
      if (value.size() != size) return Outcome::Fail(EINVAL);
      // The program is in the guest's memory and would filter our bytes, not
      // packets.
      kernel.Confess("SO_ATTACH_FILTER: accepted, nothing is filtered");
      *filtered = true;
      return Outcome::Value(0);
    }
    case SO_ATTACH_REUSEPORT_CBPF:
      if (value.size() != sizeof(sock_fprog)) return Outcome::Fail(EINVAL);
      kernel.Confess("SO_ATTACH_REUSEPORT_CBPF: accepted, the hash decides");
      return Outcome::Value(0);
    case kDetachReuseportBpf:
      return Outcome::Fail(EINVAL);
    case SO_DETACH_FILTER:
      if (!*filtered) return Outcome::Fail(ENOENT);
      *filtered = false;
      return Outcome::Value(0);
    case SO_PASSCRED:
    case SO_PASSSEC:
    case kPassPidfd:
    case SO_PEEK_OFF:
    case kTxRehash:
      return Outcome::Fail(EOPNOTSUPP);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

void ConfessOption(NodeKernel& kernel, const OptionValues& options, int level,
                   int name) {
  const OptionRow* row = FindOption(level, name, options.kind());
  if (row == nullptr || row->note == nullptr) return;
  if (options.Get(level, name) == row->initial) return;
  kernel.Confess(absl::StrCat(row->label, ": ", row->note));
}

Outcome GetFilterOption(int name, std::string* value) {
  switch (name) {
    case SO_PEERCRED: {
      // sk_peer_cred of a socket that is not AF_UNIX.
      ucred none{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
      PutStruct(none, value);
      return Outcome::Value(0);
    }
    case SO_PEERGROUPS:
    case kPeerPidfd:
      return Outcome::Fail(ENODATA);
    case SO_PASSCRED:
    case SO_PASSSEC:
    case kPassPidfd:
    case kTxRehash:
      return Outcome::Fail(EOPNOTSUPP);
    case SO_GET_FILTER:
      value->clear();
      return Outcome::Value(0);
    case SO_MEMINFO:
      *value = std::string(std::min<size_t>(value->size(), 9 * 4), '\0');
      return Outcome::Value(0);
    case kNetnsCookie:
      if (value->size() != sizeof(uint64_t)) return Outcome::Fail(EINVAL);
      PutStruct(uint64_t{1}, value);
      return Outcome::Value(0);
    default:
      return Outcome::Park();
  }
}

namespace {

// What an option's struct must have.
struct Shape {
  int level;
  int name;
  size_t size;
  bool exact = false;
};

constexpr Shape kShapes[] = {
    {IPPROTO_IP, IP_MSFILTER, IP_MSFILTER_SIZE(0)},
    {IPPROTO_IP, IP_BLOCK_SOURCE, sizeof(ip_mreq_source), true},
    {IPPROTO_IP, IP_UNBLOCK_SOURCE, sizeof(ip_mreq_source), true},
    {IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, sizeof(ip_mreq_source), true},
    {IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, sizeof(ip_mreq_source), true},
    {IPPROTO_IP, MCAST_JOIN_GROUP, sizeof(group_req)},
    {IPPROTO_IP, MCAST_LEAVE_GROUP, sizeof(group_req)},
    {IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, sizeof(group_source_req), true},
    {IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, sizeof(group_source_req), true},
    {IPPROTO_IP, MCAST_BLOCK_SOURCE, sizeof(group_source_req), true},
    {IPPROTO_IP, MCAST_UNBLOCK_SOURCE, sizeof(group_source_req), true},
    {IPPROTO_IP, MCAST_MSFILTER, GROUP_FILTER_SIZE(0)},
    {IPPROTO_IPV6, IPV6_JOIN_ANYCAST, sizeof(ipv6_mreq)},
    {IPPROTO_IPV6, IPV6_LEAVE_ANYCAST, sizeof(ipv6_mreq)},
    {IPPROTO_IPV6, IPV6_JOIN_GROUP, sizeof(ipv6_mreq)},
    {IPPROTO_IPV6, IPV6_LEAVE_GROUP, sizeof(ipv6_mreq)},
    {IPPROTO_IPV6, IPV6_PKTINFO, sizeof(in6_pktinfo)},
    {IPPROTO_IPV6, IPV6_PATHMTU, sizeof(ip6_mtuinfo)},  // getsockopt() only
    {IPPROTO_IPV6, kFlowLabelManager, 32},  // struct in6_flowlabel_req
    {IPPROTO_IPV6, MCAST_JOIN_GROUP, sizeof(group_req)},
    {IPPROTO_IPV6, MCAST_LEAVE_GROUP, sizeof(group_req)},
    {IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, sizeof(group_source_req), true},
    {IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, sizeof(group_source_req), true},
    {IPPROTO_IPV6, MCAST_BLOCK_SOURCE, sizeof(group_source_req), true},
    {IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, sizeof(group_source_req), true},
    {IPPROTO_IPV6, MCAST_MSFILTER, GROUP_FILTER_SIZE(0)},
};

bool Misshaped(int level, int name, size_t size) {
  for (const Shape& shape : kShapes) {
    if (shape.level != level || shape.name != name) continue;
    return shape.exact ? size != shape.size : size < shape.size;
  }
  return false;
}

Outcome SetShapedIpv4(int name, absl::string_view value) {
  switch (name) {
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP:
      return Outcome::Fail(EPROTO);
    case IP_MULTICAST_IF:
      return Outcome::Fail(EINVAL);
    case IP_IPSEC_POLICY:
      return Outcome::Fail(EOPNOTSUPP);
    case IP_XFRM_POLICY:
      return Outcome::Fail(EINVAL);
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

Outcome SetShapedIpv6(int name, absl::string_view value) {
  switch (name) {
    case IPV6_JOIN_GROUP:
    case IPV6_LEAVE_GROUP:
      return Outcome::Fail(EPROTO);
    case IPV6_ADDRFORM:
    case IPV6_XFRM_POLICY:
      return Outcome::Fail(EINVAL);
    case IPV6_IPSEC_POLICY:
      return Outcome::Fail(EOPNOTSUPP);
    case IPV6_HOPOPTS:
    case IPV6_DSTOPTS:
    case IPV6_RTHDR:
    case IPV6_RTHDRDSTOPTS:
      // struct ipv6_opt_hdr and what it says, in units of eight bytes.
      return value.size() % 8 == 0 && value.size() <= 8 * 255
                 ? Outcome::Value(0)
                 : Outcome::Fail(EINVAL);
    case IPV6_MTU: {
      int mtu = 0;
      if (value.size() < sizeof(mtu)) return Outcome::Fail(EINVAL);
      memcpy(&mtu, value.data(), sizeof(mtu));
      constexpr int kLeast = 1280;  // RFC 8200, 5
      return mtu != 0 && mtu < kLeast ? Outcome::Fail(EINVAL)
                                      : Outcome::Value(0);
    }
    case IPV6_JOIN_ANYCAST:
    case IPV6_LEAVE_ANYCAST:
    case IPV6_PKTINFO:
    case IPV6_2292PKTOPTIONS:
    case kFlowLabelManager:
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
      return Outcome::Value(0);
    default:
      return Outcome::Fail(ENOPROTOOPT);
  }
}

}  // namespace

// ip_sockglue.c, ipv6_sockglue.c.
int CheckNumber(const Stack& stack, int level, int name,
                absl::string_view value) {
  bool unicast = (level == IPPROTO_IP && name == IP_UNICAST_IF) ||
                 (level == IPPROTO_IPV6 && name == IPV6_UNICAST_IF);
  uint32_t device = 0;
  if (!unicast || value.size() < sizeof(device)) return 0;
  memcpy(&device, value.data(), sizeof(device));
  device = ntohl(device);
  if (device == 0) return 0;
  return stack.FindLink(static_cast<int>(device)) == nullptr ? EADDRNOTAVAIL
                                                             : 0;
}

Outcome SetShapedOption(int level, int name, absl::string_view value) {
  if (level == IPPROTO_IPV6 && name == IPV6_PATHMTU) {
    return Outcome::Fail(ENOPROTOOPT);
  }
  if (Misshaped(level, name, value.size())) return Outcome::Fail(EINVAL);
  return level == IPPROTO_IP ? SetShapedIpv4(name, value)
                             : SetShapedIpv6(name, value);
}

Outcome GetShapedOption(int level, int name, std::string* value, int mtu) {
  const bool v4 = level == IPPROTO_IP;
  if (name == MCAST_MSFILTER || name == (v4 ? IP_MSFILTER : IPV6_PATHMTU) ||
      (!v4 && name == kFlowLabelManager)) {
    return Outcome::Fail(Misshaped(level, name, value->size()) ? EINVAL
                                                               : ENOPROTOOPT);
  }
  if (name == (v4 ? IP_MTU : IPV6_MTU) || (!v4 && name == IPV6_ADDRFORM)) {
    if (mtu == 0) return Outcome::Fail(ENOTCONN);
    PutInt(name == IPV6_ADDRFORM && !v4 ? AF_INET6 : mtu, value);
    return Outcome::Value(0);
  }
  if (v4 && name == IP_MULTICAST_IF) {
    PutStruct(in_addr{}, value);
    return Outcome::Value(0);
  }
  switch (name) {
    case IPV6_HOPOPTS:
    case IPV6_DSTOPTS:
    case IPV6_RTHDR:
    case IPV6_RTHDRDSTOPTS:
      if (v4) break;
      value->clear();
      return Outcome::Value(0);
    case IP_OPTIONS:
      if (!v4) break;
      value->clear();
      return Outcome::Value(0);
    default:
      break;
  }
  return Outcome::Fail(ENOPROTOOPT);
}

}  // namespace quiesce
