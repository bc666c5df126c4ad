#include "notifier/trace/trace_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr size_t kBufferSize = 1 << 16;

}  // namespace

std::string FormatTraceLine(const TraceOrigin& origin, absl::string_view call,
                            Nanos when) {
  return absl::StrFormat("[%s/%s:%d] %s <vt=%d.%06d>\n", origin.node,
                         origin.program, origin.pid, call, when / kSecond,
                         when % kSecond / kMicrosecond);
}

absl::StatusOr<std::unique_ptr<TraceWriter>> TraceWriter::Open(
    const std::string& path, Order order) {
  if (path == "-") {
    return std::unique_ptr<TraceWriter>(
        new TraceWriter(UniqueFd(), STDOUT_FILENO, order));
  }
  UniqueFd file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.valid()) return ErrnoStatus(absl::StrCat("open ", path));
  const int fd = file.get();
  return std::unique_ptr<TraceWriter>(
      new TraceWriter(std::move(file), fd, order));
}

TraceWriter::~TraceWriter() { (void)Flush(); }

void TraceWriter::Add(const TraceOrigin& origin, absl::string_view call,
                      Nanos when) {
  std::string line = FormatTraceLine(origin, call, when);
  absl::MutexLock lock(&mutex_);
  if (order_ == Order::kByNode) {
    by_node_[origin.node_id] += line;
    return;
  }
  buffer_ += line;
  WriteOut();
}

void TraceWriter::EndRound() {
  absl::MutexLock lock(&mutex_);
  Gather();
  if (buffer_.size() >= kBufferSize) WriteOut();
}

absl::Status TraceWriter::Flush() {
  absl::MutexLock lock(&mutex_);
  Gather();
  WriteOut();
  return status_;
}

void TraceWriter::Gather() {
  for (auto& [node, lines] : by_node_) {
    buffer_ += lines;
    lines.clear();
  }
}

void TraceWriter::WriteOut() {
  absl::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t written = write(fd_, left.data(), left.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      if (status_.ok()) status_ = ErrnoStatus("write the trace");
      break;
    }
    left.remove_prefix(written);
  }
  buffer_.clear();
}

}  // namespace quiesce
