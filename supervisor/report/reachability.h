// Who reaches whom, by walking exported FIBs.
//
// For one destination address every node's longest match is one set of
// successors: a graph over all nodes. Whatever can happen to a packet from any
// source is then read off that graph in one pass (strongly connected
// components, Tarjan 1972): the dispositions reachable from a node are its own
// and its successors', a component with a cycle adds LOOP, and the number of
// ECMP paths is the sum over the successors. So all sources together cost
// O(nodes + edges) per destination, not a walk per pair.
//
// Pure; single-threaded; the FIBs must outlive the Forwarding.
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

// What a packet from each node to one destination can meet.
struct DestinationResult {
  std::vector<DispositionSet> fate;  // by source
  // ECMP paths that end well at the node asked for; saturates.
  std::vector<uint64_t> paths;
};

// `wanted` is the node index that should get the packet; success at another
// one also sets kElsewhere.
DestinationResult Analyse(const Forwarding::Graph& graph, int wanted);

// A shortest path from `source` to a node where `disposition` happens; for
// kLoop some path up to and including a node that is on it a second time.
// Empty when it cannot happen.
std::vector<uint32_t> Witness(const Forwarding::Graph& graph, int wanted,
                              int source, Disposition disposition);

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
