// What OpenBGPD (7.7) says about itself, as rows: the output of its bgpctl, run
// in the node, for its control socket speaks a binary protocol of each version.
//
//   bgpctl -j show rib detail   usr.sbin/bgpctl/output_json.c (json_rib)
//   bgpctl -j show neighbor     the same (json_neighbor_full)
//
// Errors: InvalidArgument for text that is not JSON or not of that shape.
#ifndef QUIESCE_SUPERVISOR_REPORT_OPENBGPD_RIB_H_
#define QUIESCE_SUPERVISOR_REPORT_OPENBGPD_RIB_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/rib.h"

namespace quiesce {

absl::StatusOr<std::vector<RibRow>> ParseOpenbgpdRib(absl::string_view node,
                                                     absl::string_view text);

// OpenBGPD does not say its own AS: local_as is 0.
absl::StatusOr<std::vector<BgpSession>> ParseOpenbgpdSessions(
    absl::string_view node, absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_OPENBGPD_RIB_H_
