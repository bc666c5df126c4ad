// Image descriptions: proto/image.proto, read, checked and completed.
#ifndef QUIESCE_TOPO_IMAGE_H_
#define QUIESCE_TOPO_IMAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/image.pb.h"

namespace quiesce {

// Where descriptions are looked for by name: the directories of
// $QUIESCE_IMAGES (colon-separated), then testdata/images below the working
// directory and below the running program's Bazel runfiles.
std::vector<std::string> ImageSearchPath();

// The image called `name` (DIRECTORY/name.textproto for the first directory
// that has it), or the one at a path, which has a '/' or ends in ".textproto".
// Defaults are filled in (name; users, groups and modes of files), a relative
// rootfs directory is made relative to the working directory. NotFound says
// where was looked; InvalidArgument lists every mistake with its line.
absl::StatusOr<proto::Image> LoadImage(
    absl::string_view name, absl::Span<const std::string> search_path);

// The description in a text; `file` is its name in errors.
absl::StatusOr<proto::Image> ParseImage(absl::string_view text,
                                        const std::string& file);

// The text that decides whether an optional process runs.
const std::string& TextOf(const proto::Process& process);

// The process of that name; nullptr if there is none.
const proto::Process* FindProcess(const proto::Image& image,
                                  absl::string_view name);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_IMAGE_H_
