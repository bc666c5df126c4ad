// What has become of the nodes' RIBs: two sets of paths compared.
#ifndef QUIESCE_SUPERVISOR_REPORT_RIB_CHANGE_H_
#define QUIESCE_SUPERVISOR_REPORT_RIB_CHANGE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// One network of one VRF of a node whose paths are others than before. A side
// names each path, "; " between them, the best first:
// "BEST via 172.16.0.1 from 172.16.0.1 path 65001 65002 lp 100 med 0"; it is
// empty where there is none.
struct RibChange {
  std::string node;
  std::string vrf;
  std::string network;
  std::string before;
  std::string after;
};

// Sorted by node, VRF and network. Pure.
std::vector<RibChange> CompareRibs(absl::Span<const RibRow> before,
                                   absl::Span<const RibRow> after);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RIB_CHANGE_H_
