#include "notifier/trace/netlink_attributes.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/trace/bytes.h"
#include "notifier/trace/sockaddr.h"

namespace quiesce {
namespace {

std::string Number(absl::string_view value, bool hex) {
  uint64_t number = 0;
  switch (value.size()) {
    case 1:
    case 2:
    case 4:
    case 8:
      number = ValueOf<uint64_t>(value);
      break;
    default:
      return HexBytes(value);
  }
  return hex ? absl::StrCat("0x", absl::Hex(number)) : absl::StrCat(number);
}

std::string Address(absl::string_view value) {
  if (value.size() == 4) return FormatInAddr(value.data());
  if (value.size() == 16) return FormatIn6Addr(value.data());
  return HexBytes(value);
}

std::string Mac(absl::string_view value) {
  if (value.size() != 6) return HexBytes(value);
  std::string text;
  for (unsigned char byte : value) {
    absl::StrAppendFormat(&text, "%s%02x", text.empty() ? "" : ":", byte);
  }
  return text;
}

std::string Multipath(absl::string_view value) {
  std::string text = "[";
  while (value.size() >= sizeof(rtnexthop)) {
    const auto hop = ValueOf<rtnexthop>(value);
    if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > value.size()) break;
    const absl::string_view attributes =
        value.substr(sizeof(hop), hop.rtnh_len - sizeof(hop));
    absl::StrAppend(&text, text.size() == 1 ? "" : ", ", "{rtnh_flags=0x",
                    absl::Hex(hop.rtnh_flags), ", rtnh_hops=", hop.rtnh_hops,
                    ", rtnh_ifindex=", hop.rtnh_ifindex, ", ",
                    FormatNetlinkAttributes(RouteAttributes(), attributes),
                    "}");
    value.remove_prefix(
        std::min<size_t>(NLMSG_ALIGN(hop.rtnh_len), value.size()));
  }
  return text + "]";
}

std::string Group(absl::string_view value) {
  std::string text = "[";
  for (; value.size() >= sizeof(nexthop_grp);
       value.remove_prefix(sizeof(nexthop_grp))) {
    const auto member = ValueOf<nexthop_grp>(value);
    absl::StrAppend(&text, text.size() == 1 ? "" : ", ", "{id=", member.id,
                    ", weight=", member.weight, "}");
  }
  return text + "]";
}

std::string Payload(const NetlinkAttributeName& name, absl::string_view value) {
  switch (name.as) {
    case NetlinkAs::kBytes:
      break;
    case NetlinkAs::kNumber:
      return Number(value, false);
    case NetlinkAs::kHex:
      return Number(value, true);
    case NetlinkAs::kSigned:
      if (value.size() == 4) return absl::StrCat(ValueOf<int32_t>(value));
      break;
    case NetlinkAs::kString:
      return QuoteBytes(value.substr(0, value.find('\0')));
    case NetlinkAs::kAddress:
      return Address(value);
    case NetlinkAs::kMac:
      return Mac(value);
    case NetlinkAs::kNested:
      return FormatNetlinkAttributes(name.nested(), value);
    case NetlinkAs::kMultipath:
      return Multipath(value);
    case NetlinkAs::kGroup:
      return Group(value);
    case NetlinkAs::kVia:
      if (value.size() > 2) return Address(value.substr(2));
      break;
  }
  return HexBytes(value);
}

}  // namespace

std::string FormatNetlinkAttributes(NetlinkAttributeNames names,
                                    absl::string_view attributes) {
  std::string text = "[";
  while (attributes.size() >= sizeof(nlattr)) {
    const auto header = ValueOf<nlattr>(attributes);
    if (header.nla_len < sizeof(header) || header.nla_len > attributes.size()) {
      break;
    }
    const absl::string_view value =
        attributes.substr(sizeof(header), header.nla_len - sizeof(header));
    const uint16_t type = header.nla_type & NLA_TYPE_MASK;
    absl::StrAppend(&text, text.size() == 1 ? "" : ", ");
    const auto name =
        std::find_if(names.begin(), names.end(),
                     [type](const auto& n) { return n.type == type; });
    if (name == names.end()) {
      absl::StrAppend(&text, "0x", absl::Hex(type), "=", HexBytes(value));
    } else {
      absl::StrAppend(&text, name->name, "=", Payload(*name, value));
    }
    attributes.remove_prefix(
        std::min<size_t>(NLA_ALIGN(header.nla_len), attributes.size()));
  }
  if (!attributes.empty()) {
    absl::StrAppend(&text, text.size() == 1 ? "" : ", ", HexBytes(attributes));
  }
  return text + "]";
}

}  // namespace quiesce
