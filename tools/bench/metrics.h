// The figures by which runtimes are compared: one table from which the columns
// of every report follow.
#ifndef QUIESCE_TOOLS_BENCH_METRICS_H_
#define QUIESCE_TOOLS_BENCH_METRICS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tools/bench/bench_row.h"

namespace quiesce {

// Who ran: the first two are compared.
enum class Runtime { kKernel, kOurs, kAgainst };
const char* NameOf(Runtime runtime);
// Its runs; may be none.
const std::vector<Measurement>& RunsOf(const BenchRow& row, Runtime runtime);

// What a figure is made of.
struct MetricInput {
  const BenchRow& row;
  Runtime runtime;
  const Measurement& run;
  int cores;
};

struct Metric {
  const char* key;    // in JSON
  const char* label;  // in tables, with the unit
  // What a ratio of two runtimes says: nothing, or how many times less, or
  // more, ours has.
  enum Better { kNeither, kLess, kMore } better;
  // Empty where the runtime has no such thing.
  std::optional<double> (*get)(const MetricInput& input);
};

absl::Span<const Metric> Metrics();
// The one of that key; it must exist.
const Metric& MetricOf(absl::string_view key);

// How many times better ours is; 0 where it cannot be told.
double Advantage(const Metric& metric, double kernel, double ours);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_METRICS_H_
