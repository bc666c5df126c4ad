#include "supervisor/collect.h"

#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/fib_of_stack.h"
#include "supervisor/report/forwarding.h"

namespace quiesce {
namespace {

// Asks one daemon, serving the calls it makes to answer.
absl::StatusOr<NodeRib> AskNode(NodeRuntime& node, ControlKind kind) {
  ASSIGN_OR_RETURN(
      UniqueFd socket,
      ConnectInRoot(absl::StrCat("/proc/", node.tree().init_pid(), "/root"),
                    DefaultControlPath(kind)));
  RibQuery query(std::move(socket), ReportDialogue(kind));
  // The daemon sleeps between our writing and our reading, so each turn moves
  // something, or it will never answer.
  int idle_turns = 0;
  while (!query.done()) {
    const uint64_t before = query.progress();
    if (query.want_write()) RETURN_IF_ERROR(query.OnWritable());
    node.kernel().Touch();  // the daemon's poll may be satisfied now
    node.RunUntilIdle();
    RETURN_IF_ERROR(query.OnReadable());
    idle_turns = query.progress() == before ? idle_turns + 1 : 0;
    if (idle_turns > 2) {
      return absl::DeadlineExceededError(
          absl::StrCat("is idle but does not answer on ",
                       DefaultControlPath(kind)));
    }
  }
  return ParseReport(kind, node.name(), query.replies());
}

std::vector<OriginatedPrefix> OriginatedBy(const Topology& topology) {
  std::vector<OriginatedPrefix> result;
  for (const TopologyNode& node : topology.nodes()) {
    if (!node.bgp.has_value()) continue;
    for (const IpPrefix& network : node.bgp->networks) {
      result.push_back({node.name, network, IpAddress()});
    }
  }
  return result;
}

}  // namespace

std::vector<const NodeFib*> Collected::FibPointers() const {
  std::vector<const NodeFib*> result;
  for (const NodeFib& fib : fibs) result.push_back(&fib);
  return result;
}

absl::StatusOr<Collected> Collect(
    const Topology& topology,
    const std::vector<absl::optional<ControlKind>>& control,
    Emulation* emulation) {
  Collected result;
  std::vector<absl::StatusOr<NodeRib>> ribs(topology.nodes().size(),
                                            NodeRib{});
  emulation->ForEachNode([&](NodeId id, NodeRuntime& node) {
    if (control[id].has_value()) ribs[id] = AskNode(node, *control[id]);
  });
  for (size_t id = 0; id < ribs.size(); ++id) {
    const std::string& name = topology.node(id).name;
    if (!emulation->started(id)) {
      result.fibs.push_back(NodeFib(name));
      continue;
    }
    if (!ribs[id].ok()) {
      return absl::Status(ribs[id].status().code(),
                          absl::StrCat("node ", name, ": asking for its RIB: ",
                                       ribs[id].status().message()));
    }
    std::move(ribs[id]->paths.begin(), ribs[id]->paths.end(),
              std::back_inserter(result.paths));
    std::move(ribs[id]->sessions.begin(), ribs[id]->sessions.end(),
              std::back_inserter(result.sessions));
    result.fibs.push_back(
        FibOfStack(name, emulation->node(id).kernel().stack()));
  }
  const std::vector<const NodeFib*> fibs = result.FibPointers();
  std::vector<NetworkLink> links;
  for (const TopologyLink& link : topology.links()) {
    const TopologyNode& a = topology.node(link.a.node);
    const TopologyNode& b = topology.node(link.b.node);
    links.push_back({a.name, a.interfaces[link.a.interface].name, b.name,
                     b.interfaces[link.b.interface].name});
  }
  ASSIGN_OR_RETURN(const Forwarding forwarding,
                   Forwarding::Create(fibs, links));
  ASSIGN_OR_RETURN(result.reachability,
                   CheckReachability(forwarding, fibs, OriginatedBy(topology)));
  return result;
}

}  // namespace quiesce
