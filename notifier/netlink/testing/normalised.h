// Netlink answers made comparable: what the kernel said and what we said,
// decoded into text, with what legitimately differs left out.
//
// Left out, and nothing else:
//  * the port, and where one datagram ends and the next begins;
//  * the order of attributes within a message;
//  * NLA_F_NESTED;
//  * of links: statistics, queues, offload limits, qdisc, XDP, AF_SPEC, the
//    device map, carrier counters;
//  * of links, rules and nexthops: attributes newer than the headers;
//  * of addresses and neighbours: time stamps (and neighbour probes);
//  * of IPv6 routes: age; of `route get`: RTA_UID;
//  * of rules: those of multicast routing (families above 127);
//  * of neighbours: the entries for multicast that IPv6 makes by itself;
//  * of errors: the offset and the policy in the extended acknowledgement; the
//    echo of the request's header keeps only its type.
#ifndef QUIESCE_NOTIFIER_NETLINK_TESTING_NORMALISED_H_
#define QUIESCE_NOTIFIER_NETLINK_TESTING_NORMALISED_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace quiesce {

// One line for each message of `datagrams`.
std::vector<std::string> Normalise(const std::vector<std::string>& datagrams);

// The same for multicast messages, and further left out: those of tentative
// IPv6 addresses, which the kernel announces before the address works.
std::vector<std::string> NormaliseNotifications(
    const std::vector<std::string>& datagrams);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_TESTING_NORMALISED_H_
