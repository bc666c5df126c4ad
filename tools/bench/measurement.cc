#include "tools/bench/measurement.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

using Json = nlohmann::ordered_json;

// proto3 JSON writes 64-bit integers as strings.
double Number(const Json& json) {
  return json.is_string() ? std::stod(json.get<std::string>())
                          : json.get<double>();
}

Json Parsed(absl::string_view text) {
  return Json::parse(text.begin(), text.end());
}

// What `read` makes of the files; it throws where something is missing.
template <typename Reader>
absl::StatusOr<Measurement> Read(const Reader& read) {
  try {
    Measurement result = read();
    for (const auto& [name, seconds] : result.phases) {
      result.converged_seconds += seconds;
    }
    return result;
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(
        absl::StrCat("timing.json or summary.json: ", e.what()));
  }
}

Measurement FromKernel(const Json& json) {
  Measurement result;
  for (const char* phase : {"create", "start", "converge"}) {
    result.phases.emplace_back(phase, json.at("wall_seconds").at(phase));
  }
  result.routers_cpu_seconds = json.at("cpu_seconds").at("routers");
  result.runtime_cpu_seconds = json.at("cpu_seconds").at("builder");
  result.routers_system_seconds = json.at("cpu_seconds").at("routers_system");
  result.routers_switches = json.at("switches").at("routers");
  result.pss_mib_per_node = Number(json.at("pss_kib").at("mean")) / 1024;
  return result;
}

Measurement FromSupervisor(const Json& json) {
  Measurement result;
  for (const Json& phase : json.at("phases")) {
    if (phase.at("phase") == "export") continue;
    result.phases.emplace_back(phase.at("phase"),
                               Number(phase.at("wallSeconds")));
    result.routers_cpu_seconds += Number(phase.at("routersCpuSeconds"));
    result.runtime_cpu_seconds += Number(phase.at("supervisorCpuSeconds"));
    result.routers_system_seconds += Number(phase.at("routersSystemSeconds"));
    result.routers_switches += Number(phase.at("routersSwitches"));
    if (phase.at("phase") == "start") {
      result.routers_start_cpu_seconds = Number(phase.at("routersCpuSeconds"));
      result.routers_start_system_seconds =
          Number(phase.at("routersSystemSeconds"));
      result.routers_start_switches = Number(phase.at("routersSwitches"));
    }
    if (phase.at("phase") == "converge") {
      result.runtime_converge_cpu_seconds =
          Number(phase.at("supervisorCpuSeconds"));
      result.runtime_converge_switches = Number(phase.at("supervisorSwitches"));
    }
  }
  result.pss_mib_per_node = Number(json.at("pssMibPerNode"));
  result.runtime_pss_mib = Number(json.at("supervisorPssKib")) / 1024;
  const Json& kernel = json.at("kernelMemory");
  result.slab_mib = Number(kernel.at("slabKib")) / 1024;
  result.page_tables_mib = Number(kernel.at("pageTablesKib")) / 1024;
  result.other_kernel_mib =
      (Number(kernel.at("stacksKib")) + Number(kernel.at("percpuKib"))) / 1024;
  for (const Json& resource : json.at("resources")) {
    if (resource.at("name") == "descriptors") {
      result.descriptors = Number(resource.at("used"));
    }
  }
  const double nodes = json.at("nodes").size();
  for (const Json& program : json.at("programs")) {
    result.programs.push_back(
        {program.at("program"),
         1000 * Number(program.at("startCpuSeconds")) / nodes,
         Number(program.at("pssKib")) / 1024 / nodes,
         Number(program.at("privateKib")) / 1024 / nodes,
         Number(program.at("descriptors")) / nodes});
  }
  return result;
}

