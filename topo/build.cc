#include "topo/build.h"

#include "absl/strings/str_cat.h"
#include "topo/build_parts.h"

namespace quiesce {
namespace build {

Place NodePlace(const Work& work, int index) {
  const std::string& name = work.words.node(index).name();
  return work.root.Inside("node", index,
                          absl::StrCat("node ", name.empty() ? "?" : name));
}

std::string EndName(const Work& work, const TopologyEnd& end) {
  const TopologyNode& node = work.parts.nodes[end.node];
  return absl::StrCat(node.name, " ", node.interfaces[end.interface].name);
}

}  // namespace build

absl::StatusOr<Topology> BuildTopology(const proto::Topology& words,
                                       const BuildOptions& options) {
  Diagnostics errors(options.file);
  build::Work work{words, options,
                   Place(proto::Topology::descriptor(), options.tree), errors};
  work.parts.name = words.name();
  if (words.node_size() == 0) {
    errors.Add(work.root, "there is no node; write at least one `node { }`");
  }
  build::AddNodes(&work);
  build::AddLinks(&work);
  build::CheckAddresses(&work);
  build::AddBgp(&work);
  build::AddExtras(&work);
  build::AddEvents(&work);
  build::AddQuestions(&work);
  if (!errors.ok()) return errors.ToStatus();
  return Topology(std::move(work.parts));
}

}  // namespace quiesce
