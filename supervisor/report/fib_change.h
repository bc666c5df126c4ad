// What has become of a node's forwarding table: two tables compared, and the
// log of all changes of a run.
#ifndef QUIESCE_SUPERVISOR_REPORT_FIB_CHANGE_H_
#define QUIESCE_SUPERVISOR_REPORT_FIB_CHANGE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "notifier/base/nanos.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// One network of one VRF whose routes are others than before. A table's side is
// "via 10.0.0.1 dev eth1 proto bgp metric 20" for each next hop, "; " between
// them, and empty where there is no route.
struct FibChange {
  std::string node;
  std::string vrf;
  std::string network;
  std::string before;
  std::string after;
};

// Of the routes that are exported (fib.h), sorted by VRF and network. Pure.
std::vector<FibChange> CompareFibs(const NodeFib& before, const NodeFib& after);

// Writes a line for each change:
//
//   {"time":1160000000,"node":"r1","vrf":"default","network":"10.0.2.0/24",
//    "before":"","after":"via 172.16.0.1 dev eth1 proto bgp metric 20"}
//
// Times are nanoseconds since the start. What a table holds when it is first
// shown counts as changes, too.
class FibLog {
 public:
  explicit FibLog(TextSink sink) : sink_(std::move(sink)) {}

  // The node's table is now this one.
  void Update(Nanos time, NodeFib fib);

 private:
  const TextSink sink_;
  std::map<std::string, NodeFib> last_;  // by node
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FIB_CHANGE_H_
