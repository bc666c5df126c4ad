// Which prefixes a BGP UPDATE is about: withdrawn and announced, IPv4 and IPv6
// unicast (RFC 4271, section 4.3; RFC 4760). ADD-PATH (RFC 7911), which changes
// the encoding where both ends have agreed on it, is not known here.
#ifndef QUIESCE_SUPERVISOR_FABRIC_BGP_UPDATE_H_
#define QUIESCE_SUPERVISOR_FABRIC_BGP_UPDATE_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"

namespace quiesce {

// `body` is what follows the message's header. Stops at what is malformed.
std::vector<IpPrefix> PrefixesOfUpdate(absl::string_view body);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_FABRIC_BGP_UPDATE_H_
