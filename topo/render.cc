#include "topo/render.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "topo/diagnostics.h"
#include "topo/frr_split.h"
#include "topo/image.h"
#include "topo/render_text.h"

namespace quiesce {
namespace render {

std::string PeerName(const Topology& topology,
                     const TopologyNeighbor& neighbor) {
  if (neighbor.peer < 0) return neighbor.address.ToString();
  return topology.node(neighbor.peer).name;
}

bool WaitsFor(const Topology& topology, const TopologyNode& node,
              const TopologyNeighbor& neighbor) {
  return neighbor.peer > node.index &&
         topology.node(neighbor.peer).image == node.image;
}

}  // namespace render

namespace {

constexpr char kIntegrated[] = "frr";  // one frr.conf for all daemons

std::vector<std::string> Daemons(const proto::Image& image) {
  std::vector<std::string> result;
  for (const proto::ConfigFile& file : image.config_file()) {
    result.push_back(file.config());
  }
  return result;
}

render::Texts Generated(const Topology& topology, const TopologyNode& node,
                        const proto::Image& image, Diagnostics* errors) {
  switch (image.renderer()) {
    case proto::FRR:
      return render::Frr(topology, node, errors);
    case proto::BIRD:
      return render::Bird(topology, node, errors);
    case proto::GOBGP:
      return render::Gobgp(topology, node, errors);
    case proto::OPENBGPD:
      return render::Openbgpd(topology, node, errors);
    case proto::EXABGP:
      return render::Exabgp(topology, node, errors);
    default:
      return {};
  }
}

// Of processes that run only where they are configured.
std::set<std::string> OptionalDaemons(const proto::Image& image) {
  std::set<std::string> result;
  for (const proto::Process& process : image.process()) {
    if (process.optional()) result.insert(TextOf(process));
  }
  return result;
}

// Replaces the texts of all daemons by what a hand-written frr.conf says.
void ApplyIntegrated(const TopologyNode& node, const proto::Image& image,
                     const std::string& content, render::Texts* texts,
                     Diagnostics* errors) {
  std::vector<std::string> daemons = Daemons(image);
  daemons.erase(std::remove(daemons.begin(), daemons.end(), "vtysh"),
                daemons.end());
  FrrSplit split = SplitFrrConfig(content, daemons);
  for (const FrrSplit::Unplaced& line : split.unplaced) {
    errors->AddLine(
        0, absl::StrCat("node ", node.name, ": frr.conf line ", line.number,
                        ": '", line.text, "' is for ",
                        absl::StrJoin(line.daemons, " or "), ", which image ",
                        image.name(), " does not run"));
  }
  const std::set<std::string> optional = OptionalDaemons(image);
  for (auto& [daemon, text] : split.texts) {
    if (optional.contains(daemon) && !split.wanted.contains(daemon)) continue;
    (*texts)[daemon] = std::move(text);
  }
}

}  // namespace

absl::StatusOr<std::vector<RenderedFile>> RenderNode(
    const Topology& topology, const TopologyNode& node,
    const proto::Image& image) {
  Diagnostics errors;
  const std::vector<std::string> daemons = Daemons(image);
  const std::set<std::string> optional = OptionalDaemons(image);
  // Nothing is rendered that is then replaced: it might not be possible.
  const bool all_by_hand =
      !daemons.empty() &&
      (node.FindConfig(kIntegrated) != nullptr ||
       std::all_of(daemons.begin(), daemons.end(), [&](const auto& daemon) {
         return daemon == "vtysh" || optional.contains(daemon) ||
                node.FindConfig(daemon) != nullptr;
       }));
  Diagnostics ignored;
  render::Texts texts =
      Generated(topology, node, image, all_by_hand ? &ignored : &errors);
  for (const TopologyConfig& config : node.configs) {
    if (config.daemon == kIntegrated && image.renderer() == proto::FRR) {
      ApplyIntegrated(node, image, config.content, &texts, &errors);
    }
  }
  for (const TopologyConfig& config : node.configs) {
    if (config.daemon == kIntegrated && image.renderer() == proto::FRR) {
      continue;
    }
    if (std::find(daemons.begin(), daemons.end(), config.daemon) ==
        daemons.end()) {
      errors.AddLine(
          0, absl::StrCat("node ", node.name, ": there is configuration for ",
                          config.daemon, ", which image ", image.name(),
                          " does not run; it runs ",
                          absl::StrJoin(daemons, ", ")));
      continue;
    }
    texts[config.daemon] = config.content;
  }
  std::vector<RenderedFile> files;
  for (const proto::ConfigFile& file : image.config_file()) {
    if (optional.contains(file.config()) && !texts.contains(file.config())) {
      continue;
    }
    files.push_back({file.path(), file.mode(), file.owner(), file.group(),
                     texts[file.config()]});
  }
  for (const TopologyFile& file : node.files) {
    files.erase(std::remove_if(files.begin(), files.end(),
                               [&](const RenderedFile& earlier) {
                                 return earlier.path == file.path;
                               }),
                files.end());
    files.push_back(
        {file.path, file.mode, file.owner, file.group, file.content});
  }
  if (!errors.ok()) return errors.ToStatus();
  return files;
}

bool Runs(const proto::Image& image, const proto::Process& process,
          const std::vector<RenderedFile>& files) {
  if (!process.optional()) return true;
  for (const proto::ConfigFile& wanted : image.config_file()) {
    if (wanted.config() != TextOf(process)) continue;
    for (const RenderedFile& file : files) {
      if (file.path == wanted.path()) return true;
    }
  }
  return false;
}

}  // namespace quiesce
