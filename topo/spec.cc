#include "topo/spec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "topo/kinds/arguments.h"
#include "topo/kinds/kind.h"
#include "topo/kinds/network.h"

namespace quiesce {
namespace {

void AppendKeys(absl::Span<const KeyDoc> keys, std::string* to) {
  for (const KeyDoc& key : keys) {
    absl::StrAppendFormat(to, "      %-24s %s\n",
                          absl::StrCat(key.name, "=", key.value), key.doc);
  }
}

}  // namespace

absl::StatusOr<Topology> ParseTopologySpec(absl::string_view spec,
                                           const std::string& default_image) {
  const size_t colon = spec.find(':');
  const absl::string_view name = spec.substr(0, colon);
  for (const TopologyKind& kind : TopologyKinds()) {
    if (kind.name != name) continue;
    Diagnostics errors(absl::StrCat("--topo=", spec));
    Arguments arguments(
        colon == absl::string_view::npos ? "" : spec.substr(colon + 1),
        kind.keys,
        kind.common == TopologyKind::kCommon ? CommonKeys()
                                             : absl::Span<const KeyDoc>(),
        &errors);
    KindContext context{arguments, default_image, std::string(spec)};
    return kind.make(context);
  }
  std::vector<absl::string_view> names;
  for (const TopologyKind& kind : TopologyKinds()) names.push_back(kind.name);
  return absl::InvalidArgumentError(
      absl::StrCat("--topo=", spec, ": there is no kind '", name,
                   "'; there are ", absl::StrJoin(names, ", ")));
}

std::string TopologySpecHelp() {
  std::string text =
      "--topo=KIND[:KEY=VALUE,...]; a kind's first key may be left out "
      "(ring:8).\n\n";
  for (const TopologyKind& kind : TopologyKinds()) {
    absl::StrAppend(&text, "  ", kind.name, "  ", kind.doc, "\n");
    AppendKeys(kind.keys, &text);
  }
  absl::StrAppend(&text, "\n  All but file also know:\n");
  AppendKeys(CommonKeys(), &text);
  return text;
}

}  // namespace quiesce
