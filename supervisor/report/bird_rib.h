// What BIRD (2.0, 3.1) says about itself, as rows. BIRD has no JSON: this reads
// the text of its control socket after the reply codes have been taken off
// (control_dialogue.h), which is what birdc prints.
//
//   show route all         nest/rt-show.c (rt_show_rte, rt_show_net) and each
//                          protocol's get_route_info
//   show protocols all     proto/bgp/bgp.c (bgp_show_proto_info)
#ifndef QUIESCE_SUPERVISOR_REPORT_BIRD_RIB_H_
#define QUIESCE_SUPERVISOR_REPORT_BIRD_RIB_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "supervisor/report/rib.h"

namespace quiesce {

inline constexpr char kBirdShowRib[] = "show route all";
inline constexpr char kBirdShowAllTables[] = "show route table all all";
inline constexpr char kBirdShowSessions[] = "show protocols all";

std::vector<BgpSession> ParseBirdSessions(absl::string_view node,
                                          absl::string_view text);

// `sessions` say which neighbour a protocol is and whether it is internal.
// Tables master4 and master6 are VRF "default", others are named as they are.
// Errors: InvalidArgument for a line where a route should begin but cannot be
// read.
absl::StatusOr<std::vector<RibRow>> ParseBirdRib(
    absl::string_view node, absl::string_view text,
    absl::Span<const BgpSession> sessions);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_BIRD_RIB_H_
