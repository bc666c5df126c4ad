#include "tools/bench/score.h"

#include <gtest/gtest.h>

namespace quiesce {
namespace {

TEST(Score, NodesInAGibOfPeakAndMean) {
  EXPECT_EQ(SpatialScore(100, 1536, 512), 100);
  EXPECT_EQ(SpatialScore(100, 512, 512), 200);
  EXPECT_EQ(SpatialScore(100, 0, 0), 0);
}

TEST(Score, NodesInASecondOfTheWholeMachine) {
  Measurement run;
  run.converged_seconds = 10;
  run.routers_cpu_seconds = 15;
  run.runtime_cpu_seconds = 5;
  EXPECT_EQ(CpuUse(run, 2), 1);
  EXPECT_EQ(TemporalScore(100, run, 2), 10);
  // It waited half of the time.
  run.converged_seconds = 20;
  EXPECT_EQ(CpuUse(run, 2), 0.5);
  EXPECT_EQ(TemporalScore(100, run, 2), 10);
  EXPECT_EQ(TemporalScore(100, Measurement(), 2), 0);
}

}  // namespace
}  // namespace quiesce
