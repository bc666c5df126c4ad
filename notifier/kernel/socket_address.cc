#include "notifier/kernel/socket_address.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

namespace quiesce {
namespace {

// Up to the end of sin6_addr, before sin6_scope_id (linux/in6.h:
// SIN6_LEN_RFC2133).
constexpr size_t kSin6Rfc2133 = 24;

Endpoint FromV4(const SockAddr& bytes) {
  sockaddr_in in;
  memcpy(&in, bytes.data(), sizeof(in));
  return {IpAddress::From(in.sin_addr), ntohs(in.sin_port), 0};
}

Endpoint FromV6(const SockAddr& bytes) {
  sockaddr_in6 in{};
  memcpy(&in, bytes.data(), std::min(sizeof(in), bytes.size()));
  IpAddress address = IpAddress::From(in.sin6_addr);
  Endpoint endpoint{address.Unmapped(), ntohs(in.sin6_port), 0};
  if (address.is_link_local() ||
      (address.is_multicast() && (address.bytes()[1] & 0x0f) <= 2)) {
    endpoint.scope = in.sin6_scope_id;
  }
  return endpoint;
}

}  // namespace

int FamilyOf(const SockAddr& address) {
  sa_family_t family = AF_UNSPEC;
  if (address.size() >= sizeof(family)) {
    memcpy(&family, address.data(), sizeof(family));
  }
  return family;
}

ErrnoOr<Endpoint> ParseBindAddress(int family, const SockAddr& address) {
  if (family == AF_INET) {
    if (address.size() < sizeof(sockaddr_in)) return Errno(EINVAL);
    Endpoint endpoint = FromV4(address);
    if (FamilyOf(address) != AF_INET &&
        !(FamilyOf(address) == AF_UNSPEC && endpoint.address.is_any())) {
      return Errno(EAFNOSUPPORT);
    }
    return endpoint;
  }
  if (address.size() < kSin6Rfc2133) return Errno(EINVAL);
  if (FamilyOf(address) != AF_INET6) return Errno(EAFNOSUPPORT);
  return FromV6(address);
}

ErrnoOr<Endpoint> ParseDestination(int family, const SockAddr& address) {
  if (family == AF_INET) {
    if (address.size() < sizeof(sockaddr_in)) return Errno(EINVAL);
    if (FamilyOf(address) != AF_INET) return Errno(EAFNOSUPPORT);
    return FromV4(address);
  }
  if (address.size() < kSin6Rfc2133) return Errno(EINVAL);
  if (FamilyOf(address) != AF_INET6) return Errno(EAFNOSUPPORT);
  return FromV6(address);
}

SockAddr FormatAddress(int family, const Endpoint& endpoint) {
  if (family == AF_INET) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    if (endpoint.address.v4()) in.sin_addr = endpoint.address.in4();
    return SockAddr(reinterpret_cast<const char*>(&in), sizeof(in));
  }
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(endpoint.port);
  in.sin6_scope_id = endpoint.scope;
  if (endpoint.address.valid()) {
    in.sin6_addr = endpoint.address.ToMapped().in6();
  }
  return SockAddr(reinterpret_cast<const char*>(&in), sizeof(in));
}

}  // namespace quiesce
