// Topologies as text files: `--topo=file:NET.textproto`.
#ifndef QUIESCE_TOPO_TEXTPROTO_H_
#define QUIESCE_TOPO_TEXTPROTO_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "topo/diagnostics.h"
#include "topo/topology.h"

namespace quiesce {

// Parses `text` (of the file `name`) into `message`. InvalidArgument lists
// every place the parser stumbled at. Where `tree` is given, it is filled with
// the line of each field.
absl::Status ParseTextproto(absl::string_view name, absl::string_view text,
                            google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* tree);

// The topology in a text; `file` is its name in errors, and what paths in it
// are relative to.
absl::StatusOr<Topology> ParseTopologyText(absl::string_view text,
                                           const std::string& file,
                                           const std::string& default_image);

// The same from a file.
absl::StatusOr<Topology> ReadTopologyFile(const std::string& path,
                                          const std::string& default_image);

}  // namespace quiesce

#endif  // QUIESCE_TOPO_TEXTPROTO_H_
