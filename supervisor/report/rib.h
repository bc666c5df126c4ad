// BGP paths and sessions as values, the same whichever daemon holds them, and
// their export as rib.jsonl: one line per path, Batfish's bgpRib column names,
// sorted. What differs between two runs of one network (versions, uptimes,
// epochs, ports, reasons) never enters these values.
#ifndef QUIESCE_SUPERVISOR_REPORT_RIB_H_
#define QUIESCE_SUPERVISOR_REPORT_RIB_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// One path of one node. Empty strings are columns without a value.
struct RibRow {
  std::string node;
  std::string vrf = "default";
  IpPrefix network;
  // BEST, MULTIPATH (used beside the best), BACKUP, or INVALID (a path that
  // the daemon holds but may not use: next hop unreachable, looped).
  // BIRD marks the best only.
  std::string status;
  std::string next_hop;  // the BGP next hop, global rather than link-local
  // bgp (external, and what the node itself put into BGP), ibgp; for BIRD's
  // other routes, which share a table with BGP's: connected, static ...
  std::string protocol;
  std::string as_path;  // "65001 65002 {65003,65004}"
  uint32_t metric = 0;  // MED; 0 when absent
  uint32_t local_pref = 100;
  // Sorted: "65001:100", large "65001:1:2", extended "rt:65001:100"; well-known
  // ones in numbers ("65535:65281" for no-export).
  std::vector<std::string> communities;
  std::string origin_type;  // igp, egp, incomplete
  std::string originator_id;
  std::string received_from_ip;  // empty: the node's own
  std::vector<std::string> cluster_list;
  uint32_t weight = 0;

  auto operator<=>(const RibRow&) const = default;
};

// One BGP session end of one node.
struct BgpSession {
  std::string node;
  std::string vrf = "default";
  std::string remote_ip;
  uint32_t remote_as = 0;
  uint32_t local_as = 0;
  // BIRD's name of the protocol; empty for FRR.
  std::string protocol;
  std::string state;  // Established, Idle, Active, Connect ...

  bool established() const { return state == "Established"; }
  auto operator<=>(const BgpSession&) const = default;
};

// Writes them sorted, in the order of RibRow's members.
void WriteRibJsonl(const std::vector<RibRow>& rows, const TextSink& sink);

// One community in the one spelling described above; `text` as FRR or BIRD
// print it ("no-export", "noExport", "(65001,100)", "RT:65001:100").
std::string CanonicalCommunity(absl::string_view text);

// An AS path in the one spelling: sets as {a,b} without spaces, sorted.
std::string CanonicalAsPath(absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RIB_H_
