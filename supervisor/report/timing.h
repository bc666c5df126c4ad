// What several supervisor processes have used together.
#ifndef QUIESCE_SUPERVISOR_REPORT_TIMING_H_
#define QUIESCE_SUPERVISOR_REPORT_TIMING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/report.pb.h"

namespace quiesce {

// Adds up serialized Timings, one of each process. Of the first is what all
// have in common: phases and time on the wall.
absl::Status AddUpTimings(const std::vector<std::string>& all, Timing* sum);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_TIMING_H_
