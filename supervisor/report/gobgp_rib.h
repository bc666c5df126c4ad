// What GoBGP (3.10) says about itself, as rows: the output of its command line
// gobgp, run in the node, for the daemon speaks gRPC.
//
//   gobgp -j global rib -a ipv4|ipv6   cmd/gobgp/global.go; path attributes as
//                                      pkg/packet/bgp marshals them
//   gobgp -j neighbor                  the API's list of peers
//   (api/gobgp.proto)
//
// Errors: InvalidArgument for text that is not JSON or not of that shape.
#ifndef QUIESCE_SUPERVISOR_REPORT_GOBGP_RIB_H_
#define QUIESCE_SUPERVISOR_REPORT_GOBGP_RIB_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// `sessions` say which neighbours are internal.
absl::StatusOr<std::vector<RibRow>> ParseGobgpRib(
    absl::string_view node, absl::string_view text,
    absl::Span<const BgpSession> sessions);

absl::StatusOr<std::vector<BgpSession>> ParseGobgpSessions(
    absl::string_view node, absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_GOBGP_RIB_H_
