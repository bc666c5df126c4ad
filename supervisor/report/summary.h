// summary.json, timing.json and the table at the end of a run.
#ifndef QUIESCE_SUPERVISOR_REPORT_SUMMARY_H_
#define QUIESCE_SUPERVISOR_REPORT_SUMMARY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "proto/report.pb.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// proto3 JSON, indented, fields in the order of the .proto and all of them
// present: the same bytes for the same message.
absl::StatusOr<std::string> ReportJson(const google::protobuf::Message& report);

// The same on one line, for files of such.
absl::StatusOr<std::string> ReportLine(const google::protobuf::Message& report);

// Pairs, reachable pairs and dispositions.
void FillReachability(const ReachabilityReport& report, Summary* summary);

// Routes and next hops of all FIBs, as fib.csv has them.
void FillFib(absl::Span<const NodeFib* const> nodes, Summary* summary);

// The sessions found, and those that are not Established by name.
void FillSessions(absl::Span<const BgpSession> sessions, Summary* summary);

// A few lines for a person. No colours, no trailing blanks.
std::string FinalTable(const Summary& summary, const Timing& timing);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_SUMMARY_H_
