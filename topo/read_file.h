// Reading a whole small file, and paths relative to another file.
#ifndef QUIESCE_TOPO_READ_FILE_H_
#define QUIESCE_TOPO_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// The contents of `path`. Errors name the path and the reason.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// `path` as seen from `directory`: itself if it is absolute or `directory` is
// empty.
std::string JoinPath(absl::string_view directory, absl::string_view path);

// "a/b" of "a/b/c.txt"; "" of "c.txt".
std::string Directory(absl::string_view path);

// "c" of "a/b/c.txt".
std::string Stem(absl::string_view path);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_READ_FILE_H_
