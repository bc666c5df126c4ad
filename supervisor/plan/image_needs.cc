#include "supervisor/plan/image_needs.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/netlink/message_types.h"

namespace quiesce {
namespace {

// Which kinds of socket a node's kernel gives out.
bool Offered(proto::SocketKind kind) {
  switch (kind) {
    case proto::SOCKET_TCP:
    case proto::SOCKET_UDP:
    case proto::SOCKET_RAW_IPV4:
    case proto::SOCKET_RAW_IPV6:
    case proto::SOCKET_PACKET:
    case proto::SOCKET_NETLINK_ROUTE:
    case proto::SOCKET_UNIX:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status CheckNeeds(const proto::Image& image) {
  std::vector<std::string> unmet;
  for (const int kind : image.needs().socket()) {
    if (!Offered(static_cast<proto::SocketKind>(kind))) {
      unmet.push_back(absl::StrCat(
          "image ", image.name(), ": needs sockets of kind ",
          proto::SocketKind_Name(static_cast<proto::SocketKind>(kind)),
          ", which the emulated kernel does not have"));
    }
  }
  for (const std::string& name : image.needs().netlink()) {
    bool known = false;
    bool answered = false;
    for (const NetlinkMessageType& type : NetlinkMessageTypes()) {
      if (name != type.name) continue;
      known = true;
      answered |= type.support == NetlinkSupport::kFull ||
                  type.support == NetlinkSupport::kPartial;
    }
    if (!known) {
      unmet.push_back(absl::StrCat("image ", image.name(), ": needs ", name,
                                   ", which is no rtnetlink message"));
    } else if (!answered) {
      unmet.push_back(absl::StrCat("image ", image.name(), ": needs ", name,
                                   ", which the emulated kernel refuses"));
    }
  }
  if (unmet.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(unmet, "\n"));
}

}  // namespace quiesce
