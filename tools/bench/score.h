// What NetEmos rates emulators by, as far as its figures tell: how many nodes a
// GiB holds, and how many come up and converge in a second. Its own formula for
// the weight of CPU use was not at hand; ours is written down here.
#ifndef QUIESCE_TOOLS_BENCH_SCORE_H_
#define QUIESCE_TOOLS_BENCH_SCORE_H_

#include "tools/bench/measurement.h"

namespace quiesce {

// Nodes per GiB of the mean of highest and average memory over a run.
double SpatialScore(double nodes, double peak_mib, double mean_mib);

// The share of all cores that routers and runtime kept busy until convergence;
// 1 where both of two were.
double CpuUse(const Measurement& run, int cores);

// Nodes per second of establishment and convergence together, a second counting
// as much as it had of the machine's cores: nodes * cores / CPU seconds. So a
// runtime that waits for timers is not charged for that; nodes / wall seconds,
// which the table has too, charges it.
double TemporalScore(double nodes, const Measurement& run, int cores);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_SCORE_H_
