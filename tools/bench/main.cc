// bench [--k=4,8,12] [--images=frr,bird] [--runs=1]: fat-trees on the real
// kernel and under the supervisor, in turn, so that both meet the same machine.
// --against=FLAGS runs them under the supervisor with further flags as well:
//   what two cores make of it:
//     bench --runtimes=ours --supervisor_flags=--shards=1 --against=--shards=2
//   what ten quiet virtual minutes cost:
//     bench --runtimes=ours --topos=random:n=500,degree=3,seed=1 --images=frr
//           --supervisor_flags=--quiet=60s --against=--quiet=660s
//   where the start and the memory of a node go:
//     bench --runtimes=ours --images=frr --costs
// Exit codes: 0 all runs converged, 1 some did not, 2 usage.
#include <gflags/gflags.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "notifier/base/status_macros.h"
#include "tools/bench/comparison.h"
#include "tools/bench/measurement.h"
#include "tools/kernel_runtime/run_program.h"
#include "topo/spec.h"

DEFINE_string(k, "4,8,12", "sizes of the fat-trees");
DEFINE_string(images, "frr,bird", "what the routers run");
DEFINE_string(topos, "", "these networks instead of fat-trees; separated by ;");
DEFINE_int32(runs, 1, "of each runtime; the table shows medians");
DEFINE_string(runtimes, "kernel,ours", "one of them, or both");
DEFINE_string(out, "bench-out", "where the runs leave their results");
DEFINE_double(quiet, 3,
              "kernel: seconds without a change that are convergence; they do "
              "not count");
DEFINE_string(supervisor_flags, "", "further flags, separated by blanks");
DEFINE_bool(costs, false,
            "ours: print what each of a node's processes costs, too");
DEFINE_string(against, "",
              "run the supervisor with these flags, too, behind the others, "
              "and compare the two");

namespace quiesce {
namespace {

enum Exit { kFine = 0, kSomeFailed = 1, kUsage = 2 };

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path);
  if (!file) return ErrnoStatus(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// `runtime`: kernel, ours, or against: ours with further flags.
absl::StatusOr<Measurement> RunOnce(const BenchRow& row,
                                    const std::string& runtime,
                                    const std::string& directory) {
  const bool kernel = runtime == "kernel";
  ASSIGN_OR_RETURN(std::string program,
                   SiblingProgram(kernel ? "tools/kernel_runtime/kernel_runtime"
                                         : "supervisor/supervisor"));
  std::vector<std::string> argv = {
      program, absl::StrCat("--topo=", row.topology),
      absl::StrCat("--image=", row.image), absl::StrCat("--out=", directory)};
  if (kernel) {
    argv.push_back(absl::StrCat("--quiet=", FLAGS_quiet));
  } else {
    for (absl::string_view flag :
         absl::StrSplit(FLAGS_supervisor_flags, ' ', absl::SkipEmpty())) {
      argv.emplace_back(flag);
    }
    for (absl::string_view flag :
         absl::StrSplit(FLAGS_against, ' ', absl::SkipEmpty())) {
      if (runtime == "against") argv.emplace_back(flag);
    }
  }
  ASSIGN_OR_RETURN(ProgramRun run, RunProgram(argv, directory + ".log"));
  if (run.exit_code != 0) {
    return absl::InternalError(
        absl::StrCat("exit code ", run.exit_code, ": ", run.tail));
  }
  ASSIGN_OR_RETURN(std::string timing, ReadWhole(directory + "/timing.json"));
  if (kernel) return ParseKernelTiming(timing);
  ASSIGN_OR_RETURN(std::string summary, ReadWhole(directory + "/summary.json"));
  return ParseSupervisorTiming(timing, summary);
}

void RunAll(int run, BenchRow* row) {
  std::vector<std::string> runtimes = absl::StrSplit(FLAGS_runtimes, ',');
  if (!FLAGS_against.empty()) runtimes.push_back("against");
  for (const std::string& runtime : runtimes) {
    std::string directory = absl::StrCat(FLAGS_out, "/", row->topology, "-",
                                         row->image, "-", runtime, "-", run);
    for (char& c : directory) {
      if (c == ':' || c == '=' || c == ',') c = '_';
    }
    fprintf(stderr, "%s %s on %s, run %d\n", row->topology.c_str(),
            row->image.c_str(), runtime.c_str(), run);
    auto measured = RunOnce(*row, runtime, directory);
    if (measured.ok()) {
      (runtime == "kernel"    ? row->kernel
       : runtime == "against" ? row->against
                              : row->ours)
          .push_back(*measured);
    } else {
      row->failures.push_back(
          absl::StrCat(runtime, ", run ", run, ": ",
                       std::string(measured.status().message())));
    }
  }
}

std::vector<std::string> Topologies() {
  if (!FLAGS_topos.empty()) {
    return absl::StrSplit(FLAGS_topos, ';', absl::SkipEmpty());
  }
  std::vector<std::string> all;
  for (absl::string_view k : absl::StrSplit(FLAGS_k, ',', absl::SkipEmpty())) {
    all.push_back(absl::StrCat("fattree:k=", k));
  }
  return all;
}

int Main() {
  std::vector<BenchRow> rows;
  for (const std::string& topology : Topologies()) {
    for (absl::string_view image :
         absl::StrSplit(FLAGS_images, ',', absl::SkipEmpty())) {
      BenchRow row;
      row.topology = topology;
      row.image = std::string(image);
      auto parsed = ParseTopologySpec(topology, row.image);
      if (!parsed.ok()) {
        fprintf(stderr, "%s\n", std::string(parsed.status().message()).c_str());
        return kUsage;
      }
      row.nodes = parsed->nodes().size();
      row.links = parsed->links().size();
      rows.push_back(std::move(row));
    }
  }
  if (mkdir(FLAGS_out.c_str(), 0755) != 0 && errno != EEXIST) {
    perror(FLAGS_out.c_str());
    return kUsage;
  }
  bool all_fine = true;
  for (BenchRow& row : rows) {
    for (int run = 1; run <= FLAGS_runs; ++run) RunAll(run, &row);
    all_fine = all_fine && row.failures.empty();
  }
  fputs(BenchTable(rows).c_str(), stdout);
  if (FLAGS_costs) fputs(CostTable(rows).c_str(), stdout);
  for (const BenchRow& row : rows) {
    if (row.ours.empty() || row.against.empty()) continue;
    printf(
        "%s %s\n%s", row.topology.c_str(), row.image.c_str(),
        ComparisonLine(FLAGS_against, MedianOf(row.ours), MedianOf(row.against))
            .c_str());
  }
  std::ofstream(FLAGS_out + "/bench.json") << BenchJson(rows);
  return all_fine ? kFine : kSomeFailed;
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  gflags::SetUsageMessage("[--k=4,8,12] [--images=frr,bird] [--runs=N]");
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (argc != 1 || FLAGS_runs < 1) {
    fprintf(stderr, "usage: bench [--k=4,8,12] [--images=frr,bird]\n");
    return quiesce::kUsage;
  }
  return quiesce::Main();
}
