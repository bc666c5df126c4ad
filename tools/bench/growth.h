// How cost grows with a network: exponents fitted to measurements of several
// sizes.
#ifndef QUIESCE_TOOLS_BENCH_GROWTH_H_
#define QUIESCE_TOOLS_BENCH_GROWTH_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/metrics.h"

namespace quiesce {

// y = factor * x^exponent, by least squares of the logarithms.
struct PowerLaw {
  double factor = 0;
  double exponent = 0;
};

// Of points whose numbers are positive, of at least two different x; nothing
// otherwise.
std::optional<PowerLaw> FitPowerLaw(
    absl::Span<const std::pair<double, double>> points);

// What cost is held against.
struct NetworkSize {
  const char* name;
  double (*of)(const BenchRow& row);
};
absl::Span<const NetworkSize> NetworkSizes();

// Cost in whole (not of one node) that is expected to be linear.
struct Cost {
  const char* key;
  const char* label;
  double (*of)(const Measurement& run);
};
absl::Span<const Cost> Costs();

// The points of one image and runtime, medians, in the order of the rows.
std::vector<std::pair<double, double>> GrowthPoints(
    absl::Span<const BenchRow> rows, const std::string& image, Runtime runtime,
    const NetworkSize& size, const Cost& cost);

// The images of the rows, each once.
std::vector<std::string> ImagesOf(absl::Span<const BenchRow> rows);

// A table of exponents for each image and runtime, over all rows.
std::string GrowthTable(absl::Span<const BenchRow> rows);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_GROWTH_H_
