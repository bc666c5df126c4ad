#include "supervisor/report/line_log.h"

#include <fcntl.h>

#include <utility>

#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

constexpr size_t kBuffer = 1 << 18;

}  // namespace

absl::StatusOr<std::unique_ptr<LineLog>> LineLog::Open(const std::string& path,
                                                       const std::string& name,
                                                       OutputDir* out) {
  if (path == "out") {
    ASSIGN_OR_RETURN(OutputFile file, out->File(name));
    return std::unique_ptr<LineLog>(new LineLog(std::move(file)));
  }
  UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return ErrnoStatus(path);
  return std::unique_ptr<LineLog>(new LineLog(OutputFile(std::move(fd), path)));
}

void LineLog::Write(absl::string_view line) {
  lines_.append(line.data(), line.size());
  if (lines_.size() < kBuffer) return;
  file_.Write(lines_);
  lines_.clear();
}

absl::Status LineLog::Close() {
  file_.Write(lines_);
  lines_.clear();
  return file_.Close();
}

}  // namespace quiesce
