// The directory of a recording (proto/recording.proto): what all nodes have in
// common in run.textproto, and what each was given in NODE.steps. Made of
// nothing that is measured: two recordings of one run are the same bytes.
#ifndef QUIESCE_SUPERVISOR_RECORD_RECORDING_DIR_H_
#define QUIESCE_SUPERVISOR_RECORD_RECORDING_DIR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notifier/kernel/message.h"
#include "proto/recording.pb.h"
#include "supervisor/report/output_dir.h"

namespace quiesce {

class RecordingWriter {
 public:
  // Makes or empties the directory; errors as OutputDir's.
  static absl::StatusOr<std::unique_ptr<RecordingWriter>> Create(
      const std::string& path, const proto::Recording& common);
  // Closes, if nobody has: what led to a failure is wanted most of all.
  ~RecordingWriter();

  // To be called by one thread at a time for one node; different nodes do not
  // touch.
  void Add(NodeId node, const proto::NodeStep& step);
  // What comes after it is dropped. The first error of all.
  absl::Status Close();

 private:
  struct File {
    OutputFile file;
    std::string waiting;  // a write(2) for each step would cost more than it
  };

  RecordingWriter() = default;

  std::vector<File> files_;  // by node; empty once closed
};

// InvalidArgument where there is no recording, or none of that node, or a
// damaged one.
absl::StatusOr<proto::Recording> ReadRecording(const std::string& path);
absl::StatusOr<std::vector<proto::NodeStep>> ReadSteps(const std::string& path,
                                                       const std::string& node);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_RECORD_RECORDING_DIR_H_
