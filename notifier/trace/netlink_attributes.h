// Attributes of rtnetlink messages by name.
#ifndef QUIESCE_NOTIFIER_TRACE_NETLINK_ATTRIBUTES_H_
#define QUIESCE_NOTIFIER_TRACE_NETLINK_ATTRIBUTES_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace quiesce {

// How an attribute's payload is shown.
enum class NetlinkAs : uint8_t {
  kBytes,
  kNumber,  // of 1, 2, 4 or 8 bytes
  kSigned,  // an int
  kHex,     // as kNumber
  kString,
  kAddress,  // by its length: IPv4 or IPv6; else bytes
  kMac,
  kNested,
  kMultipath,  // struct rtnexthop and attributes
  kGroup,      // struct nexthop_grp
  kVia,        // struct rtvia
};

struct NetlinkAttributeName {
  uint16_t type;
  const char* name;
  NetlinkAs as = NetlinkAs::kBytes;
  absl::Span<const NetlinkAttributeName> (*nested)() = nullptr;
};
using NetlinkAttributeNames = absl::Span<const NetlinkAttributeName>;

NetlinkAttributeNames LinkAttributes();
NetlinkAttributeNames AddressAttributes();
NetlinkAttributeNames RouteAttributes();
NetlinkAttributeNames RuleAttributes();
NetlinkAttributeNames NeighbourAttributes();
NetlinkAttributeNames NexthopAttributes();
NetlinkAttributeNames NetconfAttributes();
NetlinkAttributeNames ExtendedAckAttributes();

// "[RTA_TABLE=254, RTA_DST=10.0.0.0]"; what is cut short or unknown is shown
// as bytes.
std::string FormatNetlinkAttributes(NetlinkAttributeNames names,
                                    absl::string_view attributes);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_NETLINK_ATTRIBUTES_H_
