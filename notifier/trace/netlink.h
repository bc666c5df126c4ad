// Datagrams of NETLINK_ROUTE in words.
#ifndef QUIESCE_NOTIFIER_TRACE_NETLINK_H_
#define QUIESCE_NOTIFIER_TRACE_NETLINK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace quiesce {

// "[{RTM_NEWROUTE, flags=NLM_F_REQUEST|NLM_F_CREATE, seq=3, pid=0,
// rtm_family=AF_INET, ..., [RTA_DST=10.0.0.0, RTA_OIF=2]}]": every message with
// its header, its own structure and its attributes by name. What is cut short
// is shown as far as it goes.
std::string DescribeNetlink(absl::string_view datagram);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_TRACE_NETLINK_H_
