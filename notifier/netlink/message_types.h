// The rtnetlink messages: one table is the truth. What is handled, by what, how
// well, and under which name it is printed, all come from here.
#ifndef QUIESCE_NOTIFIER_NETLINK_MESSAGE_TYPES_H_
#define QUIESCE_NOTIFIER_NETLINK_MESSAGE_TYPES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/netlink/request.h"

namespace quiesce {

enum class NetlinkSupport {
  kFull,     // as Linux
  kPartial,  // see the note
  kStub,     // answered, but there is nothing behind it
  kRefused,  // EOPNOTSUPP
};

struct NetlinkMessageType {
  uint16_t type;   // RTM_*
  uint8_t family;  // AF_*; AF_UNSPEC rows serve families without one
  const char* name;
  RequestHandler act;   // one object; null: EOPNOTSUPP
  RequestHandler dump;  // NLM_F_DUMP; null: the AF_UNSPEC row's, or EOPNOTSUPP
  // rtnl_dump_all: a dump for AF_UNSPEC asks each family's row in turn.
  bool dump_all = false;
  NetlinkSupport support = NetlinkSupport::kFull;
  const char* note = "";
};

// Sorted by type, then family.
absl::Span<const NetlinkMessageType> NetlinkMessageTypes();
// The row for exactly this pair, or null.
const NetlinkMessageType* FindMessageType(uint16_t type, uint8_t family);
// "RTM_NEWROUTE", "NLMSG_DONE"; empty when unknown.
absl::string_view NetlinkTypeName(uint16_t type);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_MESSAGE_TYPES_H_
