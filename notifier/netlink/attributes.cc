#include "notifier/netlink/attributes.h"

#include <errno.h>
#include <linux/netlink.h>

#include <cstring>

namespace quiesce {
namespace {

template <typename T>
T Read(const Attribute* attribute, T otherwise) {
  if (attribute == nullptr || attribute->value.size() < sizeof(T)) {
    return otherwise;
  }
  T value;
  std::memcpy(&value, attribute->value.data(), sizeof(T));
  return value;
}

}  // namespace

Attributes::Attributes(absl::string_view bytes, std::vector<AttributeUse>* uses,
                       uint16_t outer)
    : uses_(uses), outer_(outer) {
  while (bytes.size() >= sizeof(nlattr)) {
    nlattr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.nla_len < sizeof(header) || header.nla_len > bytes.size()) {
      break;
    }
    all_.push_back({static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK),
                    bytes.substr(NLA_HDRLEN, header.nla_len - NLA_HDRLEN)});
    bytes.remove_prefix(
        std::min<size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
  leftover_ = bytes.size();
}

Attributes::~Attributes() {
  if (uses_ == nullptr) return;
  for (const Attribute& attribute : all_) {
    uses_->push_back({outer_, attribute.type, attribute.read});
  }
}

const Attribute* Attributes::find(uint16_t type) const {
  for (auto it = all_.rbegin(); it != all_.rend(); ++it) {
    if (it->type != type) continue;
    it->read = true;
    return &*it;
  }
  return nullptr;
}

const std::vector<Attribute>& Attributes::all() const {
  for (const Attribute& attribute : all_) attribute.read = true;
  return all_;
}

absl::string_view Attributes::bytes(uint16_t type) const {
  const Attribute* found = find(type);
  return found == nullptr ? absl::string_view() : found->value;
}

uint8_t Attributes::u8(uint16_t type, uint8_t otherwise) const {
  return Read<uint8_t>(find(type), otherwise);
}

uint16_t Attributes::u16(uint16_t type, uint16_t otherwise) const {
  return Read<uint16_t>(find(type), otherwise);
}

uint32_t Attributes::u32(uint16_t type, uint32_t otherwise) const {
  return Read<uint32_t>(find(type), otherwise);
}

uint64_t Attributes::u64(uint16_t type, uint64_t otherwise) const {
  return Read<uint64_t>(find(type), otherwise);
}

std::string Attributes::text(uint16_t type) const {
  const absl::string_view value = bytes(type);
  return std::string(value.substr(0, value.find('\0')));
}

IpAddress Attributes::address(uint16_t type, int family) const {
  const absl::string_view value = bytes(type);
  const size_t size = family == AF_INET ? 4 : 16;
  if (value.size() != size) return IpAddress();
  return IpAddress::FromBytes(family, value.data());
}

Attributes Attributes::nested(uint16_t type) const {
  return Attributes(bytes(type), uses_, type);
}

NetResult Attributes::Check(const AttributeRule* rules, size_t count) const {
  for (const Attribute& attribute : all_) {
    for (size_t i = 0; i < count; ++i) {
      if (rules[i].type != attribute.type) continue;
      if (attribute.value.size() < rules[i].min_length ||
          attribute.value.size() > rules[i].max_length) {
        return NetResult::Error(ERANGE, "Attribute failed policy validation");
      }
    }
  }
  return NetResult::Ok();
}

}  // namespace quiesce
