#include "tools/kernel_runtime/kernel_node.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/plan/image_plan.h"
#include "tools/kernel_runtime/in_namespace.h"
#include "topo/image.h"

namespace quiesce {
namespace {

// Does somebody in the network namespace of `pid` listen on a unix socket that
// is called like `path`? Looked up rather than tried: a connection would be one
// more client for the daemon. Only the last part is compared, since a daemon
// may know its directory by another name (/var/run).
bool Listens(pid_t pid, const std::string& path) {
  constexpr char kListening[] = "00010000";  // __SO_ACCEPTCON
  std::string name = path.substr(path.rfind('/'));
  std::ifstream table(absl::StrCat("/proc/", pid, "/net/unix"));
  std::string line;
  while (std::getline(table, line)) {
    // Num RefCount Protocol Flags Type St Inode Path
    std::vector<std::string> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() == 8 && words[3] == kListening &&
        absl::EndsWith(words[7], name)) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KernelNode>> KernelNode::Create(
    Launcher* launcher, const KernelNodePlan* plan) {
  std::unique_ptr<KernelNode> node(new KernelNode(plan));
  ASSIGN_OR_RETURN(node->tree_, launcher->StartNode(plan->spec));
  ASSIGN_OR_RETURN(node->netns_, NetworkNamespaceOf(node->init_pid()));
  return node;
}

std::string KernelNode::Root() const {
  return absl::StrCat("/proc/", init_pid(), "/root");
}

bool KernelNode::LastIsReady() const {
  if (started_ == 0) return true;
  const proto::Readiness& ready =
      plan_->image.process(started_ - 1).readiness();
  switch (ready.when_case()) {
    case proto::Readiness::kUnixSocket:
      return Listens(init_pid(), ready.unix_socket());
    case proto::Readiness::kFile: {
      struct stat info;
      return stat((Root() + ready.file()).c_str(), &info) == 0;
    }
    case proto::Readiness::WHEN_NOT_SET:
      return true;
  }
  return true;
}

std::string KernelNode::Describe() const {
  return absl::StrCat(plan_->spec.name, ": ",
                      plan_->processes[started_ - 1].name);
}

absl::Status KernelNode::Spawn(const ProcessSpec& spec) {
  ASSIGN_OR_RETURN(const SpawnedProcess process, tree_->Spawn(spec));
  alive_[process.pid] = {spec.name, false};
  return absl::OkStatus();
}

absl::Status KernelNode::Advance() {
  while (started_ < plan_->processes.size() && LastIsReady()) {
    RETURN_IF_ERROR(Spawn(plan_->processes[started_++]));
  }
  return absl::OkStatus();
}

absl::Status KernelNode::JudgeExit(const ExitReport& exit) {
  if (!exit.spawned) return absl::OkStatus();
  RETURN_IF_ERROR(exit.launch_error);
  const auto ended = alive_.find(exit.pid);
  if (ended == alive_.end()) return absl::OkStatus();  // not the image's
  const proto::Process* process = FindProcess(plan_->image, exit.name);
  // It has done what it was started for, and still counts as there.
  if (process != nullptr && process->restart() == proto::ONCE &&
      exit.wait_status == 0) {
    return absl::OkStatus();
  }
  const bool may_end = ended->second.may_end;
  alive_.erase(ended);
  if (may_end) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(plan_->spec.name, ": ", exit.name,
                   " ended: ", DescribeWaitStatus(exit.wait_status)));
}

absl::Status KernelNode::CheckAlive() {
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<ExitReport> exit, tree_->ReadExit());
    if (!exit.has_value()) return absl::OkStatus();
    RETURN_IF_ERROR(JudgeExit(*exit));
  }
}

bool KernelNode::Complete() const {
  return alive_.size() == plan_->processes.size() &&
         std::none_of(alive_.begin(), alive_.end(),
                      [](const auto& entry) { return entry.second.stopped; });
}

absl::Status KernelNode::Signal(const std::string& name, int number) {
  RETURN_IF_ERROR(CheckAlive());
  for (auto& [pid, process] : alive_) {
    if (process.name != name) continue;
    process.may_end = true;
    if (number == SIGSTOP) process.stopped = true;
    if (number == SIGCONT) process.stopped = false;
    // It is not reaped before we have read of its end.
    if (kill(pid, number) != 0) {
      return ErrnoStatus(
          absl::StrCat(plan_->spec.name, ": signal ", number, " to ", name));
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "event: node ", plan_->spec.name, " runs no process ", name));
}

absl::Status KernelNode::StartAgain(const std::string& name) {
  RETURN_IF_ERROR(CheckAlive());
  for (const auto& [pid, process] : alive_) {
    if (process.name == name) {
      return absl::InvalidArgumentError(absl::StrCat(
          "event: node ", plan_->spec.name, ": ", name, " runs already"));
    }
  }
  for (const ProcessSpec& spec : plan_->processes) {
    if (spec.name == name) return Spawn(spec);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "event: node ", plan_->spec.name, ": its image has no process ", name));
}

absl::StatusOr<Answer> KernelNode::RunProgram(
    const std::vector<std::string>& argv, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  const UniqueFd output(memfd_create("output", MFD_CLOEXEC));
  if (!output.valid()) return ErrnoStatus("memfd_create");
  ProcessSpec spec;
  spec.name = argv[0];
  spec.argv = argv;
  spec.env = {"HOME=/", "LANG=C"};
  spec.capabilities = DefaultCapabilities();
  spec.stdout_to = StdioSpec::Fd(output.get());
  spec.stderr_to = spec.stdout_to;
  ASSIGN_OR_RETURN(const SpawnedProcess process, tree_->Spawn(spec));
  std::optional<ExitReport> exit;
  while (true) {
    ASSIGN_OR_RETURN(exit, tree_->ReadExit());
    if (exit.has_value() && exit->pid == process.pid) break;
    if (exit.has_value()) {
      RETURN_IF_ERROR(JudgeExit(*exit));
      continue;
    }
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("\"", absl::StrJoin(argv, " "), "\" does not end"));
    }
    pollfd one = {tree_->events_fd(), POLLIN, 0};
    if (poll(&one, 1, left) < 0 && errno != EINTR) return ErrnoStatus("poll");
  }
  RETURN_IF_ERROR(exit->launch_error);
  Answer answer{plan_->spec.name, argv, exit->wait_status, {}};
  answer.text.resize(lseek(output.get(), 0, SEEK_END));
  if (pread(output.get(), answer.text.data(), answer.text.size(), 0) !=
      static_cast<ssize_t>(answer.text.size())) {
    return ErrnoStatus("pread");
  }
  return answer;
}

}  // namespace quiesce
