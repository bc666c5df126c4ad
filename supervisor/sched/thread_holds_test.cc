#include "supervisor/sched/thread_holds.h"

#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

std::vector<Nanos> Draw(uint64_t seed) {
  ThreadHolds holds(seed);
  std::vector<Nanos> drawn;
  for (int i = 0; i < 2000; ++i) drawn.push_back(holds.Next());
  return drawn;
}

TEST(ThreadHolds, WithoutASeedNobodyIsHeld) {
  for (const Nanos hold : Draw(0)) EXPECT_EQ(hold, 0);
}

TEST(ThreadHolds, SomeAreHeldForAWhile) {
  int held = 0;
  for (const Nanos hold : Draw(1)) {
    if (hold == 0) continue;
    ++held;
    EXPECT_GE(hold, kMillisecond);
    EXPECT_LE(hold, 40 * kMillisecond);
  }
  EXPECT_GT(held, 40);
  EXPECT_LT(held, 160);
}

TEST(ThreadHolds, TheSeedDecides) {
  EXPECT_EQ(Draw(7), Draw(7));
  EXPECT_NE(Draw(7), Draw(8));
}

}  // namespace
}  // namespace quiesce
