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
#include "proto/image.pb.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/launch/spec.h"
#include "supervisor/report/answers.h"
#include "supervisor/report/usage.h"
#include "topo/topology.h"

namespace quiesce {

// What runs on one node. `image` has only those processes that run here, and
// `processes[i]` is the i-th of them, without a
// seccomp filter.
struct KernelNodePlan {
  NodeSpec spec;
  std::vector<ProcessSpec> processes;
  proto::Image image;
};

class KernelNetwork {
 public:
  // Makes nodes and links and sets addresses, neighbours and kernel routes.
  // `plans[n]` is for the topology's node n. The launcher must outlive the
  // network.
  static absl::StatusOr<std::unique_ptr<KernelNetwork>> Create(
      Launcher* launcher, const Topology& topology,
      std::vector<KernelNodePlan> plans);
  ~KernelNetwork();

  // Starts the processes: the first of every node, then, as soon as a node's
  // first is ready, its second, and so on. Returns when all are started and
  // ready.
  absl::Status Start(absl::Duration patience);

  // OK while all started processes live; else says which ended and how.
  absl::Status CheckAlive();

  // Kills everything and waits until it is gone.
  absl::Status Stop();

  // Runs a program in a node to its end, and returns what it has printed.
  // DeadlineExceeded, and it is left alone, if that takes longer than
  // `patience`.
  absl::StatusOr<Answer> RunProgram(int node,
                                    const std::vector<std::string>& argv,
                                    absl::Duration patience);

  // CPU time of the nodes' processes so far, each node's PID 1 included, as
  // the supervisor counts it.
  TreeUsage RouterUsage() const;  // without memory
  // PSS in KiB of each node's processes, PID 1 included.
  std::vector<int64_t> PssKib() const;

  const Topology& topology() const { return topology_; }
  int size() const { return nodes_.size(); }
  const KernelNodePlan& plan(int node) const { return plans_[node]; }
  int netns(int node) const { return nodes_[node].netns.get(); }
  // A node's root directory as seen from here, "/proc/PID/root".
  std::string RootOf(int node) const;

 private:
  struct Alive {
    std::unique_ptr<NodeProcessTree> tree;
    UniqueFd netns;
    std::vector<SpawnedProcess> processes;
  };

  KernelNetwork(const Topology& topology, std::vector<KernelNodePlan> plans)
      : topology_(topology), plans_(std::move(plans)) {}
  absl::Status CreateNode(Launcher* launcher, int node);
  absl::Status SetSysctls();
  absl::Status Wire();
  // Spawns all processes of a node whose turn has come.
  absl::Status Advance(int node);
  bool LastIsReady(int node) const;
  // OK if a process of the image may have ended so.
  absl::Status JudgeExit(int node, const ExitReport& exit) const;

  Topology topology_;
  std::vector<KernelNodePlan> plans_;
  std::vector<Alive> nodes_;
  UniqueFd outside_;  // a network namespace of LANs' bridges
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NETWORK_H_
