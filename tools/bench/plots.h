// The benchmark's charts, from what was measured.
#ifndef QUIESCE_TOOLS_BENCH_PLOTS_H_
#define QUIESCE_TOOLS_BENCH_PLOTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "tools/bench/bench_row.h"

namespace quiesce {

// Names of files, without directory, and what they hold: for each network
// memory over time, and for each image with networks of several sizes each cost
// over their size, with what was fitted.
std::vector<std::pair<std::string, std::string>> PlotsOf(
    absl::Span<const BenchRow> rows);

// `text` with nothing in it that a file's name should not hold.
std::string FileName(std::string text);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_PLOTS_H_
