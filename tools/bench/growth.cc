#include "tools/bench/growth.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/bench/markdown.h"

namespace quiesce {
namespace {

double Paths(const BenchRow& row) {
  return row.ours.empty() ? row.kernel.empty() ? 0 : row.kernel[0].rib_paths
                          : row.ours[0].rib_paths;
}

const NetworkSize kSizes[] = {
    {"nodes", [](const BenchRow& row) -> double { return row.nodes; }},
    {"links", [](const BenchRow& row) -> double { return row.links; }},
    {"paths", Paths},
    {"nodes + links + paths",
     [](const BenchRow& row) -> double {
       return row.nodes + row.links + Paths(row);
     }},
};

const Cost kCosts[] = {
    {"wall", "wall s",
     [](const Measurement& run) { return run.converged_seconds; }},
    {"routers_cpu", "routers' CPU s",
     [](const Measurement& run) { return run.routers_cpu_seconds; }},
    {"runtime_cpu", "runtime's CPU s",
     [](const Measurement& run) { return run.runtime_cpu_seconds; }},
    {"memory", "memory MiB, peak",
     [](const Measurement& run) { return run.memory_peak_mib; }},
    {"kernel_memory", "kernel memory MiB, peak",
     [](const Measurement& run) { return run.kernel_memory_peak_mib; }},
};

}  // namespace

std::optional<PowerLaw> FitPowerLaw(
    absl::Span<const std::pair<double, double>> points) {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (const auto& [x, y] : points) {
    if (x <= 0 || y <= 0) return {};
    const double lx = std::log(x), ly = std::log(y);
    n += 1;
    sx += lx;
    sy += ly;
    sxx += lx * lx;
    sxy += lx * ly;
  }
  const double spread = n * sxx - sx * sx;
  if (n < 2 || spread < 1e-9) return {};
  PowerLaw law;
  law.exponent = (n * sxy - sx * sy) / spread;
  law.factor = std::exp((sy - law.exponent * sx) / n);
  return law;
}

absl::Span<const NetworkSize> NetworkSizes() { return kSizes; }
absl::Span<const Cost> Costs() { return kCosts; }

std::vector<std::pair<double, double>> GrowthPoints(
    absl::Span<const BenchRow> rows, const std::string& image, Runtime runtime,
    const NetworkSize& size, const Cost& cost) {
  std::vector<std::pair<double, double>> points;
  for (const BenchRow& row : rows) {
    const std::vector<Measurement>& runs = RunsOf(row, runtime);
    if (row.image != image || runs.empty()) continue;
    points.emplace_back(size.of(row), cost.of(MedianOf(runs)));
  }
  return points;
}

std::vector<std::string> ImagesOf(absl::Span<const BenchRow> rows) {
  std::vector<std::string> images;
  for (const BenchRow& row : rows) {
    if (std::find(images.begin(), images.end(), row.image) == images.end()) {
      images.push_back(row.image);
    }
  }
  return images;
}

std::string GrowthTable(absl::Span<const BenchRow> rows) {
  std::vector<std::vector<std::string>> table = {
      {"grows with", "image", "runtime"}};
  for (const NetworkSize& size : kSizes) table[0].push_back(size.name);
  for (const std::string& image : ImagesOf(rows)) {
    for (Runtime runtime :
         {Runtime::kKernel, Runtime::kOurs, Runtime::kAgainst}) {
      for (const Cost& cost : kCosts) {
        std::vector<std::string> line = {cost.label, image, NameOf(runtime)};
        bool any = false;
        for (const NetworkSize& size : kSizes) {
          const auto law =
              FitPowerLaw(GrowthPoints(rows, image, runtime, size, cost));
          any = any || law.has_value();
          line.push_back(
              law.has_value() ? absl::StrFormat("%.2f", law->exponent) : "-");
        }
        if (any) table.push_back(std::move(line));
      }
    }
  }
  return MarkdownTable(table);
}

}  // namespace quiesce
