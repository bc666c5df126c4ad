// Everything a converged network is exported as, written in one go.
#ifndef QUIESCE_SUPERVISOR_REPORT_RESULTS_H_
#define QUIESCE_SUPERVISOR_REPORT_RESULTS_H_

#include <vector>

#include "absl/status/status.h"
#include "proto/report.pb.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/forwarding.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"

namespace quiesce {

struct Results {
  std::vector<NodeFib> fibs;       // finished
  std::vector<NetworkLink> links;  // that are up
  std::vector<OriginatedPrefix> originated;
  std::vector<RibRow> paths;
  std::vector<BgpSession> sessions;
};

// Writes fib.jsonl, fib.csv, rib.jsonl and reachability.json, fills what
// follows from them into `summary` (counts, sessions, dispositions, digests)
// and writes summary.json. What the caller knows (topology, seed, messages,
// convergence ...) is to be in `summary` already. Sorts `results`.
absl::Status WriteResults(Results* results, Summary* summary, OutputDir* dir);

// timing.json: on its own, because exporting takes time too.
absl::Status WriteTiming(const Timing& timing, OutputDir* dir);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RESULTS_H_
