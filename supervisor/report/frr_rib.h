// What FRR's bgpd (8.4, 10.3) says about itself, as rows.
//
// Commands whose replies are understood here:
//   show bgp ipv4|ipv6 unicast json detail   paths with all attributes
//   show bgp ipv4|ipv6 unicast json          paths, without communities
//   show bgp summary json                    sessions, all address families
//
// Errors: InvalidArgument for text that is not JSON or not of that shape.
#ifndef QUIESCE_SUPERVISOR_REPORT_FRR_RIB_H_
#define QUIESCE_SUPERVISOR_REPORT_FRR_RIB_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/rib.h"

namespace quiesce {

inline constexpr char kFrrShowRib4[] = "show bgp ipv4 unicast json detail";
inline constexpr char kFrrShowRib6[] = "show bgp ipv6 unicast json detail";
inline constexpr char kFrrShowSessions[] = "show bgp summary json";

// Both shapes of `show bgp ... json`. An empty text (bgpd without a BGP
// instance prints none) is an empty table.
absl::StatusOr<std::vector<RibRow>> ParseFrrRib(absl::string_view node,
                                                absl::string_view text);

// One session per neighbour and VRF, however many address families it carries.
absl::StatusOr<std::vector<BgpSession>> ParseFrrSessions(
    absl::string_view node, absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FRR_RIB_H_
