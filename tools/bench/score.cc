#include "tools/bench/score.h"

namespace quiesce {

double SpatialScore(double nodes, double peak_mib, double mean_mib) {
  const double gib = (peak_mib + mean_mib) / 2 / 1024;
  return gib > 0 ? nodes / gib : 0;
}

double CpuUse(const Measurement& run, int cores) {
  const double had = run.converged_seconds * cores;
  if (had <= 0) return 0;
  return (run.routers_cpu_seconds + run.runtime_cpu_seconds) / had;
}

double TemporalScore(double nodes, const Measurement& run, int cores) {
  const double seconds = run.converged_seconds * CpuUse(run, cores);
  return seconds > 0 ? nodes / seconds : 0;
}

}  // namespace quiesce
