// What an event has changed: two states of a network compared.
#ifndef QUIESCE_SUPERVISOR_REPORT_EVENT_REPORT_H_
#define QUIESCE_SUPERVISOR_REPORT_EVENT_REPORT_H_

#include <string>
#include <vector>

#include "proto/report.pb.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// Borrowed. The nodes of two states that are compared are the same, in the same
// order, and so are the originators.
struct NetworkState {
  const std::vector<NodeFib>& fibs;
  const std::vector<RibRow>& paths;
  const ReachabilityReport& reachability;
};

// Fills in the differences and their counts; the rest of `report` stays. Pure.
void FillDifferences(const NetworkState& before, const NetworkState& after,
                     EventReport* report);

// For people: a line for each difference of FIBs and of reachability, and the
// counts.
std::string DescribeDifferences(const EventReport& report);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_EVENT_REPORT_H_
