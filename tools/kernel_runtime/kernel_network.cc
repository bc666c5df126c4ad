#include "tools/kernel_runtime/kernel_network.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/plan/image_plan.h"
#include "supervisor/report/usage.h"
#include "tools/kernel_runtime/in_namespace.h"
#include "tools/kernel_runtime/ip_command.h"
#include "tools/kernel_runtime/wiring.h"
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

absl::StatusOr<std::unique_ptr<KernelNetwork>> KernelNetwork::Create(
    Launcher* launcher, const Topology& topology,
    std::vector<KernelNodePlan> plans) {
  std::unique_ptr<KernelNetwork> network(
      new KernelNetwork(topology, std::move(plans)));
  for (int node = 0; node < topology.nodes().size(); ++node) {
    RETURN_IF_ERROR(network->CreateNode(launcher, node));
  }
  RETURN_IF_ERROR(network->SetSysctls());
  RETURN_IF_ERROR(network->Wire());
  return network;
}

KernelNetwork::~KernelNetwork() { Stop().IgnoreError(); }

absl::Status KernelNetwork::CreateNode(Launcher* launcher, int node) {
  Alive alive;
  ASSIGN_OR_RETURN(alive.tree, launcher->StartNode(plans_[node].spec));
  ASSIGN_OR_RETURN(alive.netns, NetworkNamespaceOf(alive.tree->init_pid()));
  nodes_.push_back(std::move(alive));
  return absl::OkStatus();
}

// All of these belong to the namespace. Duplicate address detection would only
// delay every IPv6 address by a second; links here have two ends.
absl::Status KernelNetwork::SetSysctls() {
  bool ipv6 = UsesIpv6(topology_);
  for (const Alive& node : nodes_) {
    ASSIGN_OR_RETURN(InNamespace inside, InNamespace::Enter(node.netns.get()));
    RETURN_IF_ERROR(WriteNetSysctl("ipv4/ip_forward", "1"));
    for (const char* which : {"all", "default"}) {
      std::string conf = absl::StrCat("ipv6/conf/", which, "/");
      RETURN_IF_ERROR(WriteNetSysctl(conf + "accept_dad", "0"));
      RETURN_IF_ERROR(WriteNetSysctl(conf + "accept_ra", "0"));
      if (ipv6) RETURN_IF_ERROR(WriteNetSysctl(conf + "forwarding", "1"));
    }
  }
  return absl::OkStatus();
}

