#include "notifier/datagram/multicast_request.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

namespace quiesce {
namespace {

using Kind = MulticastRequest::Kind;

// net.ipv4.igmp_max_msf, net.ipv6.mld_max_msf.
constexpr size_t kMostSources4 = 10;
constexpr size_t kMostSources6 = 64;

template <typename T>
bool As(absl::string_view value, T* request) {
  if (value.size() < sizeof(T)) return false;
  memcpy(request, value.data(), sizeof(T));
  return true;
}

// Not valid: of another family.
IpAddress AddressOf(const sockaddr_storage& storage, bool v4) {
  if (storage.ss_family != (v4 ? AF_INET : AF_INET6)) return {};
  const void* bytes = &storage;
  return v4 ? IpAddress::From(static_cast<const sockaddr_in*>(bytes)->sin_addr)
            : IpAddress::From(
                  static_cast<const sockaddr_in6*>(bytes)->sin6_addr);
}

int ParseGroup(bool v4, absl::string_view value, MulticastRequest* request) {
  group_req words;
  if (!As(value, &words)) return EINVAL;
  request->group = AddressOf(words.gr_group, v4);
  request->device = static_cast<int>(words.gr_interface);
  if (!request->group.valid()) return v4 ? EINVAL : EADDRNOTAVAIL;
  return 0;
}

// do_mcast_group_source(), do_ipv6_mcast_group_source().
int ParseGroupSource(bool v4, absl::string_view value,
                     MulticastRequest* request) {
  group_source_req words;
  if (value.size() != sizeof(words)) return EINVAL;
  As(value, &words);
  request->group = AddressOf(words.gsr_group, v4);
  request->source = AddressOf(words.gsr_source, v4);
  request->device = static_cast<int>(words.gsr_interface);
  return request->group.valid() && request->source.valid() ? 0 : EADDRNOTAVAIL;
}

int ParseSource(absl::string_view value, MulticastRequest* request) {
  ip_mreq_source words;
  if (value.size() != sizeof(words)) return EINVAL;
  As(value, &words);
  request->group = IpAddress::From(words.imr_multiaddr);
  request->source = IpAddress::From(words.imr_sourceaddr);
  request->by = words.imr_interface;
  return 0;
}

int ParseFilter(absl::string_view value, MulticastRequest* request) {
  ip_msfilter words{};
  if (value.size() < IP_MSFILTER_SIZE(0)) return EINVAL;
  memcpy(&words, value.data(), IP_MSFILTER_SIZE(0));
  const size_t count = words.imsf_numsrc;
  if (count > kMostSources4) return ENOBUFS;
  if (value.size() < IP_MSFILTER_SIZE(count)) return EINVAL;
  request->group = IpAddress::From(words.imsf_multiaddr);
  request->by = words.imsf_interface;
  if (words.imsf_fmode != MCAST_INCLUDE && words.imsf_fmode != MCAST_EXCLUDE) {
    return EINVAL;
  }
  request->include = words.imsf_fmode == MCAST_INCLUDE;
  for (size_t i = 0; i < count; ++i) {
    request->sources.push_back(IpAddress::FromBytes(
        AF_INET, value.data() + IP_MSFILTER_SIZE(0) + i * sizeof(in_addr)));
  }
  return 0;
}

// ip_set_mcast_msfilter(), ipv6_set_mcast_msfilter().
int ParseGroupFilter(bool v4, absl::string_view value,
                     MulticastRequest* request) {
  group_filter words{};
  if (value.size() < GROUP_FILTER_SIZE(0)) return EINVAL;
  memcpy(&words, value.data(), GROUP_FILTER_SIZE(0));
  const size_t count = words.gf_numsrc;
  if (count > (v4 ? kMostSources4 : kMostSources6)) return ENOBUFS;
  if (value.size() < GROUP_FILTER_SIZE(count)) return EINVAL;
  request->group = AddressOf(words.gf_group, v4);
  request->device = static_cast<int>(words.gf_interface);
  if (!request->group.valid()) return v4 ? EADDRNOTAVAIL : EINVAL;
  if (words.gf_fmode != MCAST_INCLUDE && words.gf_fmode != MCAST_EXCLUDE) {
    return EINVAL;
  }
  request->include = words.gf_fmode == MCAST_INCLUDE;
  for (size_t i = 0; i < count; ++i) {
    sockaddr_storage source;
    memcpy(&source, value.data() + GROUP_FILTER_SIZE(0) + i * sizeof(source),
           sizeof(source));
    const IpAddress address = AddressOf(source, v4);
    if (v4 && !address.valid()) return EADDRNOTAVAIL;
    if (address.valid()) request->sources.push_back(address);
  }
  return 0;
}

int Parse4(int name, absl::string_view value, MulticastRequest* request) {
  switch (name) {
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP: {
      ip_mreqn words{};
      if (value.size() < sizeof(ip_mreq)) return EINVAL;
      memcpy(&words, value.data(), std::min(value.size(), sizeof(words)));
      request->kind = name == IP_ADD_MEMBERSHIP ? Kind::kJoin : Kind::kLeave;
      request->group = IpAddress::From(words.imr_multiaddr);
      request->device = words.imr_ifindex;
      request->by = words.imr_address;
      return 0;
    }
    case IP_ADD_SOURCE_MEMBERSHIP:
      request->kind = Kind::kJoinSource;
      return ParseSource(value, request);
    case IP_DROP_SOURCE_MEMBERSHIP:
      request->kind = Kind::kLeaveSource;
      return ParseSource(value, request);
    case IP_BLOCK_SOURCE:
      request->kind = Kind::kBlockSource;
      return ParseSource(value, request);
    case IP_UNBLOCK_SOURCE:
      request->kind = Kind::kUnblockSource;
      return ParseSource(value, request);
    case IP_MSFILTER:
      request->kind = Kind::kFilter;
      return ParseFilter(value, request);
    default:
      return -1;
  }
}

int Parse6(int name, absl::string_view value, MulticastRequest* request) {
  if (name != IPV6_JOIN_GROUP && name != IPV6_LEAVE_GROUP) return -1;
  ipv6_mreq words;
  if (!As(value, &words)) return EINVAL;
  request->kind = name == IPV6_JOIN_GROUP ? Kind::kJoin : Kind::kLeave;
  request->group = IpAddress::From(words.ipv6mr_multiaddr);
  request->device = static_cast<int>(words.ipv6mr_interface);
  return 0;
}

}  // namespace

int ParseMulticastRequest(int level, int name, absl::string_view value,
                          MulticastRequest* request) {
  if (level != IPPROTO_IP && level != IPPROTO_IPV6) return -1;
  const bool v4 = level == IPPROTO_IP;
  switch (name) {
    case MCAST_JOIN_GROUP:
      request->kind = Kind::kJoin;
      return ParseGroup(v4, value, request);
    case MCAST_LEAVE_GROUP:
      request->kind = Kind::kLeave;
      return ParseGroup(v4, value, request);
    case MCAST_JOIN_SOURCE_GROUP:
      request->kind = Kind::kJoinSource;
      return ParseGroupSource(v4, value, request);
    case MCAST_LEAVE_SOURCE_GROUP:
      request->kind = Kind::kLeaveSource;
      return ParseGroupSource(v4, value, request);
    case MCAST_BLOCK_SOURCE:
      request->kind = Kind::kBlockSource;
      return ParseGroupSource(v4, value, request);
    case MCAST_UNBLOCK_SOURCE:
      request->kind = Kind::kUnblockSource;
      return ParseGroupSource(v4, value, request);
    case MCAST_MSFILTER:
      request->kind = Kind::kFilter;
      return ParseGroupFilter(v4, value, request);
    default:
      return v4 ? Parse4(name, value, request) : Parse6(name, value, request);
  }
}

}  // namespace quiesce
