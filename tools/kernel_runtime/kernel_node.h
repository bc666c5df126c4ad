// One node alive on the real kernel: a network namespace and the image's
// processes. Owned by a KernelNetwork; everything in it ends with it.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NODE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NODE_H_

#include <map>
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

namespace quiesce {

// What runs on one node. `image` has only those processes that run here, and
// `processes[i]` is the i-th of them, without a seccomp filter.
struct KernelNodePlan {
  NodeSpec spec;
  std::vector<ProcessSpec> processes;
  proto::Image image;
};

class KernelNode {
 public:
  // Nothing but PID 1 runs yet. `plan` outlives the node.
  static absl::StatusOr<std::unique_ptr<KernelNode>> Create(
      Launcher* launcher, const KernelNodePlan* plan);

  // Spawns all processes whose turn has come: each as soon as the one before
  // it is ready.
  absl::Status Advance();
  // Whether all have been started and are ready.
  bool ready() const {
    return started_ == plan_->processes.size() && LastIsReady();
  }
  // The node and the process that was started last, "r1: zebra".
  std::string Describe() const;

  // OK while all started processes live, those aside that were sent a signal;
  // else says which ended and how.
  absl::Status CheckAlive();
  // Whether every process of the image lives and may run, as of the last
  // CheckAlive().
  bool Complete() const;

  // Sends a signal to a process, which may end then. InvalidArgument if none of
  // that name runs.
  absl::Status Signal(const std::string& process, int number);
  // Starts a process again that has ended.
  absl::Status StartAgain(const std::string& process);

  // Runs a program to its end, and returns what it has printed.
  // DeadlineExceeded, and it is left alone, if that takes longer than
  // `patience`.
  absl::StatusOr<Answer> RunProgram(const std::vector<std::string>& argv,
                                    absl::Duration patience);

  void Kill() { tree_->Kill(); }
  absl::Status KillAndWait() { return tree_->KillAndWait(); }

  pid_t init_pid() const { return tree_->init_pid(); }
  int netns() const { return netns_.get(); }
  // Its root directory as seen from here, "/proc/PID/root".
  std::string Root() const;

 private:
  explicit KernelNode(const KernelNodePlan* plan) : plan_(plan) {}
  absl::Status Spawn(const ProcessSpec& spec);
  bool LastIsReady() const;
  // OK if a process of the image may have ended so.
  absl::Status JudgeExit(const ExitReport& exit);

  const KernelNodePlan* const plan_;
  std::unique_ptr<NodeProcessTree> tree_;
  UniqueFd netns_;
  size_t started_ = 0;
  struct Process {
    std::string name;
    bool may_end = false;  // it was sent a signal
    bool stopped = false;  // by a signal
  };
  std::map<pid_t, Process> alive_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_KERNEL_NODE_H_
