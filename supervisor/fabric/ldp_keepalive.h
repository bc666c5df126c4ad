// What LDP says on its sessions only to be heard (RFC 5036).
#ifndef QUIESCE_SUPERVISOR_FABRIC_LDP_KEEPALIVE_H_
#define QUIESCE_SUPERVISOR_FABRIC_LDP_KEEPALIVE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace quiesce {

inline constexpr uint16_t kLdpPort = 646;  // TCP, and of Hellos UDP

// Whether a piece of a session's bytes is made of whole PDUs with KeepAlive
// messages alone (RFC 5036, 3.1 and 3.5.4). Each has a number of its own.
bool OnlyLdpKeepalives(absl::string_view bytes);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_LDP_KEEPALIVE_H_
