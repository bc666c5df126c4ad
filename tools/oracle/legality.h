// Could BGP have ended like this? Asked about entries on which runs on the real
// kernel differ among themselves.
//
// A set of tables is legal if it is a stable state of the network: each node
// has from each external neighbour exactly the path that the neighbour's best
// makes (its AS put in front), none that holds its own AS, and its best is one
// that the rules before "oldest path" and "lowest router id" leave (RFC 4271,
// 9.1.2.2; bgpd/bgp_route.c:bgp_path_info_cmp). Its FIB uses the best and only
// paths that tie with it. Policies beyond the topology's own words are not
// known here.
#ifndef QUIESCE_TOOLS_ORACLE_LEGALITY_H_
#define QUIESCE_TOOLS_ORACLE_LEGALITY_H_

#include <vector>

#include "absl/status/status.h"
#include "tools/oracle/compare.h"
#include "tools/oracle/results.h"
#include "topo/topology.h"

namespace quiesce {

// The paths of one network at one node that may be best: what is left when
// weight, local preference, own routes, AS path length, origin, MED (within
// one neighbour AS) and external-before-internal have been compared. Pointers
// into `paths`.
std::vector<const RibRow*> Candidates(const std::vector<RibRow>& paths);

// OK if the paths that `results` has for `key` fit the neighbours' and the
// best is a candidate.
absl::Status LegalRibEntry(const Topology& topology, const Results& results,
                           const EntryKey& key);

// OK if the next hops that `results` has for `key` are those of its RIB's best
// and of paths that tie with it.
absl::Status LegalFibEntry(const Results& results, const EntryKey& key);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_ORACLE_LEGALITY_H_
