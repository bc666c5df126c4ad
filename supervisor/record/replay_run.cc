#include "supervisor/record/replay_run.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "supervisor/ask_ribs.h"
#include "supervisor/launch/environment.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/plan/network_plan.h"
#include "supervisor/record/recording_dir.h"
#include "supervisor/report/output_dir.h"
#include "supervisor/sched/emulation.h"
#include "supervisor/sched/node_step.h"
#include "topo/build.h"

namespace quiesce {
namespace {

absl::Status CheckRealtime(bool realtime) {
  EnvironmentNeeds needs;
  needs.realtime = realtime;
  std::vector<EnvironmentProblem> fatal;
  for (EnvironmentProblem& problem : CheckEnvironment(needs)) {
    if (problem.fatal) fatal.push_back(std::move(problem));
  }
  if (fatal.empty()) return absl::OkStatus();
  return absl::PermissionDeniedError(DescribeProblems(fatal));
}

// "step 12 of 40 (activation with 1 messages) at 1.002000000 s: WHAT"
std::string Where(size_t index, size_t count, const proto::NodeStep& step,
                  absl::string_view what) {
  return absl::StrCat("step ", index + 1, " of ", count, " (",
                      DescribeStep(step), ") at ", step.time(), " ns: ", what);
}

}  // namespace

absl::StatusOr<ReplayReport> RunReplay(const ReplayOptions& options) {
  RETURN_IF_ERROR(CheckRealtime(options.realtime));
  ASSIGN_OR_RETURN(const proto::Recording common,
                   ReadRecording(options.recording));
  ASSIGN_OR_RETURN(const std::vector<proto::NodeStep> steps,
                   ReadSteps(options.recording, options.node));
  BuildOptions build;
  build.file = options.recording;
  ASSIGN_OR_RETURN(const Topology topology,
                   BuildTopology(common.topology(), build));
  const int node = topology.FindNode(options.node);
  if (node < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("no node is called ", options.node));
  }
  absl::StatusOr<OutputDir> out = OutputDir::Create(options.out);
  if (!out.ok()) return absl::InvalidArgumentError(out.status().message());
  ASSIGN_OR_RETURN(
      NetworkPlan plan,
      PlanNetwork(topology, common.seed(), common.thread_seed() != 0,
                  [&](const std::string& name) -> absl::StatusOr<std::string> {
                    if (name != options.node) return std::string();
                    return out->NodeDirectory(name);
                  }));
  ASSIGN_OR_RETURN(std::unique_ptr<Launcher> launcher, Launcher::Start());

  EmulationOptions emulation_options;
  emulation_options.cpus = {options.cpu};
  emulation_options.realtime = options.realtime;
  emulation_options.follow_files = true;
  emulation_options.epoch = common.epoch();
  emulation_options.activation_bound = common.activation_bound();
  emulation_options.seed = common.seed();
  emulation_options.thread_seed = common.thread_seed();
  proto::NodeStep replayed;
  emulation_options.record = [&](NodeId, const proto::NodeStep& step) {
    replayed = step;
  };
  std::unique_ptr<Emulation> emulation;
  emulation_options.ask = [&](NodeId) {
    AskRibs(plan.control, emulation.get());  // nobody else runs
  };
  ASSIGN_OR_RETURN(emulation, Emulation::Create(
                                  std::move(plan.nodes), std::move(plan.cables),
                                  emulation_options, launcher.get()));
  ReplayReport report;
  for (size_t i = 0; i < steps.size(); ++i) {
    const proto::NodeStep& recorded = steps[i];
    replayed.Clear();
    const absl::Status status = emulation->Replay(node, recorded);
    if (absl::IsInvalidArgument(status)) return status;
    ++report.steps;
    report.inputs += recorded.activate().input_size();
    report.outputs += recorded.output_size();
    std::string difference = status.ok()
                                 ? DescribeDifference(recorded, replayed)
                                 : std::string(status.message());
    if (!difference.empty()) {
      report.difference = Where(i, steps.size(), recorded, difference);
      break;
    }
  }
  return report;
}

}  // namespace quiesce
