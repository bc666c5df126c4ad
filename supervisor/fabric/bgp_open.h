// What a BGP OPEN says of waiting: how long its sender's sessions and routes
// may outlive the sender.
#ifndef QUIESCE_SUPERVISOR_FABRIC_BGP_OPEN_H_
#define QUIESCE_SUPERVISOR_FABRIC_BGP_OPEN_H_

#include "absl/strings/string_view.h"

namespace quiesce {

// All in seconds.
struct BgpOpen {
  int hold = 0;  // RFC 4271, section 4.2
  // Graceful restart (RFC 4724): how long its routes are kept when the session
  // has ended. 0 also for who only keeps those of others.
  int restart = 0;
  // And then as the last resort (RFC 9494): the longest of its families.
  int stale = 0;
};

// `body` is what follows the message's header. What is malformed counts as not
// said.
BgpOpen ReadOpen(absl::string_view body);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_BGP_OPEN_H_
