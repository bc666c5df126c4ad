// bench [--k=4,8,12] [--images=frr,bird] [--runs=1]: fat-trees on the real
// kernel and under the supervisor, in turn, so that both meet the same machine.
// Prints what either has cost and leaves it under --out as table, JSON and
// charts.
// --growth fits how cost grows with the networks' size.
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
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/bench/bench_run.h"
#include "tools/bench/comparison.h"
#include "tools/bench/growth.h"
#include "tools/bench/plots.h"
#include "tools/bench/scoreboard.h"
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
DEFINE_string(
    kernel_flags, "",
    "further flags of the kernel's runtime, separated by blanks, such "
    "as --patience=300: what has not converged by then has failed");
DEFINE_string(supervisor_flags, "", "further flags, separated by blanks");
DEFINE_bool(costs, false,
            "ours: print what each of a node's processes costs, too");
DEFINE_string(against, "",
              "run the supervisor with these flags, too, behind the others, "
              "and compare the two");
DEFINE_bool(growth, false,
            "print by which power of its size the cost of the networks grows");
DEFINE_string(memory_by, "group",
              "how memory is sampled: by a control group where there can be "
              "one, or by 'pss' of each process, which is dear");

namespace quiesce {
namespace {

enum Exit { kFine = 0, kSomeFailed = 1, kUsage = 2 };

// The smallest network, which tells what a node's start takes on the kernel.
constexpr char kSmallest[] = "line:n=2";

std::vector<std::string> Words(const std::string& flags) {
  return absl::StrSplit(flags, ' ', absl::SkipEmpty());
}

BenchRun Planned(const std::string& topology, const std::string& image,
                 Runtime runtime, int number) {
  BenchRun run;
  run.topology = topology;
  run.image = image;
  run.runtime = runtime;
  run.memory_by_pss = FLAGS_memory_by == "pss";
  run.directory =
      absl::StrCat(FLAGS_out, "/",
                   FileName(absl::StrCat(topology, "-", image, "-",
                                         NameOf(runtime), "-", number)));
  if (runtime == Runtime::kKernel) {
    run.flags = Words(FLAGS_kernel_flags);
    run.flags.push_back(absl::StrCat("--quiet=", FLAGS_quiet));
    return run;
  }
  run.flags = Words(FLAGS_supervisor_flags);
  if (runtime == Runtime::kAgainst) {
    for (std::string& flag : Words(FLAGS_against)) {
      run.flags.push_back(std::move(flag));
    }
  }
  return run;
}

// CPU seconds of one node's daemons on the kernel until the smallest network
// has converged; 0 if that cannot be told.
double KernelStartCpu(const std::string& image) {
  static std::map<std::string, double> known;
  const auto [it, is_new] = known.emplace(image, 0);
  if (!is_new) return it->second;
  fprintf(stderr, "%s %s on kernel, for a node's start\n", kSmallest,
          image.c_str());
  const auto run = Measure(Planned(kSmallest, image, Runtime::kKernel, 0));
  if (run.ok()) it->second = run->routers_cpu_seconds / 2;
  return it->second;
}

void RunAll(int number, BenchRow* row) {
  std::vector<Runtime> runtimes;
  for (absl::string_view name : absl::StrSplit(FLAGS_runtimes, ',')) {
    runtimes.push_back(name == "kernel" ? Runtime::kKernel : Runtime::kOurs);
  }
  if (!FLAGS_against.empty()) runtimes.push_back(Runtime::kAgainst);
  for (Runtime runtime : runtimes) {
    fprintf(stderr, "%s on %s, run %d\n", row->Title().c_str(), NameOf(runtime),
            number);
    auto measured =
        Measure(Planned(row->topology, row->image, runtime, number));
    if (measured.ok()) {
      (runtime == Runtime::kKernel ? row->kernel
       : runtime == Runtime::kOurs ? row->ours
                                   : row->against)
          .push_back(*std::move(measured));
    } else {
      row->failures.push_back(
          absl::StrCat(NameOf(runtime), ", run ", number, ": ",
                       std::string(measured.status().message())));
    }
    if (runtime == Runtime::kKernel && number == 1) {
      row->kernel_start_cpu_seconds = KernelStartCpu(row->image);
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

absl::StatusOr<BenchRow> RowOf(const std::string& topology,
                               absl::string_view image) {
  BenchRow row;
  row.topology = topology;
  row.image = std::string(image);
  auto parsed = ParseTopologySpec(topology, row.image);
  if (!parsed.ok()) return parsed.status();
  row.nodes = parsed->nodes().size();
  row.links = parsed->links().size();
  for (const TopologyNode& node : parsed->nodes()) {
    if (!node.bgp.has_value()) continue;
    ++row.speakers;
    row.prefixes += node.bgp->networks.size();
  }
  return row;
}

// Writes what is known so far to --out, and returns what is to be printed in
// the end, which is bench.md there.
std::string Report(const std::vector<BenchRow>& rows) {
  const int cores = std::thread::hardware_concurrency();
  std::string text = SummaryTable(rows, cores);
  for (const BenchRow& row : rows) {
    if (row.ours.empty() || row.against.empty()) continue;
    absl::StrAppend(&text, "\n", row.Title(), "\n",
                    ComparisonLine(FLAGS_against, MedianOf(row.ours),
                                   MedianOf(row.against)));
  }
  if (FLAGS_growth) {
    absl::StrAppend(&text, "\nExponents of growth:\n\n", GrowthTable(rows));
  }
  text += DetailTables(rows, cores);
  if (FLAGS_costs) absl::StrAppend(&text, "\n", CostTable(rows));
  std::ofstream(FLAGS_out + "/bench.md") << text;
  std::ofstream(FLAGS_out + "/bench.json") << BenchJson(rows, cores);
  for (const auto& [name, svg] : PlotsOf(rows)) {
    std::ofstream(absl::StrCat(FLAGS_out, "/", name)) << svg;
  }
  return text;
}

int Main() {
  std::vector<BenchRow> rows;
  for (const std::string& topology : Topologies()) {
    for (absl::string_view image :
         absl::StrSplit(FLAGS_images, ',', absl::SkipEmpty())) {
      auto row = RowOf(topology, image);
      if (!row.ok()) {
        fprintf(stderr, "%s\n", std::string(row.status().message()).c_str());
        return kUsage;
      }
      rows.push_back(*std::move(row));
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
    Report(rows);
  }
  fputs(Report(rows).c_str(), stdout);
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
