// A topology alive on the real kernel: one network namespace and the image's
// processes for each node, veth for each link.
//
// Everything belongs to processes of the Launcher, so it goes when the program
// goes, however that happens; nothing has a name in /run/netns and no setting
// of the host is touched. Single-threaded.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NETWORK_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/report/usage.h"
#include "tools/kernel_runtime/kernel_node.h"
#include "topo/topology.h"

namespace quiesce {

class KernelNetwork {
 public:
  // Makes nodes and links and sets addresses, neighbours and kernel routes.
  // `plans[n]` is for the topology's node n; nodes whose first event is their
  // start are absent. The launcher must outlive the network.
  static absl::StatusOr<std::unique_ptr<KernelNetwork>> Create(
      Launcher* launcher, const Topology& topology,
      std::vector<KernelNodePlan> plans);
  ~KernelNetwork();

  // Starts the processes: the first of every node, then, as soon as a node's
  // first is ready, its second, and so on. Returns when all are started and
  // ready. To be called again when a node has appeared.
  absl::Status Start(absl::Duration patience);

  // OK while all started processes live; else says which ended and how.
  absl::Status CheckAlive();

  // Kills everything and waits until it is gone.
  absl::Status Stop();

  // --- What events do (proto/topology.proto) ---

  // A bridged link is cut or mended; of a LAN only the named end. With
  // `carrier` its ends are told, as far as it has two.
  absl::Status SetLink(int node, const std::string& interface, bool up,
                       bool carrier);
  // `ip link set`, and the other end of a cable follows.
  absl::Status SetInterface(int node, const std::string& interface, bool up);
  // The node's power fails: nobody is told.
  absl::Status StopNode(int node);
  // The node appears, with nothing that it had before; Start() it then.
  absl::Status BringNode(int node);

  // CPU time of the nodes' processes so far, each node's PID 1 included, as
  // the supervisor counts it.
  TreeUsage RouterUsage() const;  // without memory
  // Memory of each node's processes, PID 1 included.
  std::vector<MemoryUsage> Memory() const;

  const Topology& topology() const { return topology_; }
  int size() const { return nodes_.size(); }
  const KernelNodePlan& plan(int node) const { return plans_[node]; }
  // Null: the node is absent.
  KernelNode* node(int node) const { return nodes_[node].get(); }

 private:
  KernelNetwork(Launcher* launcher, const Topology& topology,
                std::vector<KernelNodePlan> plans)
      : launcher_(launcher), topology_(topology), plans_(std::move(plans)) {}
  absl::Status CreateNode(int node);
  absl::Status SetSysctls(int netns) const;
  absl::Status Wire();
  // What is set inside a node.
  absl::Status Furnish(int node);

  Launcher* const launcher_;
  Topology topology_;
  std::vector<KernelNodePlan> plans_;
  std::vector<std::unique_ptr<KernelNode>> nodes_;
  UniqueFd outside_;  // a network namespace of the links' bridges
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NETWORK_H_
