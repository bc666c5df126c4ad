#include "tools/bench/measurement.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

using Json = nlohmann::ordered_json;

constexpr MeasuredNumber kNumbers[] = {
    {"converged_seconds", &Measurement::converged_seconds},
    {"routers_cpu_seconds", &Measurement::routers_cpu_seconds},
    {"runtime_cpu_seconds", &Measurement::runtime_cpu_seconds},
    {"pss_mib_per_node", &Measurement::pss_mib_per_node},
    {"runtime_pss_mib", &Measurement::runtime_pss_mib},
    {"file_pss_mib", &Measurement::file_pss_mib},
    {"routers_system_seconds", &Measurement::routers_system_seconds},
    {"routers_switches", &Measurement::routers_switches},
    {"rib_paths", &Measurement::rib_paths},
    {"memory_peak_mib", &Measurement::memory_peak_mib},
    {"memory_mean_mib", &Measurement::memory_mean_mib},
    {"memory_whole_run_peak_mib", &Measurement::memory_whole_run_peak_mib},
    {"kernel_memory_peak_mib", &Measurement::kernel_memory_peak_mib},
    {"kernel_memory_mean_mib", &Measurement::kernel_memory_mean_mib},
    {"samples", &Measurement::samples},
    {"sampling_cpu_seconds", &Measurement::sampling_cpu_seconds},
    {"cache_misses", &Measurement::cache_misses},
    {"routers_start_cpu_seconds", &Measurement::routers_start_cpu_seconds},
    {"routers_start_system_seconds",
     &Measurement::routers_start_system_seconds},
    {"routers_start_switches", &Measurement::routers_start_switches},
    {"runtime_converge_cpu_seconds",
     &Measurement::runtime_converge_cpu_seconds},
    {"runtime_converge_switches", &Measurement::runtime_converge_switches},
    {"activations", &Measurement::activations},
    {"messages", &Measurement::messages},
    {"descriptors", &Measurement::descriptors},
    {"estimated_descriptors", &Measurement::estimated_descriptors},
    {"estimated_memory_mib", &Measurement::estimated_memory_mib},
    {"used_memory_mib", &Measurement::used_memory_mib},
    {"slab_mib", &Measurement::slab_mib},
    {"page_tables_mib", &Measurement::page_tables_mib},
    {"other_kernel_mib", &Measurement::other_kernel_mib},
};

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
  result.file_pss_mib = Number(json.at("pss_kib").at("file")) / 1024;
  result.rib_paths = Number(json.at("rib_paths"));
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
  result.file_pss_mib = Number(json.at("filePssKib")) / 1024;
  const Json& kernel = json.at("kernelMemory");
  result.slab_mib = Number(kernel.at("slabKib")) / 1024;
  result.page_tables_mib = Number(kernel.at("pageTablesKib")) / 1024;
  result.other_kernel_mib =
      (Number(kernel.at("stacksKib")) + Number(kernel.at("percpuKib"))) / 1024;
  for (const Json& resource : json.at("resources")) {
    if (resource.at("name") == "descriptors") {
      result.descriptors = Number(resource.at("used"));
      result.estimated_descriptors = Number(resource.at("estimated"));
    }
    if (resource.at("name") == "memory_kib") {
      result.used_memory_mib = Number(resource.at("used")) / 1024;
      result.estimated_memory_mib = Number(resource.at("estimated")) / 1024;
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

}  // namespace

absl::Span<const MeasuredNumber> MeasuredNumbers() { return kNumbers; }

absl::StatusOr<Measurement> ParseKernelTiming(absl::string_view json) {
  return Read([&] { return FromKernel(Parsed(json)); });
}

absl::StatusOr<Measurement> ParseSupervisorTiming(absl::string_view timing,
                                                  absl::string_view summary) {
  return Read([&] {
    Measurement result = FromSupervisor(Parsed(timing));
    const Json report = Parsed(summary);
    result.messages = Number(report.at("messages"));
    result.rib_paths = Number(report.at("ribPaths"));
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
  for (const MeasuredNumber& number : kNumbers) {
    result.*number.member = Median(
        runs, [&](const Measurement& run) { return run.*number.member; });
  }
  result.samples_of_memory = runs[0].samples_of_memory;
  result.programs = runs[0].programs;
  return result;
}

void AddMemory(const MemorySamples& sampled, bool with_files,
               Measurement* run) {
  const double files = with_files ? 0 : run->file_pss_mib;
  const MemoryOverTime memory =
      OverTime(sampled.samples, run->converged_seconds);
  run->memory_peak_mib = memory.peak.user_mib + files;
  run->memory_mean_mib = memory.mean.user_mib + files;
  run->kernel_memory_peak_mib = memory.peak.kernel_mib;
  run->kernel_memory_mean_mib = memory.mean.kernel_mib;
  for (const MemorySample& sample : sampled.samples) {
    run->memory_whole_run_peak_mib = std::max(run->memory_whole_run_peak_mib,
                                              sample.memory.user_mib + files);
  }
  run->samples = sampled.samples.size();
  run->sampling_cpu_seconds = sampled.cpu_seconds;
  run->samples_of_memory = sampled.samples;
}

}  // namespace quiesce