absl::Status KernelNetwork::Wire() {
  std::vector<int> pids;
  for (const Alive& node : nodes_) pids.push_back(node.tree->init_pid());
  // From a namespace that holds nothing, so that the host's notices nothing.
  ASSIGN_OR_RETURN(outside_, NewNetworkNamespace());
  RETURN_IF_ERROR(RunIpBatch(outside_.get(), LinkBatch(topology_, pids)));
  for (int node = 0; node < size(); ++node) {
    absl::Status status = RunIpBatch(
        netns(node),
        NodeBatch(topology_, node, !HasRouteDaemon(plans_[node].image)));
    if (!status.ok()) {
      return absl::InternalError(absl::StrCat("node ", plans_[node].spec.name,
                                              ": ",
                                              std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

std::string KernelNetwork::RootOf(int node) const {
  return absl::StrCat("/proc/", nodes_[node].tree->init_pid(), "/root");
}

bool KernelNetwork::LastIsReady(int node) const {
  int started = nodes_[node].processes.size();
  if (started == 0) return true;
  const proto::Readiness& ready =
      plans_[node].image.process(started - 1).readiness();
  switch (ready.when_case()) {
    case proto::Readiness::kUnixSocket:
      return Listens(nodes_[node].tree->init_pid(), ready.unix_socket());
    case proto::Readiness::kFile: {
      struct stat info;
      return stat((RootOf(node) + ready.file()).c_str(), &info) == 0;
    }
    case proto::Readiness::WHEN_NOT_SET:
      return true;
  }
  return true;
}

absl::Status KernelNetwork::Advance(int node) {
  Alive& alive = nodes_[node];
  while (alive.processes.size() < plans_[node].processes.size() &&
         LastIsReady(node)) {
    ASSIGN_OR_RETURN(
        SpawnedProcess process,
        alive.tree->Spawn(plans_[node].processes[alive.processes.size()]));
    alive.processes.push_back(std::move(process));
  }
  return absl::OkStatus();
}

absl::Status KernelNetwork::Start(absl::Duration patience) {
  absl::Time deadline = absl::Now() + patience;
  while (true) {
    std::string waiting;
    for (int node = 0; node < size(); ++node) {
      RETURN_IF_ERROR(Advance(node));
      int started = nodes_[node].processes.size();
      if (started == plans_[node].processes.size() && LastIsReady(node)) {
        continue;
      }
      waiting = absl::StrCat(plans_[node].spec.name, ": ",
                             plans_[node].processes[started - 1].name);
    }
    if (waiting.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(CheckAlive());
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "not ready in ", absl::FormatDuration(patience), ": ", waiting));
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

absl::Status KernelNetwork::JudgeExit(int node, const ExitReport& exit) const {
  if (!exit.spawned) return absl::OkStatus();
  RETURN_IF_ERROR(exit.launch_error);
  const proto::Process* process = FindProcess(plans_[node].image, exit.name);
  if (process != nullptr && process->restart() == proto::ONCE &&
      exit.wait_status == 0) {
    return absl::OkStatus();
  }
  return absl::AbortedError(
      absl::StrCat(plans_[node].spec.name, ": ", exit.name,
                   " ended: ", DescribeWaitStatus(exit.wait_status)));
}

absl::Status KernelNetwork::CheckAlive() {
  for (int node = 0; node < size(); ++node) {
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<ExitReport> exit,
                       nodes_[node].tree->ReadExit());
      if (!exit.has_value()) break;
      RETURN_IF_ERROR(JudgeExit(node, *exit));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Answer> KernelNetwork::RunProgram(
    int node, const std::vector<std::string>& argv, absl::Duration patience) {
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
  NodeProcessTree& tree = *nodes_[node].tree;
  ASSIGN_OR_RETURN(const SpawnedProcess process, tree.Spawn(spec));
  std::optional<ExitReport> exit;
  while (true) {
    ASSIGN_OR_RETURN(exit, tree.ReadExit());
    if (exit.has_value() && exit->pid == process.pid) break;
    if (exit.has_value()) {
      RETURN_IF_ERROR(JudgeExit(node, *exit));
      continue;
    }
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("\"", absl::StrJoin(argv, " "), "\" does not end"));
    }
    pollfd one = {tree.events_fd(), POLLIN, 0};
    if (poll(&one, 1, left) < 0 && errno != EINTR) return ErrnoStatus("poll");
  }
  RETURN_IF_ERROR(exit->launch_error);
  Answer answer{plans_[node].spec.name, argv, exit->wait_status, {}};
  answer.text.resize(lseek(output.get(), 0, SEEK_END));
  if (pread(output.get(), answer.text.data(), answer.text.size(), 0) !=
      static_cast<ssize_t>(answer.text.size())) {
    return ErrnoStatus("pread");
  }
  return answer;
}

absl::Status KernelNetwork::Stop() {
  for (Alive& node : nodes_) node.tree->Kill();
  absl::Status result;
  for (Alive& node : nodes_) result.Update(node.tree->KillAndWait());
  nodes_.clear();
  return result;
}

TreeUsage KernelNetwork::RouterUsage() const {
  TreeUsage sum;
  for (const Alive& node : nodes_) {
    const TreeUsage one = UsageOf({node.tree->init_pid()}, WithMemory::kNo);
    sum.cpu += one.cpu;
    sum.system += one.system;
    sum.switches += one.switches;
  }
  return sum;
}

std::vector<int64_t> KernelNetwork::PssKib() const {
  std::vector<int64_t> result;
  for (const Alive& node : nodes_) {
    result.push_back(
        UsageOf({node.tree->init_pid()}, WithMemory::kYes).memory.pss_kib);
  }
  return result;
}

}  // namespace quiesce