template <typename Get>
double Median(absl::Span<const Measurement> runs, const Get& get) {
  std::vector<double> values;
  for (const Measurement& run : runs) values.push_back(get(run));
  std::sort(values.begin(), values.end());
  size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

std::string Phases(const Measurement& run) {
  std::string text;
  for (const auto& [name, seconds] : run.phases) {
    absl::StrAppendFormat(&text, "%s%s %.2f", text.empty() ? "" : ", ", name,
                          seconds);
  }
  return text;
}

std::string Line(const char* runtime, const Measurement& run, int count) {
  return absl::StrFormat("  %-7s %9.2f %12.2f %12.2f %14.2f   %d runs: %s\n",
                         runtime, run.converged_seconds,
                         run.routers_cpu_seconds, run.runtime_cpu_seconds,
                         run.pss_mib_per_node, count, Phases(run));
}

struct Ratios {
  double wall, routers_cpu, all_cpu, pss, after_start;
};

double Over(double a, double b) { return b > 0 ? a / b : 0; }

// The routers' CPU time beyond their own start. The kernel's routers start
// while others already talk; their start costs what it costs under us.
double AfterStart(const Measurement& run, const Measurement& ours) {
  return std::max(0.0,
                  run.routers_cpu_seconds - ours.routers_start_cpu_seconds);
}
double SystemAfterStart(const Measurement& run, const Measurement& ours) {
  return std::max(
      0.0, run.routers_system_seconds - ours.routers_start_system_seconds);
}
double SwitchesAfterStart(const Measurement& run, const Measurement& ours) {
  return std::max(0.0, run.routers_switches - ours.routers_start_switches);
}

Ratios RatiosOf(const Measurement& kernel, const Measurement& ours) {
  return {Over(kernel.converged_seconds, ours.converged_seconds),
          Over(kernel.routers_cpu_seconds, ours.routers_cpu_seconds),
          Over(kernel.routers_cpu_seconds + kernel.runtime_cpu_seconds,
               ours.routers_cpu_seconds + ours.runtime_cpu_seconds),
          Over(kernel.pss_mib_per_node, ours.pss_mib_per_node),
          Over(AfterStart(kernel, ours), AfterStart(ours, ours))};
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
  return {{"phases", std::move(phases)},
          {"converged_seconds", run.converged_seconds},
          {"routers_cpu_seconds", run.routers_cpu_seconds},
          {"runtime_cpu_seconds", run.runtime_cpu_seconds},
          {"pss_mib_per_node", run.pss_mib_per_node},
          {"runtime_pss_mib", run.runtime_pss_mib},
          {"routers_system_seconds", run.routers_system_seconds},
          {"routers_switches", run.routers_switches},
          {"routers_start_cpu_seconds", run.routers_start_cpu_seconds},
          {"routers_start_system_seconds", run.routers_start_system_seconds},
          {"routers_start_switches", run.routers_start_switches},
          {"runtime_converge_cpu_seconds", run.runtime_converge_cpu_seconds},
          {"runtime_converge_switches", run.runtime_converge_switches},
          {"activations", run.activations},
          {"messages", run.messages},
          {"descriptors", run.descriptors},
          {"slab_mib", run.slab_mib},
          {"page_tables_mib", run.page_tables_mib},
          {"other_kernel_mib", run.other_kernel_mib},
          {"programs", std::move(programs)}};
}

Json RunsJson(absl::Span<const Measurement> runs) {
  Json all = Json::array();
  for (const Measurement& run : runs) all.push_back(RunJson(run));
  Json json = {{"runs", std::move(all)}};
  if (!runs.empty()) json["median"] = RunJson(MedianOf(runs));
  return json;
}

}  // namespace

absl::StatusOr<Measurement> ParseKernelTiming(absl::string_view json) {
  return Read([&] { return FromKernel(Parsed(json)); });
}

absl::StatusOr<Measurement> ParseSupervisorTiming(absl::string_view timing,
                                                  absl::string_view summary) {
  return Read([&] {
    Measurement result = FromSupervisor(Parsed(timing));
    const Json report = Parsed(summary);
    result.messages = Number(report.at("messages"));
    result.activations = Number(report.at("activations"));
    return result;
  });
}

Measurement MedianOf(absl::Span<const Measurement> runs) {
  Measurement result;
  for (size_t i = 0; i < runs[0].phases.size(); ++i) {
    result.phases.emplace_back(runs[0].phases[i].first,
                               Median(runs, [i](const Measurement& run) {
                                 return run.phases[i].second;
                               }));
  }
  auto median = [&](double Measurement::*member) {
    result.*member =
        Median(runs, [member](const Measurement& run) { return run.*member; });
  };
  median(&Measurement::converged_seconds);
  median(&Measurement::routers_cpu_seconds);
  median(&Measurement::runtime_cpu_seconds);
  median(&Measurement::pss_mib_per_node);
  median(&Measurement::runtime_pss_mib);
  median(&Measurement::routers_system_seconds);
  median(&Measurement::routers_switches);
  median(&Measurement::routers_start_cpu_seconds);
  median(&Measurement::routers_start_system_seconds);
  median(&Measurement::routers_start_switches);
  median(&Measurement::runtime_converge_cpu_seconds);
  median(&Measurement::runtime_converge_switches);
  median(&Measurement::activations);
  median(&Measurement::messages);
  median(&Measurement::descriptors);
  median(&Measurement::slab_mib);
  median(&Measurement::page_tables_mib);
  median(&Measurement::other_kernel_mib);
  return result;
}

