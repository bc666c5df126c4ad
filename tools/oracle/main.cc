// oracle [--image=NAME] [--runs=3] SPEC: runs a topology on the real kernel
// several times and under the supervisor once, and compares every node's FIB
// and BGP RIB. Exit codes: 0 equal, 1 different, 2 usage, 5 a run failed.
#include <gflags/gflags.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "tools/kernel_runtime/run_program.h"
#include "tools/oracle/results.h"
#include "tools/oracle/verdict.h"
#include "topo/spec.h"

DEFINE_string(image, "frr", "image of the nodes that name none");
DEFINE_int32(runs, 3, "runs on the real kernel, at least 1");
DEFINE_int32(max_runs, 0,
             "as long as there is a difference, up to so many runs on the real "
             "kernel: it may have outcomes not seen yet; 0 is 10 with "
             "--arrival_order and --runs without");
DEFINE_bool(arrival_order, false,
            "leave `bgp bestpath compare-routerid` off where the topology does "
            "not set it: older paths are preferred, so outcomes may differ");
DEFINE_string(out, "oracle-out", "where the runs leave their results");
DEFINE_int32(differences, 20, "how many are shown of each table");
DEFINE_double(quiet, 6, "kernel runs: seconds without a change");
DEFINE_string(kernel, "",
              "compare these earlier results (DIR,DIR ...) instead of running");
DEFINE_string(ours, "", "the same for the supervisor's run");

namespace quiesce {
namespace {

enum Exit { kEqual = 0, kDifferent = 1, kUsage = 2, kRunFailed = 5 };

// The oracle's networks do not depend on the order of arrival, where the kind
// of topology has a key for that.
std::string Comparable(const std::string& spec) {
  if (FLAGS_arrival_order || absl::StartsWith(spec, "file:") ||
      absl::StrContains(spec, "compare_routerid")) {
    return spec;
  }
  return absl::StrCat(spec, absl::StrContains(spec, ':') ? "," : ":",
                      "compare_routerid=on");
}

absl::StatusOr<Results> RunAndRead(const std::string& program,
                                   const std::string& spec,
                                   const std::vector<std::string>& flags,
                                   const std::string& directory) {
  ASSIGN_OR_RETURN(std::string path, SiblingProgram(program));
  std::vector<std::string> argv = {path, absl::StrCat("--topo=", spec),
                                   absl::StrCat("--image=", FLAGS_image),
                                   absl::StrCat("--out=", directory)};
  argv.insert(argv.end(), flags.begin(), flags.end());
  printf("%s ... ", directory.c_str());
  fflush(stdout);
  ASSIGN_OR_RETURN(ProgramRun run, RunProgram(argv, directory + ".log"));
  printf("%.1f s\n", absl::ToDoubleSeconds(run.wall));
  // 1: some pair is not reachable, as where daemons only keep a RIB. Whether it
  // should be, the FIBs tell.
  if (run.exit_code != 0 && run.exit_code != 1) {
    return absl::InternalError(
        absl::StrCat(program, " ended with ", run.exit_code, ":\n", run.tail));
  }
  return ReadResults(directory);
}

absl::StatusOr<Results> KernelRun(const std::string& spec, int number) {
  return RunAndRead("tools/kernel_runtime/kernel_runtime", spec,
                    {absl::StrCat("--quiet=", FLAGS_quiet)},
                    absl::StrCat(FLAGS_out, "/kernel-", number));
}

int MaxRuns() {
  if (!FLAGS_kernel.empty()) return 0;
  if (FLAGS_max_runs > 0) return FLAGS_max_runs;
  return FLAGS_arrival_order ? std::max(FLAGS_runs, 10) : FLAGS_runs;
}

absl::StatusOr<Verdict> Run(const Topology& topology, const std::string& spec) {
  if (mkdir(FLAGS_out.c_str(), 0755) != 0 && errno != EEXIST) {
    return ErrnoStatus(FLAGS_out);
  }
  absl::StatusOr<Results> ours =
      FLAGS_ours.empty()
          ? RunAndRead("supervisor/supervisor", spec, {}, FLAGS_out + "/ours")
          : ReadResults(FLAGS_ours);
  if (!ours.ok()) return ours.status();
  std::vector<Results> kernel;
  for (absl::string_view directory :
       absl::StrSplit(FLAGS_kernel, ',', absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(Results one, ReadResults(std::string(directory)));
    kernel.push_back(std::move(one));
  }
  while (FLAGS_kernel.empty() && kernel.size() < FLAGS_runs) {
    ASSIGN_OR_RETURN(Results one, KernelRun(spec, kernel.size() + 1));
    kernel.push_back(std::move(one));
  }
  Verdict verdict = Judge(topology, kernel, *ours);
  while (!verdict.same() && kernel.size() < MaxRuns()) {
    ASSIGN_OR_RETURN(Results one, KernelRun(spec, kernel.size() + 1));
    kernel.push_back(std::move(one));
    verdict = Judge(topology, kernel, *ours);
  }
  verdict.spec = spec;
  verdict.image = FLAGS_image;
  std::ofstream json(FLAGS_out + "/oracle.json");
  json << verdict.ToJson();
  if (!json.flush()) return ErrnoStatus(FLAGS_out + "/oracle.json");
  return verdict;
}

int Main(const std::string& wanted) {
  const std::string spec = Comparable(wanted);
  auto topology = ParseTopologySpec(spec, FLAGS_image);
  if (!topology.ok()) {
    fprintf(stderr, "%s\n", std::string(topology.status().message()).c_str());
    return kUsage;
  }
  auto verdict = Run(*topology, spec);
  if (!verdict.ok()) {
    fprintf(stderr, "\n%s\n", std::string(verdict.status().message()).c_str());
    return kRunFailed;
  }
  fputs(verdict->ToText(FLAGS_differences).c_str(), stdout);
  return verdict->same() ? kEqual : kDifferent;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  gflags::SetUsageMessage("[--image=NAME] [--runs=N] SPEC");
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (argc != 2 || FLAGS_runs < 1) {
    fprintf(stderr, "usage: oracle [--image=NAME] [--runs=N] SPEC\n");
    return quiesce::kUsage;
  }
  return quiesce::Main(argv[1]);
}
