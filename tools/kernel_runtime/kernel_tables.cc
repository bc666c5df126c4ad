#include "tools/kernel_runtime/kernel_tables.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/policy_rule.h"
#include "supervisor/report/reachability.h"
#include "supervisor/report/rib.h"
#include "tools/kernel_runtime/ask_daemon.h"
#include "tools/kernel_runtime/kernel_fib.h"
#include "tools/kernel_runtime/kernel_reach.h"
#include "tools/kernel_runtime/kernel_rules.h"
#include "topo/read_file.h"

namespace quiesce {
namespace {

std::vector<const NodeFib*> Pointers(const std::vector<NodeFib>& fibs) {
  std::vector<const NodeFib*> pointers;
  for (const NodeFib& fib : fibs) pointers.push_back(&fib);
  return pointers;
}

TextSink AppendTo(std::string* text) {
  return [text](absl::string_view more) {
    text->append(more.data(), more.size());
  };
}

int64_t Lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

absl::StatusOr<KernelTables> KernelTables::ReadFiles(
    const std::string& directory) {
  KernelTables tables;
  ASSIGN_OR_RETURN(tables.fib_, ReadFile(directory + "/fib.jsonl"));
  ASSIGN_OR_RETURN(tables.rib_, ReadFile(directory + "/rib.jsonl"));
  return tables;
}

absl::Status KernelTables::ReadFibs(KernelNetwork* network) {
  fibs_.clear();
  fib_.clear();
  for (int node = 0; node < network->size(); ++node) {
    if (network->node(node) == nullptr) continue;
    ASSIGN_OR_RETURN(NodeFib fib, ReadKernelFib(network->plan(node).spec.name,
                                                network->node(node)->netns()));
    fibs_.push_back(std::move(fib));
  }
  WriteFibJsonl(Pointers(fibs_), AppendTo(&fib_));
  return absl::OkStatus();
}

absl::Status KernelTables::ReadWays(KernelNetwork* network) {
  rules_.clear();
  reachability_.clear();
  for (NodeFib& fib : fibs_) {
    const int node = network->topology().FindNode(fib.node());
    RETURN_IF_ERROR(AddRulesAndAddresses(network->node(node)->netns(), &fib));
  }
  WriteRulesJsonl(Pointers(fibs_), AppendTo(&rules_));
  ASSIGN_OR_RETURN(const ReachabilityReport report,
                   ProbeReachability(network, fibs_));
  WriteReachabilityJson(report, AppendTo(&reachability_));
  return absl::OkStatus();
}

absl::Status KernelTables::ReadRibs(KernelNetwork* network) {
  rib_.clear();
  std::vector<RibRow> rows;
  for (int node = 0; node < network->size(); ++node) {
    ASSIGN_OR_RETURN(NodeRib rib, AskRib(network, node));
    rows.insert(rows.end(), rib.paths.begin(), rib.paths.end());
  }
  WriteRibJsonl(rows, AppendTo(&rib_));
  return absl::OkStatus();
}

absl::Status KernelTables::Read(KernelNetwork* network) {
  RETURN_IF_ERROR(ReadFibs(network));
  RETURN_IF_ERROR(ReadWays(network));
  return ReadRibs(network);
}

absl::StatusOr<std::string> KernelTables::Differ(KernelNetwork* network,
                                                 const KernelTables& wanted) {
  RETURN_IF_ERROR(ReadFibs(network));
  if (fib_ != wanted.fib_) return std::string("the FIBs differ");
  RETURN_IF_ERROR(ReadRibs(network));
  return std::string(rib_ == wanted.rib_ ? "" : "the RIBs differ");
}

absl::Status KernelTables::Write(OutputDir* out) const {
  std::string csv;
  WriteFibCsv(Pointers(fibs_), AppendTo(&csv));
  RETURN_IF_ERROR(out->WriteFile("fib.jsonl", fib_));
  RETURN_IF_ERROR(out->WriteFile("fib.csv", csv));
  RETURN_IF_ERROR(out->WriteFile("rules.jsonl", rules_));
  RETURN_IF_ERROR(out->WriteFile("reachability.json", reachability_));
  return out->WriteFile("rib.jsonl", rib_);
}

int64_t KernelTables::fib_rows() const { return Lines(fib_); }
int64_t KernelTables::rib_paths() const { return Lines(rib_); }

}  // namespace quiesce
