// oracle [--image=NAME] [--runs=3] SPEC...: runs topologies on the real kernel
// several times and under the supervisor once, and compares every node's FIB
// and BGP RIB, after each convergence where a topology has events. Several
// topologies are first run by us, one after the other, then on the real kernel,
// all at the same time: there they mostly wait. Exit codes: 0 equal, 1
// different, 2 usage, 5 a run failed.
#include <gflags/gflags.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "tools/oracle/case.h"
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
DEFINE_bool(until, false,
            "kernel runs: wait until it is as with us, and quiet, or patience "
            "is over; so the quiet time may be shorter than timers are");
DEFINE_double(patience, 60, "kernel runs: seconds to wait, with --until");
DEFINE_double(unnoticed, 10,
              "kernel runs: seconds without a change after an event of which "
              "nothing has come yet, at least the longest timer");
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

CaseOptions OptionsFor(const std::string& spec, const std::string& out) {
  CaseOptions options;
  options.spec = spec;
  options.image = FLAGS_image;
  options.out = out;
  options.runs = FLAGS_runs;
  options.max_runs = FLAGS_max_runs > 0    ? FLAGS_max_runs
                     : FLAGS_arrival_order ? std::max(FLAGS_runs, 10)
                                           : FLAGS_runs;
  options.until = FLAGS_until;
  options.patience = FLAGS_patience;
  options.quiet = FLAGS_quiet;
  options.unnoticed = FLAGS_unnoticed;
  options.kernel = absl::StrSplit(FLAGS_kernel, ',', absl::SkipEmpty());
  options.ours = FLAGS_ours;
  return options;
}

// What is said of one case at the end.
struct Outcome {
  Exit code = kRunFailed;
  std::string text;
};

Outcome Judged(Case* one) {
  absl::StatusOr<std::vector<Verdict>> verdicts = one->RunKernel();
  if (!verdicts.ok()) {
    return {kRunFailed, std::string(verdicts.status().message()) + "\n"};
  }
  Outcome outcome = {AllSame(*verdicts) ? kEqual : kDifferent, ""};
  for (const Verdict& verdict : *verdicts) {
    absl::StrAppend(&outcome.text, verdict.ToText(FLAGS_differences));
  }
  return outcome;
}

int Main(const std::vector<std::string>& specs) {
  if (mkdir(FLAGS_out.c_str(), 0755) != 0 && errno != EEXIST) {
    fprintf(stderr, "%s\n", ErrnoStatus(FLAGS_out).ToString().c_str());
    return kUsage;
  }
  std::vector<std::unique_ptr<Case>> cases;
  for (const std::string& wanted : specs) {
    const std::string spec = Comparable(wanted);
    auto topology = ParseTopologySpec(spec, FLAGS_image);
    if (!topology.ok()) {
      fprintf(stderr, "%s\n", std::string(topology.status().message()).c_str());
      return kUsage;
    }
    const std::string out =
        specs.size() == 1 ? FLAGS_out
                          : absl::StrCat(FLAGS_out, "/", cases.size() + 1);
    cases.push_back(std::make_unique<Case>(*topology, OptionsFor(spec, out)));
  }
  std::vector<Outcome> outcomes(cases.size());
  std::vector<std::thread> threads;
  std::vector<bool> ours(cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    const absl::Status status = cases[i]->RunOurs();
    ours[i] = status.ok();
    if (!ours[i]) outcomes[i].text = std::string(status.message()) + "\n";
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    if (!ours[i]) continue;
    threads.emplace_back([&, i] { outcomes[i] = Judged(cases[i].get()); });
  }
  for (std::thread& thread : threads) thread.join();
  int code = kEqual;
  for (size_t i = 0; i < cases.size(); ++i) {
    fputs(outcomes[i].text.c_str(),
          outcomes[i].code == kRunFailed ? stderr : stdout);
    // As guests report their cases.
    printf("%s %s\n", outcomes[i].code == kEqual ? "ok" : "not ok",
           cases[i]->options().spec.c_str());
    code = std::max<int>(code, outcomes[i].code);
  }
  return code;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  gflags::SetUsageMessage("[--image=NAME] [--runs=N] SPEC...");
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (argc < 2 || FLAGS_runs < 1) {
    fprintf(stderr, "usage: oracle [--image=NAME] [--runs=N] SPEC...\n");
    return quiesce::kUsage;
  }
  return quiesce::Main(std::vector<std::string>(argv + 1, argv + argc));
}
