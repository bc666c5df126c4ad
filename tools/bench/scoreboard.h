// What the benchmark has found, for people and for programs: a summary with a
// line for each network and runtime, a table for each network with the runtimes
// beside each other, and JSON with all of that and every run.
#ifndef QUIESCE_TOOLS_BENCH_SCOREBOARD_H_
#define QUIESCE_TOOLS_BENCH_SCOREBOARD_H_

#include <string>

#include "absl/types/span.h"
#include "tools/bench/bench_row.h"

namespace quiesce {

// Medians of the runs; ratios are kernel : ours. `cores` of the machine.
std::string SummaryTable(absl::Span<const BenchRow> rows, int cores);
std::string DetailTables(absl::Span<const BenchRow> rows, int cores);

// Where a node's start and memory go under the supervisor: a table, of the
// first run of each row.
std::string CostTable(absl::Span<const BenchRow> rows);

std::string BenchJson(absl::Span<const BenchRow> rows, int cores);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_SCOREBOARD_H_
