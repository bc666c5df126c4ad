#include "supervisor/report/output_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

namespace fs = std::filesystem;

constexpr char kMarker[] = ".quiesce";
constexpr char kMarkerHead[] = "# Files of quiesce; they may be removed.";

bool IsFileName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         !absl::StrContains(name, '/') && !absl::StrContains(name, '\0') &&
         !absl::StrContains(name, '\n');
}

// The names an earlier run made; empty when the marker is not ours.
std::set<std::string> ReadMarker(const std::string& path) {
  std::set<std::string> names;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(path, error))) return names;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != kMarkerHead) return names;
  names.insert(kMarker);
  while (std::getline(file, line)) {
    if (IsFileName(line)) names.insert(line);
  }
  return names;
}

absl::Status ErrorCode(const std::error_code& error, absl::string_view what) {
  return absl::ErrnoToStatus(error.value(), what);
}

}  // namespace

void OutputFile::Write(absl::string_view text) {
  for (unsigned char c : text) digest_ = (digest_ ^ c) * 0x100000001b3;
  while (status_.ok() && !text.empty()) {
    ssize_t n = write(fd_.get(), text.data(), text.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      status_ = ErrnoStatus(absl::StrCat("write ", path_));
      return;
    }
    text.remove_prefix(static_cast<size_t>(n));
  }
}

absl::Status OutputFile::Close() {
  int fd = fd_.Release();
  if (fd >= 0 && close(fd) != 0 && status_.ok()) {
    status_ = ErrnoStatus(absl::StrCat("close ", path_));
  }
  return status_;
}

absl::StatusOr<OutputDir> OutputDir::Create(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return ErrnoStatus(absl::StrCat("mkdir ", path));
  }
  const std::set<std::string> ours =
      ReadMarker(absl::StrCat(path, "/", kMarker));
  std::set<std::string> foreign;
  std::error_code error;
  fs::directory_iterator entries(path, error);
  if (error) return ErrorCode(error, absl::StrCat("output directory ", path));
  for (const fs::directory_entry& entry : entries) {
    std::string name = entry.path().filename().string();
    if (ours.count(name) == 0) foreign.insert(std::move(name));
  }
  if (!foreign.empty()) {
    std::vector<std::string> shown(foreign.begin(), foreign.end());
    const size_t more = shown.size() > 3 ? shown.size() - 3 : 0;
    if (more > 0) shown.resize(3);
    return absl::FailedPreconditionError(absl::StrCat(
        "output directory ", path,
        " holds files that no run of ours made: ", absl::StrJoin(shown, ", "),
        more > 0 ? absl::StrCat(" and ", more, " more") : "",
        "; choose another directory with --out or move them away"));
  }
  // The marker goes last: a removal that was cut short can be repeated.
  for (const std::string& name : ours) {
    if (name == kMarker) continue;
    fs::remove_all(fs::path(path) / name, error);  // follows no links
    if (error)
      return ErrorCode(error, absl::StrCat("remove ", path, "/", name));
  }
  OutputDir dir(path);
  UniqueFd marker(open(absl::StrCat(path, "/", kMarker).c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                       0644));
  if (!marker.valid()) {
    return ErrnoStatus(absl::StrCat("create ", path, "/", kMarker));
  }
  OutputFile file(std::move(marker), absl::StrCat(path, "/", kMarker));
  file.Write(absl::StrCat(kMarkerHead, "\n"));
  RETURN_IF_ERROR(file.Close());
  return dir;
}

absl::Status OutputDir::Claim(const std::string& name) {
  if (!IsFileName(name) || name == kMarker) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", name, "\" is no name for an output file"));
  }
  if (!names_.insert(name).second) return absl::OkStatus();
  const std::string path = absl::StrCat(path_, "/", kMarker);
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(absl::StrCat("open ", path));
  OutputFile file(std::move(fd), path);
  file.Write(absl::StrCat(name, "\n"));
  return file.Close();
}

absl::StatusOr<OutputFile> OutputDir::File(const std::string& name) {
  RETURN_IF_ERROR(Claim(name));
  const std::string path = absl::StrCat(path_, "/", name);
  UniqueFd fd(open(path.c_str(),
                   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                   0644));
  if (!fd.valid()) return ErrnoStatus(absl::StrCat("create ", path));
  return OutputFile(std::move(fd), path);
}

absl::Status OutputDir::WriteFile(const std::string& name,
                                  absl::string_view text) {
  ASSIGN_OR_RETURN(OutputFile file, File(name));
  file.Write(text);
  return file.Close();
}

absl::StatusOr<std::string> OutputDir::NodeDirectory(const std::string& node) {
  if (!IsFileName(node)) {
    return absl::InvalidArgumentError(
        absl::StrCat("node name \"", node, "\" is no file name"));
  }
  RETURN_IF_ERROR(Claim("nodes"));
  const std::string nodes = absl::StrCat(path_, "/nodes");
  const std::string path = absl::StrCat(nodes, "/", node);
  for (const std::string& directory : {nodes, path}) {
    if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
      return ErrnoStatus(absl::StrCat("mkdir ", directory));
    }
  }
  return path;
}

}  // namespace quiesce
