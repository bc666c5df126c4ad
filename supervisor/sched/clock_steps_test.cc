#include "supervisor/sched/clock_steps.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

TEST(ClockSteps, AreLogged) {
  ClockSteps steps;
  EXPECT_FALSE(steps.Holds(7));
  EXPECT_EQ(steps.Make(7, 100), 100);
  EXPECT_EQ(steps.Make(7, 200), 200);
  EXPECT_EQ(steps.Take(), (std::vector<ClockStep>{{7, 100}, {7, 200}}));
  EXPECT_TRUE(steps.Take().empty());
}

TEST(ClockSteps, FollowAScript) {
  ClockSteps steps;
  steps.Follow({{7, 1}, {7, 2}, {9, 4}});
  EXPECT_FALSE(steps.Holds(6));
  EXPECT_EQ(steps.Make(6, 100), 0);  // slower than when it was recorded
  EXPECT_TRUE(steps.Holds(7));
  EXPECT_EQ(steps.Make(7, 100), 1);
  EXPECT_EQ(steps.Make(7, 100), 2);
  EXPECT_FALSE(steps.Holds(7));
  EXPECT_EQ(steps.Make(9, 100), 4);
  EXPECT_FALSE(steps.Holds(9));
  EXPECT_EQ(steps.Make(9, 100), 100);  // more than were recorded
  EXPECT_EQ(steps.Take(),
            (std::vector<ClockStep>{{7, 1}, {7, 2}, {9, 4}, {9, 100}}));
}

}  // namespace
}  // namespace quiesce
