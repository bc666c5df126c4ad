// kernel_runtime --topo=SPEC [--image=NAME] --out=DIR: runs a topology on real
// network namespaces and veth until it has converged and leaves the same files
// as the supervisor. Needs root.
#include <gflags/gflags.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/launcher.h"
#include "supervisor/report/output_dir.h"
#include "tools/kernel_runtime/kernel_run.h"
#include "tools/kernel_runtime/plan.h"
#include "topo/spec.h"

DEFINE_string(topo, "fattree", "the network, as the supervisor takes it");
DEFINE_string(image, "frr", "image of the nodes that name none");
DEFINE_string(out, "", "directory for the results");
DEFINE_double(quiet, 6, "seconds without a change that are convergence");
DEFINE_double(unnoticed, 10,
              "the same after an event of which nothing has come yet");
DEFINE_string(until, "",
              "results of another run: convergence is to have the same, or no "
              "patience any more");
DEFINE_double(patience, 900, "seconds until giving up");

namespace quiesce {
namespace {

enum Exit { kConverged = 0, kUsage = 2, kNotConverged = 3, kFailed = 6 };

absl::Status Run(Launcher* launcher, const Topology& topology, OutputDir* out) {
  ASSIGN_OR_RETURN(std::vector<KernelNodePlan> plans,
                   PlanNodes(topology, [out](const std::string& node) {
                     return out->NodeDirectory(node);
                   }));
  KernelRunOptions options;
  options.convergence.quiet = absl::Seconds(FLAGS_quiet);
  options.convergence.unnoticed = absl::Seconds(FLAGS_unnoticed);
  options.convergence.patience = absl::Seconds(FLAGS_patience);
  options.until = FLAGS_until;
  if (!FLAGS_until.empty()) options.convergence.ask_again = absl::Seconds(1);
  ASSIGN_OR_RETURN(KernelTiming timing,
                   RunOnKernel(launcher, topology, std::move(plans), options,
                               out, [](const std::string& phase) {
                                 printf("%s\n", phase.c_str());
                                 fflush(stdout);
                               }));
  fputs(timing.ToJson().c_str(), stdout);
  return absl::OkStatus();
}

int Main() {
  auto topology = ParseTopologySpec(FLAGS_topo, FLAGS_image);
  if (!topology.ok()) {
    fprintf(stderr, "%s\n", std::string(topology.status().message()).c_str());
    return kUsage;
  }
  if (FLAGS_out.empty()) {
    fprintf(stderr, "--out=DIR is missing\n");
    return kUsage;
  }
  auto out = OutputDir::Create(FLAGS_out);
  if (!out.ok()) {
    fprintf(stderr, "%s\n", std::string(out.status().message()).c_str());
    return kUsage;
  }
  auto launcher = Launcher::Start();
  absl::Status status = launcher.ok() ? Run(launcher->get(), *topology, &*out)
                                      : launcher.status();
  if (status.ok()) return kConverged;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  return absl::IsDeadlineExceeded(status) ? kNotConverged : kFailed;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  gflags::SetUsageMessage("--topo=SPEC --image=NAME --out=DIR");
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return quiesce::Main();
}
