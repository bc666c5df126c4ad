#include "supervisor/sched/rest_bound.h"

#include <unistd.h>

#include "gtest/gtest.h"
#include "supervisor/sched/spinner_testing.h"

namespace quiesce {
namespace {

TEST(RestBound, IsPassedByCpuTimeOnly) {
  Spinner spinner;
  RestBound bound(20 * kMillisecond);
  bound.Update({getpid(), spinner.pid()});
  EXPECT_FALSE(bound.Passed());
  spinner.UseCpu(25 * kMillisecond);
  bound.Update({getpid(), spinner.pid()});
  EXPECT_TRUE(bound.Passed());
}

TEST(RestBound, StepsGrowAndComeInTurn) {
  Spinner spinner;
  RestBound bound(200 * kMillisecond);
  bound.Update({spinner.pid()});
  EXPECT_EQ(bound.ClockStep(), 0);
  Nanos last = 0;
  for (int i = 0; i < 4; ++i) {
    spinner.UseCpu(12 * kMillisecond);
    bound.Update({spinner.pid()});
    const Nanos step = bound.ClockStep();
    EXPECT_GT(step, last);
    EXPECT_EQ(bound.ClockStep(), 0) << "two steps at once";
    last = step;
  }
}

TEST(RestBound, NoBoundNoSteps) {
  Spinner spinner;
  RestBound bound(0);
  bound.Update({spinner.pid()});
  spinner.UseCpu(20 * kMillisecond);
  bound.Update({spinner.pid()});
  EXPECT_EQ(bound.ClockStep(), 0);
  EXPECT_FALSE(bound.Passed());
}

}  // namespace
}  // namespace quiesce