std::string BenchTable(absl::Span<const BenchRow> rows) {
  std::string text =
      absl::StrFormat("%-9s %9s %12s %12s %14s\n%-9s %9s %12s %12s %14s\n", "",
                      "converged", "routers' CPU", "runtime CPU", "PSS MiB", "",
                      "wall s", "s", "s", "per node");
  for (const BenchRow& row : rows) {
    absl::StrAppendFormat(&text, "%s %s: %d nodes, %d links\n", row.topology,
                          row.image, row.nodes, row.links);
    if (!row.kernel.empty()) {
      text += Line("kernel", MedianOf(row.kernel), row.kernel.size());
    }
    if (!row.ours.empty()) {
      text += Line("ours", MedianOf(row.ours), row.ours.size());
    }
    if (!row.ours.empty()) {
      const Measurement ours = MedianOf(row.ours);
      const double routers = AfterStart(ours, ours);
      absl::StrAppendFormat(
          &text,
          "          after start-up: routers' CPU %.2f s, supervisor's %.2f s: "
          "%.0f%% of theirs, %.1f us for each of %.0f messages\n",
          routers, ours.runtime_converge_cpu_seconds,
          100 * Over(ours.runtime_converge_cpu_seconds, routers),
          1e6 * Over(ours.runtime_converge_cpu_seconds, ours.messages),
          ours.messages);
      const double switches = SwitchesAfterStart(ours, ours);
      absl::StrAppendFormat(
          &text,
          "          in the kernel %.2f s of the routers' CPU; their threads "
          "switched to %.1f times a message, %.1f an activation, the "
          "supervisor's %.1f and %.1f\n",
          SystemAfterStart(ours, ours), Over(switches, ours.messages),
          Over(switches, ours.activations),
          Over(ours.runtime_converge_switches, ours.messages),
          Over(ours.runtime_converge_switches, ours.activations));
      if (!row.kernel.empty()) {
        const Measurement kernel = MedianOf(row.kernel);
        absl::StrAppendFormat(
            &text,
            "          on the kernel's runtime: %.2f s, of which in the kernel "
            "%.2f s; switched to %.0f times, under us %.0f\n",
            AfterStart(kernel, ours), SystemAfterStart(kernel, ours),
            SwitchesAfterStart(kernel, ours), switches);
      }
    }
    if (!row.kernel.empty() && !row.ours.empty()) {
      Ratios ratios = RatiosOf(MedianOf(row.kernel), MedianOf(row.ours));
      absl::StrAppendFormat(
          &text,
          "  %-7s %8.2fx %11.2fx %11s %13.2fx   all CPU %.2fx, "
          "routers' CPU after start-up %.2fx\n",
          "ratio", ratios.wall, ratios.routers_cpu, "", ratios.pss,
          ratios.all_cpu, ratios.after_start);
    }
    for (const std::string& failure : row.failures) {
      absl::StrAppend(&text, "  FAILED ", failure, "\n");
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

std::string BenchJson(absl::Span<const BenchRow> rows) {
  Json all = Json::array();
  for (const BenchRow& row : rows) {
    Json json = {{"topology", row.topology},
                 {"image", row.image},
                 {"nodes", row.nodes},
                 {"links", row.links},
                 {"kernel", RunsJson(row.kernel)},
                 {"ours", RunsJson(row.ours)}};
    if (!row.against.empty()) json["against"] = RunsJson(row.against);
    if (!row.kernel.empty() && !row.ours.empty()) {
      Ratios ratios = RatiosOf(MedianOf(row.kernel), MedianOf(row.ours));
      json["kernel_over_ours"] = {
          {"converged_wall", ratios.wall},
          {"routers_cpu", ratios.routers_cpu},
          {"all_cpu", ratios.all_cpu},
          {"pss_per_node", ratios.pss},
          {"routers_cpu_after_start", ratios.after_start}};
    }
    json["failures"] = row.failures;
    all.push_back(std::move(json));
  }
  return all.dump(2) + "\n";
}

}  // namespace quiesce
