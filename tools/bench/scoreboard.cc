#include "tools/bench/scoreboard.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/bench/markdown.h"
#include "tools/bench/metrics.h"

namespace quiesce {
namespace {

using Json = nlohmann::ordered_json;

constexpr Runtime kRuntimes[] = {Runtime::kKernel, Runtime::kOurs,
                                 Runtime::kAgainst};

std::optional<double> ValueOf(const Metric& metric, const BenchRow& row,
                              Runtime runtime, int cores) {
  const std::vector<Measurement>& runs = RunsOf(row, runtime);
  if (runs.empty()) return {};
  return metric.get({row, runtime, MedianOf(runs), cores});
}

std::string Cell(const std::optional<double>& value, const char* otherwise) {
  return value.has_value() ? Figure(*value) : otherwise;
}

// How many times better ours is than the kernel's, or nothing.
std::optional<double> Ratio(const Metric& metric, const BenchRow& row,
                            int cores) {
  if (metric.better == Metric::kNeither) return {};
  const auto kernel = ValueOf(metric, row, Runtime::kKernel, cores);
  const auto ours = ValueOf(metric, row, Runtime::kOurs, cores);
  if (!kernel.has_value() || !ours.has_value()) return {};
  const double ratio = Advantage(metric, *kernel, *ours);
  if (ratio <= 0) return {};
  return ratio;
}

std::string PhasesOf(const Measurement& run) {
  std::string text;
  for (const auto& [name, seconds] : run.phases) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", name, " ",
                    Figure(seconds));
  }
  return text;
}

double RibPaths(const BenchRow& row) {
  for (Runtime runtime : kRuntimes) {
    const std::vector<Measurement>& runs = RunsOf(row, runtime);
    if (!runs.empty()) return runs[0].rib_paths;
  }
  return 0;
}

std::string DetailTable(const BenchRow& row, int cores) {
  std::vector<Runtime> ran;
  std::vector<std::vector<std::string>> table = {{""}};
  for (Runtime runtime : kRuntimes) {
    const size_t runs = RunsOf(row, runtime).size();
    if (runs == 0) continue;
    ran.push_back(runtime);
    table[0].push_back(
        runs == 1 ? NameOf(runtime)
                  : absl::StrCat(NameOf(runtime), ", median of ", runs));
  }
  const bool ratios = !row.kernel.empty() && !row.ours.empty();
  if (ratios) table[0].push_back("better by");
  for (const Metric& metric : Metrics()) {
    std::vector<std::string> line = {metric.label};
    bool any = metric.key == absl::string_view("cache_misses");
    for (Runtime runtime : ran) {
      const auto value = ValueOf(metric, row, runtime, cores);
      any = any || value.has_value();
      line.push_back(Cell(value, metric.key == absl::string_view("cache_misses")
                                     ? "not available"
                                     : "-"));
    }
    if (ratios) {
      const auto ratio = Ratio(metric, row, cores);
      line.push_back(ratio.has_value() ? Figure(*ratio) + "x" : "");
    }
    if (any) table.push_back(std::move(line));
  }
  std::string text = MarkdownTable(table);
  for (Runtime runtime : ran) {
    absl::StrAppend(&text, "\n", NameOf(runtime), ", wall s by phase: ",
                    PhasesOf(MedianOf(RunsOf(row, runtime))), "\n");
  }
  return text;
}

Json RunJson(const Measurement& run) {
  Json phases = Json::object();
  for (const auto& [name, seconds] : run.phases) phases[name] = seconds;
  Json programs = Json::object();
  for (const ProgramCost& cost : run.programs) {
    programs[cost.program] = {{"start_cpu_ms", cost.start_cpu_ms},
                              {"pss_mib", cost.pss_mib},
                              {"private_mib", cost.private_mib},
                              {"descriptors", cost.descriptors}};
  }
  Json json = {{"phases", std::move(phases)}};
  for (const MeasuredNumber& number : MeasuredNumbers()) {
    json[number.name] = run.*number.member;
  }
  if (run.cache_misses < 0) json["cache_misses"] = nullptr;
  json["programs"] = std::move(programs);
  Json memory = Json::array();
  for (const MemorySample& sample : run.samples_of_memory) {
    memory.push_back(
        {sample.seconds, sample.memory.user_mib, sample.memory.kernel_mib});
  }
  json["memory_seconds_user_mib_kernel_mib"] = std::move(memory);
  return json;
}

Json RuntimeJson(const BenchRow& row, Runtime runtime, int cores) {
  Json all = Json::array();
  for (const Measurement& run : RunsOf(row, runtime)) {
    all.push_back(RunJson(run));
  }
  Json medians = Json::object();
  for (const Metric& metric : Metrics()) {
    const auto value = ValueOf(metric, row, runtime, cores);
    medians[metric.key] = value.has_value() ? Json(*value) : Json();
  }
  return {{"medians", std::move(medians)}, {"runs", std::move(all)}};
}

}  // namespace

