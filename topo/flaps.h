// Links that fail and come back at random: events for a long run.
#ifndef QUIESCE_TOPO_FLAPS_H_
#define QUIESCE_TOPO_FLAPS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "topo/topology.h"

namespace quiesce {

// `topology` with further events as `spec` says, "every=60s,for=24h,seed=1":
//
//   every=60s   in each such span, from the second on, one link goes down at a
//               random moment, and up again before the span ends
//   for=24h     so long
//   down=10s    how long it is down
//   seed=1      what chance follows from
//   silent=off  on: the two ends are not told
//
// InvalidArgument: a line for each mistake.
absl::StatusOr<Topology> WithFlaps(const Topology& topology,
                                   absl::string_view spec);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_FLAPS_H_
