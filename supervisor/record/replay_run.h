// Runs one node alone, from the recording of a run, and compares what comes out
// of it with what came out then.
#ifndef QUIESCE_SUPERVISOR_RECORD_REPLAY_RUN_H_
#define QUIESCE_SUPERVISOR_RECORD_REPLAY_RUN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace quiesce {

struct ReplayOptions {
  std::string recording;  // the directory
  std::string node;
  std::string out;  // for what the node's processes print
  int cpu = 0;
  bool realtime = true;
};

struct ReplayReport {
  uint64_t steps = 0;  // that were gone through
  uint64_t inputs = 0;
  uint64_t outputs = 0;
  // The first difference, with its step and time; empty: there was none.
  std::string difference;
};

// To be called before any other thread exists. InvalidArgument: no such
// recording, or a damaged one; NotFound, PermissionDenied, ResourceExhausted:
// what the environment lacks.
absl::StatusOr<ReplayReport> RunReplay(const ReplayOptions& options);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_RECORD_REPLAY_RUN_H_
