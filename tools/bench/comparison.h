// One network with two sets of the supervisor's flags: what the second makes of
// the time from start-up to convergence.
#ifndef QUIESCE_TOOLS_BENCH_COMPARISON_H_
#define QUIESCE_TOOLS_BENCH_COMPARISON_H_

#include <string>

#include "tools/bench/measurement.h"

namespace quiesce {

// A line for the table: wall, routers' and supervisor's CPU time with `flags`
// beside those without, as ratio and as difference.
std::string ComparisonLine(const std::string& flags, const Measurement& without,
                           const Measurement& with);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_COMPARISON_H_
