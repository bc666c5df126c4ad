#include "tools/kernel_runtime/kernel_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/answers.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/rib.h"
#include "tools/kernel_runtime/activity.h"
#include "tools/kernel_runtime/ask_daemon.h"
#include "tools/kernel_runtime/kernel_fib.h"

namespace quiesce {
namespace {

// Of this process and the children it has waited for.
absl::Duration OwnCpu() {
  absl::Duration sum;
  for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage;
    getrusage(who, &usage);
    sum += absl::DurationFromTimeval(usage.ru_utime) +
           absl::DurationFromTimeval(usage.ru_stime);
  }
  return sum;
}

absl::Status WriteFibs(const KernelNetwork& network, OutputDir* out,
                       KernelTiming* timing) {
  std::vector<NodeFib> fibs;
  for (int node = 0; node < network.size(); ++node) {
    ASSIGN_OR_RETURN(NodeFib fib, ReadKernelFib(network.plan(node).spec.name,
                                                network.netns(node)));
    fibs.push_back(std::move(fib));
  }
  std::vector<const NodeFib*> pointers;
  for (const NodeFib& fib : fibs) pointers.push_back(&fib);
  ASSIGN_OR_RETURN(OutputFile jsonl, out->File("fib.jsonl"));
  timing->fib_rows = WriteFibJsonl(pointers, jsonl.sink());
  RETURN_IF_ERROR(jsonl.Close());
  ASSIGN_OR_RETURN(OutputFile csv, out->File("fib.csv"));
  WriteFibCsv(pointers, csv.sink());
  return csv.Close();
}

absl::Status WriteRibs(KernelNetwork* network, OutputDir* out,
                       KernelTiming* timing) {
  std::vector<RibRow> rows;
  for (int node = 0; node < network->size(); ++node) {
    ASSIGN_OR_RETURN(NodeRib rib, AskRib(network, node));
    rows.insert(rows.end(), rib.paths.begin(), rib.paths.end());
  }
  timing->rib_paths = rows.size();
  ASSIGN_OR_RETURN(OutputFile jsonl, out->File("rib.jsonl"));
  WriteRibJsonl(&rows, jsonl.sink());
  return jsonl.Close();
}

absl::Status WriteAnswers(const std::vector<Answer>& answers, OutputDir* out) {
  if (answers.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(OutputFile file, out->File("answers.jsonl"));
  WriteAnswersJsonl(answers, file.sink());
  return file.Close();
}

}  // namespace

std::string KernelTiming::ToJson() const {
  auto seconds = [](absl::Duration d) { return absl::ToDoubleSeconds(d); };
  int64_t pss = std::accumulate(pss_kib.begin(), pss_kib.end(), int64_t{0});
  nlohmann::ordered_json json = {
      {"wall_seconds",
       {{"create", seconds(create)},
        {"start", seconds(start)},
        {"converge", seconds(converge)},
        {"quiet", seconds(quiet)},
        {"read", seconds(read)},
        {"stop", seconds(stop)}}},
      {"cpu_seconds",
       {{"routers", seconds(routers.cpu)},
        {"routers_system", seconds(routers.system)},
        {"builder", seconds(builder_cpu)}}},
      {"switches", {{"routers", routers.switches}}},
      {"pss_kib",
       {{"total", pss},
        {"mean", pss_kib.empty() ? 0 : pss / int64_t(pss_kib.size())},
        {"max", pss_kib.empty()
                    ? 0
                    : *std::max_element(pss_kib.begin(), pss_kib.end())}}},
      {"nodes", nodes},
      {"links", links},
      {"session_ends", session_ends},
      {"route_events", route_events},
      {"rib_paths", rib_paths},
      {"fib_rows", fib_rows}};
  return json.dump(2) + "\n";
}

absl::StatusOr<KernelTiming> RunOnKernel(
    Launcher* launcher, const Topology& topology,
    std::vector<KernelNodePlan> plans, const ConvergenceOptions& options,
    OutputDir* out,
    const std::function<void(const std::string& phase)>& progress) {
  KernelTiming timing;
  timing.nodes = topology.nodes().size();
  timing.links = topology.links().size();
  absl::Time mark = absl::Now();
  auto lap = [&mark]() {
    absl::Time before = mark;
    mark = absl::Now();
    return mark - before;
  };

  progress("create");
  const absl::Duration cpu_before = OwnCpu();
  ASSIGN_OR_RETURN(std::unique_ptr<KernelNetwork> network,
                   KernelNetwork::Create(launcher, topology, std::move(plans)));
  timing.builder_cpu = OwnCpu() - cpu_before;
  std::vector<int> namespaces;
  for (int node = 0; node < network->size(); ++node) {
    namespaces.push_back(network->netns(node));
  }
  ASSIGN_OR_RETURN(Activity activity, Activity::Watch(namespaces));
  timing.create = lap();

  progress("start");
  RETURN_IF_ERROR(network->Start(options.patience));
  timing.start = lap();

  progress("converge");
  ASSIGN_OR_RETURN(Convergence converged,
                   AwaitConvergence(network.get(), &activity, options));
  timing.converge =
      std::max(absl::ZeroDuration(), converged.last_change - mark);
  timing.quiet = lap() - timing.converge;
  timing.routers = converged.routers;
  timing.session_ends = converged.session_ends;
  timing.route_events = converged.route_events;
  timing.pss_kib = network->PssKib();

  progress("read");
  ASSIGN_OR_RETURN(
      const std::vector<Answer> answers,
      AwaitAnswers(network.get(), options.quiet, options.patience));
  mark = absl::Now();
  RETURN_IF_ERROR(WriteFibs(*network, out, &timing));
  RETURN_IF_ERROR(WriteRibs(network.get(), out, &timing));
  RETURN_IF_ERROR(WriteAnswers(answers, out));
  timing.read = lap();

  progress("stop");
  RETURN_IF_ERROR(network->Stop());
  timing.stop = lap();
  RETURN_IF_ERROR(out->WriteFile("timing.json", timing.ToJson()));
  return timing;
}

}  // namespace quiesce
