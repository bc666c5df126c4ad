#include "tools/kernel_runtime/kernel_network.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/plan/image_plan.h"
#include "tools/kernel_runtime/event_schedule.h"
#include "tools/kernel_runtime/in_namespace.h"
#include "tools/kernel_runtime/ip_command.h"
#include "tools/kernel_runtime/wiring.h"

namespace quiesce {

absl::StatusOr<std::unique_ptr<KernelNetwork>> KernelNetwork::Create(
    Launcher* launcher, const Topology& topology,
    std::vector<KernelNodePlan> plans) {
  std::unique_ptr<KernelNetwork> network(
      new KernelNetwork(launcher, topology, std::move(plans)));
  network->nodes_.resize(topology.nodes().size());
  for (int node = 0; node < network->size(); ++node) {
    if (!AbsentAtFirst(topology, node)) {
      RETURN_IF_ERROR(network->CreateNode(node));
    }
  }
  RETURN_IF_ERROR(network->Wire());
  return network;
}

KernelNetwork::~KernelNetwork() { Stop().IgnoreError(); }

absl::Status KernelNetwork::CreateNode(int node) {
  ASSIGN_OR_RETURN(nodes_[node], KernelNode::Create(launcher_, &plans_[node]));
  return SetSysctls(nodes_[node]->netns());
}

// All of these belong to the namespace. Duplicate address detection would only
// delay every IPv6 address by a second; links here have two ends.
absl::Status KernelNetwork::SetSysctls(int netns) const {
  ASSIGN_OR_RETURN(InNamespace inside, InNamespace::Enter(netns));
  RETURN_IF_ERROR(WriteNetSysctl("ipv4/ip_forward", "1"));
  for (const char* which : {"all", "default"}) {
    std::string conf = absl::StrCat("ipv6/conf/", which, "/");
    RETURN_IF_ERROR(WriteNetSysctl(conf + "accept_dad", "0"));
    RETURN_IF_ERROR(WriteNetSysctl(conf + "accept_ra", "0"));
    if (UsesIpv6(topology_)) {
      RETURN_IF_ERROR(WriteNetSysctl(conf + "forwarding", "1"));
    }
  }
  return absl::OkStatus();
}

absl::Status KernelNetwork::Wire() {
  std::vector<int> pids;
  for (const auto& node : nodes_) {
    pids.push_back(node == nullptr ? 0 : node->init_pid());
  }
  // From a namespace that holds nothing, so that the host's notices nothing.
  ASSIGN_OR_RETURN(outside_, NewNetworkNamespace());
  {
    // A port without its bridge must not speak for itself.
    ASSIGN_OR_RETURN(InNamespace inside, InNamespace::Enter(outside_.get()));
    for (const char* which : {"all", "default"}) {
      RETURN_IF_ERROR(WriteNetSysctl(
          absl::StrCat("ipv6/conf/", which, "/disable_ipv6"), "1"));
    }
  }
  RETURN_IF_ERROR(RunIpBatch(outside_.get(), LinkBatch(topology_, pids)));
  for (int node = 0; node < size(); ++node) {
    if (nodes_[node] != nullptr) RETURN_IF_ERROR(Furnish(node));
  }
  return absl::OkStatus();
}

absl::Status KernelNetwork::Furnish(int node) {
  const absl::Status status = RunIpBatch(
      nodes_[node]->netns(),
      NodeBatch(topology_, node, !HasRouteDaemon(plans_[node].image)));
  if (status.ok()) return status;
  return absl::InternalError(absl::StrCat("node ", plans_[node].spec.name, ": ",
                                          std::string(status.message())));
}

absl::Status KernelNetwork::Start(absl::Duration patience) {
  absl::Time deadline = absl::Now() + patience;
  while (true) {
    std::string waiting;
    for (const auto& node : nodes_) {
      if (node == nullptr) continue;
      RETURN_IF_ERROR(node->Advance());
      if (!node->ready()) waiting = node->Describe();
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

absl::Status KernelNetwork::CheckAlive() {
  for (const auto& node : nodes_) {
    if (node != nullptr) RETURN_IF_ERROR(node->CheckAlive());
  }
  return absl::OkStatus();
}

absl::Status KernelNetwork::Stop() {
  for (const auto& node : nodes_) {
    if (node != nullptr) node->Kill();
  }
  absl::Status result;
  for (const auto& node : nodes_) {
    if (node != nullptr) result.Update(node->KillAndWait());
  }
  nodes_.clear();
  return result;
}

absl::Status KernelNetwork::SetLink(int node, const std::string& interface,
                                    bool up, bool carrier) {
  const TopologyNode& words = topology_.node(node);
  const TopologyLink& link =
      topology_.links()[words.FindInterface(interface)->link];
  const std::vector<TopologyEnd> ends = link.Ends();
  std::string batch;
  for (size_t i = 0; i < ends.size(); ++i) {
    const bool named = ends[i].node == node &&
                       words.interfaces[ends[i].interface].name == interface;
    if ((link.lan() && !named) || nodes_[ends[i].node] == nullptr) continue;
    const std::string port = absl::StrCat("link set ", PortName(link, i));
    if (named) {
      absl::StrAppend(
          &batch, port,
          up ? absl::StrCat(" master ", BridgeName(link)) : " nomaster", "\n");
    }
    // A veth end has a carrier while the other is up.
    if (carrier) absl::StrAppend(&batch, port, up ? " up\n" : " down\n");
  }
  return RunIpBatch(outside_.get(), batch);
}

absl::Status KernelNetwork::SetInterface(int node, const std::string& interface,
                                         bool up) {
  const char* const state = up ? "up" : "down";
  RETURN_IF_ERROR(
      RunIp(nodes_[node]->netns(), {"link", "set", interface, state}).status());
  const int link = topology_.node(node).FindInterface(interface)->link;
  // The two ends of one veth follow each other by themselves.
  if (link < 0 || topology_.links()[link].lan() ||
      !BridgedLinks(topology_)[link]) {
    return absl::OkStatus();
  }
  const std::vector<TopologyEnd> ends = topology_.links()[link].Ends();
  const int far = ends[0].node == node ? 1 : 0;
  if (nodes_[ends[far].node] == nullptr) return absl::OkStatus();
  return RunIp(outside_.get(),
               {"link", "set", PortName(topology_.links()[link], far), state})
      .status();
}

absl::Status KernelNetwork::StopNode(int node) {
  if (nodes_[node] == nullptr) return absl::OkStatus();
  // First the cables: a dying kernel says nothing.
  std::string cut, remove;
  for (const TopologyLink& link : topology_.links()) {
    const std::vector<TopologyEnd> ends = link.Ends();
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].node != node) continue;
      const std::string port = PortName(link, i);
      absl::StrAppend(&cut, "link set ", port, " nomaster\n");
      absl::StrAppend(&remove, "link del ", port, "\n");
    }
  }
  RETURN_IF_ERROR(RunIpBatch(outside_.get(), cut));
  RETURN_IF_ERROR(nodes_[node]->KillAndWait());
  nodes_[node].reset();
  return RunIpBatch(outside_.get(), remove);
}

absl::Status KernelNetwork::BringNode(int node) {
  if (nodes_[node] != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("event: node ", plans_[node].spec.name, " runs already"));
  }
  RETURN_IF_ERROR(CreateNode(node));
  RETURN_IF_ERROR(RunIpBatch(
      outside_.get(), PortBatch(topology_, node, nodes_[node]->init_pid())));
  return Furnish(node);
}

TreeUsage KernelNetwork::RouterUsage() const {
  TreeUsage sum;
  for (const auto& node : nodes_) {
    if (node == nullptr) continue;
    const TreeUsage one = UsageOf({node->init_pid()}, WithMemory::kNo);
    sum.cpu += one.cpu;
    sum.system += one.system;
    sum.switches += one.switches;
  }
  return sum;
}

std::vector<MemoryUsage> KernelNetwork::Memory() const {
  std::vector<MemoryUsage> result;
  for (const auto& node : nodes_) {
    result.push_back(
        node == nullptr ? MemoryUsage()
                        : UsageOf({node->init_pid()}, WithMemory::kYes).memory);
  }
  return result;
}

}  // namespace quiesce
