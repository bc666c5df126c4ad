// Reading the attributes of a netlink message: type-length-value triples, each
// aligned to four bytes (lib/nlattr.c). The bytes are a guest's: nothing is
// trusted, nothing is copied.
#ifndef QUIESCE_NOTIFIER_NETLINK_ATTRIBUTES_H_
#define QUIESCE_NOTIFIER_NETLINK_ATTRIBUTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"
#include "notifier/net/types.h"

namespace quiesce {

// What the kernel demands of one attribute (struct nla_policy), as far as it
// decides whether a request is refused.
struct AttributeRule {
  uint16_t type;
  uint16_t min_length;
  uint16_t max_length = 0xffff;  // longer is refused too
};

struct Attribute {
  uint16_t type;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
  absl::string_view value;
  mutable bool read = false;
};

// An attribute, what it is nested in or 0, and whether it was looked at.
struct AttributeUse {
  uint16_t outer;
  uint16_t type;
  bool read;
};

class Attributes {
 public:
  Attributes() = default;
  // Takes what is well-formed; trailing rubbish is reported by leftover(). At
  // the end of its life `uses`, if not null, is told of each.
  explicit Attributes(absl::string_view bytes,
                      std::vector<AttributeUse>* uses = nullptr,
                      uint16_t outer = 0);
  ~Attributes();
  Attributes(Attributes&&) = default;
  Attributes& operator=(Attributes&&) = default;

  bool has(uint16_t type) const { return find(type) != nullptr; }
  // The last one of that type wins, as in nla_parse.
  const Attribute* find(uint16_t type) const;
  absl::string_view bytes(uint16_t type) const;  // empty when absent
  // Absent or too short: `otherwise`.
  uint8_t u8(uint16_t type, uint8_t otherwise = 0) const;
  uint16_t u16(uint16_t type, uint16_t otherwise = 0) const;
  uint32_t u32(uint16_t type, uint32_t otherwise = 0) const;
  uint64_t u64(uint16_t type, uint64_t otherwise = 0) const;
  // Up to the first NUL.
  std::string text(uint16_t type) const;
  // Not valid when absent or of the wrong length for `family`.
  IpAddress address(uint16_t type, int family) const;
  Attributes nested(uint16_t type) const;

  // Whoever asks for all of them knows what to make of each.
  const std::vector<Attribute>& all() const;
  size_t leftover() const { return leftover_; }

  // lib/nlattr.c:validate_nla for the attributes named in `rules`: ERANGE.
  template <size_t N>
  NetResult Check(const AttributeRule (&rules)[N]) const {
    return Check(rules, N);
  }
  NetResult Check(const AttributeRule* rules, size_t count) const;

 private:
  std::vector<Attribute> all_;
  size_t leftover_ = 0;
  std::vector<AttributeUse>* uses_ = nullptr;
  uint16_t outer_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_ATTRIBUTES_H_