std::string SummaryTable(absl::Span<const BenchRow> rows, int cores) {
  constexpr const char* kKeys[] = {"converged_wall_seconds",
                                   "routers_cpu_seconds",
                                   "runtime_cpu_seconds",
                                   "routers_cpu_after_start_seconds",
                                   "memory_peak_mib_per_node",
                                   "memory_mean_mib_per_node",
                                   "kernel_memory_peak_mib_per_node",
                                   "nodes_per_gib",
                                   "nodes_per_second",
                                   "weighted_nodes_per_second"};
  std::vector<std::vector<std::string>> table = {
      {"network", "runtime", "wall s", "routers' CPU s", "runtime's CPU s",
       "after start s", "MiB a node, peak", "average", "kernel MiB a node",
       "nodes per GiB", "nodes per s", "weighted"}};
  for (const BenchRow& row : rows) {
    for (Runtime runtime : kRuntimes) {
      if (RunsOf(row, runtime).empty()) continue;
      std::vector<std::string> line = {row.Title(), NameOf(runtime)};
      for (const char* key : kKeys) {
        line.push_back(Cell(ValueOf(MetricOf(key), row, runtime, cores), "-"));
      }
      table.push_back(std::move(line));
    }
    std::vector<std::string> line = {"", "better by"};
    bool any = false;
    for (const char* key : kKeys) {
      const auto ratio = Ratio(MetricOf(key), row, cores);
      any = any || ratio.has_value();
      line.push_back(ratio.has_value() ? Figure(*ratio) + "x" : "");
    }
    if (any) table.push_back(std::move(line));
  }
  return MarkdownTable(table);
}

std::string DetailTables(absl::Span<const BenchRow> rows, int cores) {
  std::string text;
  for (const BenchRow& row : rows) {
    absl::StrAppend(&text, "\n## ", row.Title(), "\n\n", row.nodes, " nodes (",
                    row.speakers, " with BGP), ", row.links, " links, ",
                    row.prefixes, " prefixes, ", int64_t(RibPaths(row)),
                    " RIB paths\n\n");
    if (!row.kernel.empty() || !row.ours.empty() || !row.against.empty()) {
      text += DetailTable(row, cores);
    }
    for (const std::string& failure : row.failures) {
      absl::StrAppend(&text, "\nFAILED: ", failure, "\n");
    }
  }
  return text;
}

std::string CostTable(absl::Span<const BenchRow> rows) {
  std::string text;
  for (const BenchRow& row : rows) {
    if (row.ours.empty()) continue;
    const Measurement& run = row.ours[0];
    const double nodes = row.nodes;
    absl::StrAppendFormat(
        &text, "%s %s, of one node of %d\n  %-16s %12s %9s %12s %12s\n",
        row.topology, row.image, row.nodes, "", "start CPU ms", "PSS MiB",
        "private MiB", "descriptors");
    for (const ProgramCost& cost : run.programs) {
      absl::StrAppendFormat(&text, "  %-16s %12.2f %9.2f %12.2f %12.1f\n",
                            cost.program, cost.start_cpu_ms, cost.pss_mib,
                            cost.private_mib, cost.descriptors);
    }
    const double supervisor =
        run.runtime_cpu_seconds - run.runtime_converge_cpu_seconds;
    absl::StrAppendFormat(
        &text,
        "  %-16s %12.2f %9.2f %12s %12.1f\n  %-16s slab %.2f MiB, page tables "
        "%.2f, stacks and per-cpu data %.2f (grown on the whole machine)\n",
        "supervisor", 1000 * supervisor / nodes, run.runtime_pss_mib / nodes,
        "", run.descriptors / nodes, "kernel", run.slab_mib / nodes,
        run.page_tables_mib / nodes, run.other_kernel_mib / nodes);
  }
  return text;
}

std::string BenchJson(absl::Span<const BenchRow> rows, int cores) {
  Json all = Json::array();
  for (const BenchRow& row : rows) {
    Json json = {{"topology", row.topology},  {"image", row.image},
                 {"nodes", row.nodes},        {"speakers", row.speakers},
                 {"links", row.links},        {"prefixes", row.prefixes},
                 {"rib_paths", RibPaths(row)}};
    for (Runtime runtime : kRuntimes) {
      if (RunsOf(row, runtime).empty()) continue;
      json[NameOf(runtime)] = RuntimeJson(row, runtime, cores);
    }
    Json ratios = Json::object();
    for (const Metric& metric : Metrics()) {
      if (const auto ratio = Ratio(metric, row, cores); ratio.has_value()) {
        ratios[metric.key] = *ratio;
      }
    }
    json["ours_better_by"] = std::move(ratios);
    json["failures"] = row.failures;
    all.push_back(std::move(json));
  }
  const Json json = {{"cores", cores}, {"networks", std::move(all)}};
  return json.dump(1) + "\n";
}

}  // namespace quiesce
