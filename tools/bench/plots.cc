#include "tools/bench/plots.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/bench/chart.h"
#include "tools/bench/growth.h"
#include "tools/bench/metrics.h"

namespace quiesce {
namespace {

constexpr Runtime kRuntimes[] = {Runtime::kKernel, Runtime::kOurs,
                                 Runtime::kAgainst};

Chart MemoryChart(const BenchRow& row) {
  Chart chart{absl::StrCat("Memory, ", row.Title()), "s on the wall",
              "MiB a node, without mapped files"};
  for (Runtime runtime : kRuntimes) {
    if (RunsOf(row, runtime).empty()) continue;
    ChartLine user{NameOf(runtime)};
    ChartLine kernel{absl::StrCat(NameOf(runtime), ": kernel memory")};
    kernel.dashed = true;
    for (const MemorySample& sample :
         RunsOf(row, runtime)[0].samples_of_memory) {
      user.points.emplace_back(sample.seconds,
                               sample.memory.user_mib / row.nodes);
      kernel.points.emplace_back(sample.seconds,
                                 sample.memory.kernel_mib / row.nodes);
    }
    if (user.points.empty()) continue;
    chart.lines.push_back(std::move(user));
    chart.lines.push_back(std::move(kernel));
  }
  return chart;
}

Chart Growth(absl::Span<const BenchRow> rows, const std::string& image,
             const Cost& cost) {
  const NetworkSize& size = NetworkSizes().back();
  Chart chart{absl::StrCat(cost.label, ", ", image), size.name, cost.label,
              /*logarithmic=*/true};
  for (Runtime runtime : kRuntimes) {
    auto points = GrowthPoints(rows, image, runtime, size, cost);
    std::sort(points.begin(), points.end());
    const auto law = FitPowerLaw(points);
    if (!law.has_value()) continue;
    ChartLine fitted{absl::StrFormat("x to the power of %.2f", law->exponent)};
    fitted.dashed = true;
    for (double x : {points.front().first, points.back().first}) {
      fitted.points.emplace_back(x, law->factor * std::pow(x, law->exponent));
    }
    chart.lines.push_back({NameOf(runtime), std::move(points)});
    chart.lines.push_back(std::move(fitted));
  }
  return chart;
}

}  // namespace

std::string FileName(std::string text) {
  for (char& c : text) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-') c = '_';
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> PlotsOf(
    absl::Span<const BenchRow> rows) {
  std::vector<std::pair<std::string, std::string>> plots;
  for (const BenchRow& row : rows) {
    const Chart chart = MemoryChart(row);
    if (chart.lines.empty()) continue;
    plots.emplace_back(FileName(absl::StrCat("memory-", row.Title(), ".svg")),
                       SvgOf(chart));
  }
  for (const std::string& image : ImagesOf(rows)) {
    for (const Cost& cost : Costs()) {
      const Chart chart = Growth(rows, image, cost);
      if (chart.lines.empty()) continue;
      plots.emplace_back(
          FileName(absl::StrCat("growth-", cost.key, "-", image, ".svg")),
          SvgOf(chart));
    }
  }
  return plots;
}

}  // namespace quiesce
