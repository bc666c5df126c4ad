// IP addresses, prefixes and endpoints as values: compared, hashed, printed and
// parsed the same way for both families.
#ifndef QUIESCE_NOTIFIER_BASE_IP_H_
#define QUIESCE_NOTIFIER_BASE_IP_H_

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// One IPv4 or IPv6 address. Bytes are in network order; IPv4 uses the first 4
// and keeps the others zero. A default one has family 0 and is no address.
// Ordered by family, then numerically.
class IpAddress {
 public:
  IpAddress() = default;
  static IpAddress V4(uint32_t host_order);
  static IpAddress From(const in_addr& address);
  static IpAddress From(const in6_addr& address);
  // `bytes` holds 4 (AF_INET) or 16 (AF_INET6) bytes.
  static IpAddress FromBytes(int family, const void* bytes);
  static IpAddress Any(int family);
  static absl::StatusOr<IpAddress> Parse(absl::string_view text);

  int family() const { return family_; }  // AF_INET, AF_INET6 or 0
  bool v4() const { return family_ == AF_INET; }
  bool v6() const { return family_ == AF_INET6; }
  bool valid() const { return family_ != 0; }
  int bits() const { return v4() ? 32 : 128; }
  int size() const { return bits() / 8; }  // bytes on the wire
  const uint8_t* bytes() const { return bytes_.data(); }
  uint32_t v4_host_order() const;
  in_addr in4() const;
  in6_addr in6() const;
  bool bit(int index) const {  // 0 is the most significant
    return (bytes_[index / 8] >> (7 - index % 8)) & 1;
  }

  bool is_any() const;
  bool is_loopback() const;  // 127/8, ::1
  bool is_multicast() const;
  bool is_link_local() const;  // 169.254/16, fe80::/10
  bool is_v4_mapped() const;   // ::ffff:a.b.c.d
  IpAddress ToMapped() const;   // v4 -> ::ffff:v4; v6 as it is
  IpAddress Unmapped() const;   // ::ffff:v4 -> v4; others as they are

  IpAddress Masked(int length) const;  // host bits cleared
  // The address `offset` further on.
  IpAddress Plus(uint64_t offset) const;

  std::string ToString() const;
  auto operator<=>(const IpAddress&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine(std::move(h), a.family_, a.bytes_);
  }

 private:
  int family_ = 0;
  std::array<uint8_t, 16> bytes_{};
};

// An address and a length: 10.0.0.0/24 (a network, host bits zero) or
// 10.0.0.1/24 (an interface's address), as the holder says.
struct IpPrefix {
  IpAddress address;
  int length = 0;

  static absl::StatusOr<IpPrefix> Parse(absl::string_view text);
  IpPrefix Network() const { return {address.Masked(length), length}; }
  bool Contains(const IpAddress& other) const;
  std::string ToString() const;
  auto operator<=>(const IpPrefix&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpPrefix& p) {
    return H::combine(std::move(h), p.address, p.length);
  }
};

// A transport endpoint. `scope` is the ifindex of a link-local IPv6 address,
// else 0.
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;  // host order
  uint32_t scope = 0;

  std::string ToString() const;  // 10.0.0.1:179, [fe80::1%3]:179
  auto operator<=>(const Endpoint&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const Endpoint& e) {
    return H::combine(std::move(h), e.address, e.port, e.scope);
  }
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_IP_H_
