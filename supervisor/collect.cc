#include "supervisor/collect.h"

#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/ask_program.h"
#include "supervisor/ask_ribs.h"
#include "supervisor/layer2_links.h"
#include "supervisor/report/fib_of_stack.h"
#include "supervisor/report/forwarding.h"
#include "supervisor/report/node_results.h"
#include "supervisor/report/originated.h"

namespace quiesce {
namespace {

// Each pair of ends, as the links are now.
std::vector<NetworkLink> LinksOf(const Topology& topology,
                                 const Emulation& emulation) {
  std::vector<NetworkLink> links =
      Layer2Links(topology, [&](const TopologyEnd& end) {
        const TopologyNode& node = topology.node(end.node);
        return emulation.Carries(
            {node.index, node.interfaces[end.interface].ifindex});
      });
  for (const TopologyLink& link : topology.links()) {
    const std::vector<TopologyEnd> ends = link.Ends();
    for (size_t i = 0; i < ends.size(); ++i) {
      for (size_t j = i + 1; j < ends.size(); ++j) {
        const TopologyNode& a = topology.node(ends[i].node);
        const TopologyNode& b = topology.node(ends[j].node);
        const TopologyInterface& at_a = a.interfaces[ends[i].interface];
        const TopologyInterface& at_b = b.interfaces[ends[j].interface];
        links.push_back({a.name, at_a.name, b.name, at_b.name,
                         emulation.Carries({a.index, at_a.ifindex}) &&
                             emulation.Carries({b.index, at_b.ifindex})});
      }
    }
  }
  return links;
}

using ByNode = std::map<NodeId, NodeResults>;

// Of the nodes that run here.
absl::StatusOr<ByNode> AskNodes(
    const Topology& topology,
    const std::vector<absl::optional<Control>>& control, Collecting what,
    Emulation* emulation) {
  std::vector<absl::StatusOr<NodeRib>> ribs = AskRibs(control, emulation);
  ByNode result;
  for (size_t id = 0; id < ribs.size(); ++id) {
    if (!emulation->started(id)) continue;
    const std::string& name = topology.node(id).name;
    // Nobody answers where an event has ended the daemon.
    if (!ribs[id].ok() && !emulation->Complete(id)) ribs[id] = NodeRib{};
    if (!ribs[id].ok()) {
      return absl::Status(ribs[id].status().code(),
                          absl::StrCat("node ", name, ": asking for its RIB: ",
                                       ribs[id].status().message()));
    }
    result.emplace(
        id, NodeResults{FibOfStack(name, emulation->node(id).kernel().stack()),
                        std::move(ribs[id]->paths),
                        std::move(ribs[id]->sessions),
                        {}});
    if (what == Collecting::kState) continue;
    for (const std::vector<std::string>& argv : topology.QuestionsFor(id)) {
      absl::StatusOr<Answer> answer = AskProgram(emulation, id, argv);
      if (!answer.ok()) {
        return absl::Status(
            answer.status().code(),
            absl::StrCat("node ", name, ": ", answer.status().message()));
      }
      result.at(id).answers.push_back(*std::move(answer));
    }
  }
  return result;
}

// Adds what the other emulators have learnt.
absl::StatusOr<ByNode> AskOthers(const Topology& topology,
                                 absl::StatusOr<ByNode> ours,
                                 Emulation* emulation, Collected* collected) {
  absl::StatusOr<std::string> bytes = std::string();
  if (!ours.ok()) {
    bytes = ours.status();
  } else {
    proto::EmulatorResults words;
    for (const auto& [id, results] : *ours) {
      proto::NodeResults* node = words.add_node();
      node->set_node(id);
      ResultsToProto(results, node);
    }
    for (const auto& [node, texts] : collected->confessions) {
      proto::Confession* confession = words.add_confession();
      confession->set_node(node);
      confession->mutable_what()->Add(texts.begin(), texts.end());
    }
    bytes = words.SerializeAsString();
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> all,
                   emulation->Gather(bytes));
  // In large networks nearly all of it is paths, which one of them writes.
  const bool writes = emulation->options().exchange->rank() == 0;
  for (const std::string& each : all) {
    proto::EmulatorResults words;
    if (!words.ParseFromString(each)) {
      return absl::InternalError("results that do not parse");
    }
    for (proto::NodeResults& node : *words.mutable_node()) {
      if (emulation->started(node.node())) continue;
      if (!writes) node.clear_path();
      ASSIGN_OR_RETURN(NodeResults results,
                       ResultsFromProto(topology.node(node.node()).name, node));
      ours->emplace(node.node(), std::move(results));
    }
    for (const proto::Confession& confession : words.confession()) {
      collected->confessions[confession.node()].insert(
          confession.what().begin(), confession.what().end());
    }
  }
  return ours;
}

}  // namespace

std::vector<const NodeFib*> Collected::FibPointers() const {
  std::vector<const NodeFib*> result;
  for (const NodeFib& fib : fibs) result.push_back(&fib);
  return result;
}

absl::StatusOr<ReachabilityReport> CheckNetwork(
    const Topology& topology, const Emulation& emulation,
    const std::vector<const NodeFib*>& fibs) {
  ASSIGN_OR_RETURN(const Forwarding forwarding,
                   Forwarding::Create(fibs, LinksOf(topology, emulation)));
  return CheckReachability(forwarding, fibs, OriginatedBy(topology));
}

absl::StatusOr<Collected> Collect(
    const Topology& topology,
    const std::vector<absl::optional<Control>>& control, Collecting what,
    Emulation* emulation) {
  Collected result;
  result.confessions = emulation->confessions();
  absl::StatusOr<ByNode> asked = AskNodes(topology, control, what, emulation);
  if (emulation->options().exchange != nullptr) {
    asked = AskOthers(topology, std::move(asked), emulation, &result);
  }
  if (!asked.ok()) return asked.status();
  size_t paths = 0;
  for (const auto& [id, results] : *asked) paths += results.paths.size();
  result.paths.reserve(paths);
  for (size_t id = 0; id < topology.nodes().size(); ++id) {
    const auto node = asked->find(id);
    if (node == asked->end()) {
      result.fibs.push_back(NodeFib(topology.node(id).name));
      continue;
    }
    std::move(node->second.paths.begin(), node->second.paths.end(),
              std::back_inserter(result.paths));
    std::move(node->second.sessions.begin(), node->second.sessions.end(),
              std::back_inserter(result.sessions));
    std::move(node->second.answers.begin(), node->second.answers.end(),
              std::back_inserter(result.answers));
    result.fibs.push_back(std::move(node->second.fib));
    asked->erase(node);  // a row takes half a KiB, moved or not
  }
  ASSIGN_OR_RETURN(result.reachability,
                   CheckNetwork(topology, *emulation, result.FibPointers()));
  return result;
}

}  // namespace quiesce
