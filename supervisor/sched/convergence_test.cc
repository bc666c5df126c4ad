#include "supervisor/sched/convergence.h"

#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

using Verdict = Convergence::Verdict;

int PeriodAfter(const std::vector<uint64_t>& circle, int rounds) {
  Repetition repetition;
  for (int i = 0; i < rounds; ++i) repetition.Add(circle[i % circle.size()]);
  return repetition.period();
}

TEST(Repetition, FindsTheShortestCircle) {
  EXPECT_EQ(PeriodAfter({7}, 40), 1);
  EXPECT_EQ(PeriodAfter({1, 2}, 40), 2);
  EXPECT_EQ(PeriodAfter({1, 1, 2}, 40), 3);
  std::vector<uint64_t> longest;
  for (int i = 0; i < Repetition::kLongest; ++i) longest.push_back(100 + i);
  EXPECT_EQ(PeriodAfter(longest, 4 * Repetition::kLongest),
            Repetition::kLongest);
}

TEST(Repetition, AFewEqualRoundsAreNoCircle) {
  EXPECT_EQ(PeriodAfter({7}, Repetition::kRounds), 0);
  EXPECT_EQ(PeriodAfter({1, 2}, Repetition::kRounds + 1), 0);
  std::vector<uint64_t> circle;
  for (int i = 0; i < 50; ++i) circle.push_back(i);
  EXPECT_EQ(PeriodAfter(circle, 199), 0);
  EXPECT_EQ(PeriodAfter(circle, 200), 50);
}

TEST(Repetition, EndsWithTheFirstRoundThatIsNew) {
  Repetition repetition;
  for (int i = 0; i < 100; ++i) repetition.Add(i % 2);
  EXPECT_EQ(repetition.period(), 2);
  repetition.Add(17);
  EXPECT_EQ(repetition.period(), 0);
}

TEST(Repetition, DoesNotSeeOneWhereThereIsNone) {
  Repetition repetition;
  uint64_t x = 1;
  for (int i = 0; i < 10000; ++i) {
    x = x * 6364136223846793005 + 1442695040888963407;
    repetition.Add(x >> 62);  // four kinds of rounds, in no order
    ASSERT_EQ(repetition.period(), 0) << i;
  }
}

TEST(Convergence, SettlesAQuietWindowAfterTheLastChange) {
  Convergence c({.quiet = 60 * kSecond}, 5);
  EXPECT_EQ(c.settles(), 5 + 60 * kSecond);
  c.Changed(100);
  EXPECT_EQ(c.settles(), 100 + 60 * kSecond);
}

TEST(Convergence, AfterAnEventSessionsHaveTimeToEnd) {
  Convergence c({.quiet = 60 * kSecond}, 0);
  c.Disturbed(kSecond, 180 * kSecond);
  EXPECT_GT(c.settles(), 181 * kSecond);
  // Or to be tried again.
  Convergence short_hold({.quiet = 60 * kSecond}, 0);
  short_hold.Disturbed(kSecond, 9 * kSecond);
  EXPECT_GT(short_hold.settles(), 121 * kSecond);
  Convergence patient({.quiet = 600 * kSecond}, 0);
  patient.Disturbed(kSecond, 180 * kSecond);
  EXPECT_EQ(patient.settles(), 601 * kSecond);
}

TEST(Convergence, BreaksTheStepOnceAndThenGivesUp) {
  Convergence c({.jitter_rounds = 200, .jitter_times = 1}, 0);
  int rounds = 0;
  while (c.AfterRound(1 + rounds % 2, 0, true) == Verdict::kGoOn) {
    c.NewInstant();
    ASSERT_LT(++rounds, 100);
  }
  EXPECT_EQ(c.period(), 2);
  EXPECT_TRUE(c.reason().empty());
  rounds = 0;
  Verdict verdict;
  while ((verdict = c.AfterRound(1, 0, false)) == Verdict::kGoOn) {
    c.NewInstant();
    ASSERT_LT(++rounds, 300);
  }
  EXPECT_EQ(verdict, Verdict::kGiveUp);
  EXPECT_EQ(rounds, 200);
  EXPECT_NE(c.reason().find("circles"), std::string::npos) << c.reason();
}

TEST(Convergence, RoundsWithoutNewsSayNothing) {
  Convergence c({.rounds_at_once = 1000}, 0);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(c.AfterRound(0, 0, true), Verdict::kGoOn);
  }
  EXPECT_EQ(c.AfterRound(0, 0, true), Verdict::kGiveUp);
  EXPECT_EQ(c.reason(), "still changing after 1001 rounds at one instant");
}

TEST(Convergence, ChanceRepeatsNothing) {
  Convergence c({}, 0);
  for (int i = 0; i < 1000; ++i) {
    c.NewInstant();
    ASSERT_EQ(c.AfterRound(1, 0, false), Verdict::kGoOn);
  }
}

TEST(Convergence, ABoundOnMessages) {
  Convergence c({.messages = 10}, 0);
  EXPECT_EQ(c.AfterRound(1, 10, true), Verdict::kGoOn);
  EXPECT_EQ(c.AfterRound(1, 11, true), Verdict::kGiveUp);
}

}  // namespace
}  // namespace quiesce
