// The directory a run leaves behind. What an earlier run of ours left there is
// removed first; what is not ours is never touched, and its presence is an
// error rather than a mixture.
//
// ".quiesce" in the directory lists the names we made there, one a line; a name
// is listed before it is made, so that a killed run's files are known too.
#ifndef QUIESCE_SUPERVISOR_REPORT_OUTPUT_DIR_H_
#define QUIESCE_SUPERVISOR_REPORT_OUTPUT_DIR_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// A file being written. Errors are kept and reported by Close.
class OutputFile {
 public:
  OutputFile(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  void Write(absl::string_view text);
  // For the Write* functions of this package. Valid while this object is.
  TextSink sink() {
    return [this](absl::string_view text) { Write(text); };
  }
  // FNV-1a, 64 bits, of all bytes so far: to compare runs, not to trust them.
  uint64_t digest() const { return digest_; }
  absl::Status Close();

 private:
  uint64_t digest_ = 0xcbf29ce484222325;
  UniqueFd fd_;
  std::string path_;
  absl::Status status_;
};

class OutputDir {
 public:
  // Makes `path` (one level) or empties it of our own files. Errors:
  // FailedPrecondition, naming the first ones, when there are files that are
  // not ours; NotFound when the parent is missing; what mkdir says.
  static absl::StatusOr<OutputDir> Create(const std::string& path);

  const std::string& path() const { return path_; }

  // A new file at the top of the directory, without '/' in its name.
  absl::StatusOr<OutputFile> File(const std::string& name);
  absl::Status WriteFile(const std::string& name, absl::string_view text);

  // PATH/nodes/NAME, made now. Whatever is put there is ours. InvalidArgument
  // for a name that is no file name.
  absl::StatusOr<std::string> NodeDirectory(const std::string& node);

  // What somebody else will put there under that name is ours, too: the next
  // run removes it.
  absl::Status Claim(const std::string& name);

 private:
  explicit OutputDir(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::set<std::string> names_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_OUTPUT_DIR_H_
