// What is known of one node at the end of a run, and the form in which it goes
// from one emulator to another (proto/results.proto).
#ifndef QUIESCE_SUPERVISOR_REPORT_NODE_RESULTS_H_
#define QUIESCE_SUPERVISOR_REPORT_NODE_RESULTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/results.pb.h"
#include "supervisor/report/answers.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/rib.h"

namespace quiesce {

struct NodeResults {
  NodeFib fib;  // finished
  std::vector<RibRow> paths;
  std::vector<BgpSession> sessions;
  std::vector<Answer> answers;
};

void ResultsToProto(const NodeResults& results, proto::NodeResults* words);

// InvalidArgument where `words` are not what the above has made.
absl::StatusOr<NodeResults> ResultsFromProto(const std::string& node,
                                             const proto::NodeResults& words);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_NODE_RESULTS_H_
