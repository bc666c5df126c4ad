// A file of lines that are written while a run goes on. They are gathered: a
// write(2) for each would cost more than what it tells.
#ifndef QUIESCE_SUPERVISOR_REPORT_LINE_LOG_H_
#define QUIESCE_SUPERVISOR_REPORT_LINE_LOG_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/output_dir.h"

namespace quiesce {

class LineLog {
 public:
  // The file at `path`, from the start; if that is "out", `name` among the
  // results. Errors: what open says.
  static absl::StatusOr<std::unique_ptr<LineLog>> Open(const std::string& path,
                                                       const std::string& name,
                                                       OutputDir* out);

  void Write(absl::string_view line);
  // For what takes lines. Valid while this object is.
  TextSink sink() {
    return [this](absl::string_view line) { Write(line); };
  }
  // The first error of all.
  absl::Status Close();

 private:
  explicit LineLog(OutputFile file) : file_(std::move(file)) {}

  OutputFile file_;
  std::string lines_;  // not yet written
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_LINE_LOG_H_
