#include "notifier/base/ip.h"

#include <arpa/inet.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace quiesce {

IpAddress IpAddress::V4(uint32_t host_order) {
  const uint32_t wire = htonl(host_order);
  return FromBytes(AF_INET, &wire);
}

IpAddress IpAddress::From(const in_addr& address) {
  return FromBytes(AF_INET, &address);
}

IpAddress IpAddress::From(const in6_addr& address) {
  return FromBytes(AF_INET6, &address);
}

IpAddress IpAddress::FromBytes(int family, const void* bytes) {
  IpAddress result = Any(family);
  std::memcpy(result.bytes_.data(), bytes, result.size());
  return result;
}

IpAddress IpAddress::Any(int family) {
  IpAddress result;
  result.family_ = family;
  return result;
}

absl::StatusOr<IpAddress> IpAddress::Parse(absl::string_view text) {
  const std::string copy(text);
  uint8_t bytes[16];
  for (int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, copy.c_str(), bytes) == 1) {
      return FromBytes(family, bytes);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not an IP address"));
}

uint32_t IpAddress::v4_host_order() const { return ntohl(in4().s_addr); }

in_addr IpAddress::in4() const {
  in_addr result;
  std::memcpy(&result, bytes_.data(), sizeof(result));
  return result;
}

in6_addr IpAddress::in6() const {
  in6_addr result;
  std::memcpy(&result, bytes_.data(), sizeof(result));
  return result;
}

bool IpAddress::is_any() const { return valid() && *this == Any(family_); }

bool IpAddress::is_loopback() const {
  if (v4()) return bytes_[0] == 127;
  if (!v6()) return false;
  const in6_addr a = in6();
  return IN6_IS_ADDR_LOOPBACK(&a);
}

bool IpAddress::is_multicast() const {
  return v4() ? (bytes_[0] & 0xf0) == 0xe0 : v6() && bytes_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  if (v4()) return bytes_[0] == 169 && bytes_[1] == 254;
  return v6() && bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_v4_mapped() const {
  if (!v6()) return false;
  const in6_addr a = in6();
  return IN6_IS_ADDR_V4MAPPED(&a);
}

IpAddress IpAddress::ToMapped() const {
  if (!v4()) return *this;
  IpAddress result = Any(AF_INET6);
  result.bytes_[10] = result.bytes_[11] = 0xff;
  std::memcpy(&result.bytes_[12], bytes_.data(), 4);
  return result;
}

IpAddress IpAddress::Unmapped() const {
  return is_v4_mapped() ? FromBytes(AF_INET, &bytes_[12]) : *this;
}

IpAddress IpAddress::Masked(int length) const {
  IpAddress result = *this;
  for (int i = 0; i < size(); ++i) {
    const int keep = length - 8 * i;
    if (keep >= 8) continue;
    result.bytes_[i] &= keep <= 0 ? 0 : static_cast<uint8_t>(0xff00 >> keep);
  }
  return result;
}

IpAddress IpAddress::Plus(uint64_t offset) const {
  IpAddress result = *this;
  uint64_t carry = offset;
  for (int i = size() - 1; i >= 0 && carry != 0; --i) {
    carry += result.bytes_[i];
    result.bytes_[i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  return result;
}

std::string IpAddress::ToString() const {
  if (!valid()) return "none";
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family_, bytes_.data(), text, sizeof(text));
}

absl::StatusOr<IpPrefix> IpPrefix::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  absl::StatusOr<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an IP prefix"));
  }
  IpPrefix result{*address, address->bits()};
  if (slash != absl::string_view::npos &&
      (!absl::SimpleAtoi(text.substr(slash + 1), &result.length) ||
       result.length < 0 || result.length > address->bits())) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' has no valid prefix length"));
  }
  return result;
}

bool IpPrefix::Contains(const IpAddress& other) const {
  return other.family() == address.family() &&
         other.Masked(length) == address.Masked(length);
}

std::string IpPrefix::ToString() const {
  return absl::StrCat(address.ToString(), "/", length);
}

std::string Endpoint::ToString() const {
  if (!address.v6()) return absl::StrCat(address.ToString(), ":", port);
  return absl::StrCat("[", address.ToString(),
                      scope != 0 ? absl::StrCat("%", scope) : "", "]:", port);
}

}  // namespace quiesce
