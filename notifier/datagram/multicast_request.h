// What a socket option asks about multicast groups, read from its struct.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_REQUEST_H_
#define QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_REQUEST_H_

#include <netinet/in.h>

#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"

namespace quiesce {

struct MulticastRequest {
  enum class Kind {
    kJoin,
    kLeave,
    kJoinSource,     // joins where it has to, and lets one source through
    kLeaveSource,    // the other way round
    kBlockSource,    // shuts one source out
    kUnblockSource,  // the other way round
    kFilter,         // the whole list of sources
  };
  Kind kind;
  IpAddress group;
  int device = 0;                  // 0: not said
  in_addr by{};                    // an address of the interface, if said
  IpAddress source;                // of one source
  bool include = false;            // of kFilter
  std::vector<IpAddress> sources;  // of kFilter
};

// 0, an errno, or -1 where the option is another
// (net/ipv4/ip_sockglue.c:do_ip_setsockopt,
// net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt).
int ParseMulticastRequest(int level, int name, absl::string_view value,
                          MulticastRequest* request);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_REQUEST_H_
