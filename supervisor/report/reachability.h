// Who reaches whom: every ordered pair of nodes that originate prefixes, by
// walking exported FIBs.
//
// Pure; single-threaded.
#ifndef QUIESCE_SUPERVISOR_REPORT_REACHABILITY_H_
#define QUIESCE_SUPERVISOR_REPORT_REACHABILITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/base/ip.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/forwarding.h"

namespace quiesce {

struct OriginatedPrefix {
  std::string node;
  IpPrefix prefix;
  // An address in `prefix` to send to; invalid: RepresentativeAddress.
  IpAddress representative;
};

// The address of `prefix` that `node` owns (the lowest), else the first host
// address (the network itself for a full-length prefix).
IpAddress RepresentativeAddress(const IpPrefix& prefix, const NodeFib& node);

struct PairResult {
  uint32_t source, destination;  // indices of originators()
  DispositionSet fate = 0;       // over all the destination's prefixes
  uint32_t prefixes = 0;
  uint32_t reached = 0;  // prefixes that all branches reach
  uint64_t paths = 0;    // ECMP paths to the prefix that has fewest
  uint32_t partly = 0;   // further prefixes, that some branches reach

  bool reachable() const { return reached == prefixes; }
};

struct ReachabilityFailure {
  uint32_t source, destination;
  IpPrefix network;  // the first one of that pair that fails so
  Disposition disposition;
  uint32_t prefixes = 0;  // of the pair that fail so
  std::vector<std::string> witness;
};

struct ReachabilityReport {
  std::vector<std::string> originators;  // sorted
  std::vector<PairResult> pairs;         // by source, then destination
  std::vector<ReachabilityFailure> failures;

  size_t reachable_pairs() const;
  // Pairs in which the disposition occurs.
  size_t PairsWith(Disposition disposition) const;
};

// Every ordered pair of originating nodes. Errors: NotFound for an originator
// that has no FIB.
absl::StatusOr<ReachabilityReport> CheckReachability(
    const Forwarding& forwarding, absl::Span<const NodeFib* const> nodes,
    std::vector<OriginatedPrefix> originated);

// reachability.json: a summary, a line per pair, a line per failure with its
// witness. At most one failure is written for a pair and disposition.
void WriteReachabilityJson(const ReachabilityReport& report,
                           const TextSink& sink);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_REACHABILITY_H_
