// The tables a converged network is exported as, written in one go.
#ifndef QUIESCE_SUPERVISOR_REPORT_TABLES_H_
#define QUIESCE_SUPERVISOR_REPORT_TABLES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/report.pb.h"
#include "supervisor/report/answers.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// Writes fib.csv, fib.jsonl, rules.jsonl, rib.jsonl and reachability.json, and
// puts into `summary` what follows from them: counts, dispositions, digests of
// the files.
absl::Status WriteTables(absl::Span<const NodeFib* const> fibs,
                         const std::vector<RibRow>& paths,
                         const ReachabilityReport& reachability, OutputDir* dir,
                         Summary* summary);

// Writes answers.jsonl, if there are any.
absl::Status WriteAnswers(const std::vector<Answer>& answers, OutputDir* dir,
                          Summary* summary);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_TABLES_H_
