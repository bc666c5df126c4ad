#include "supervisor/report/transients.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr DispositionSet kFine = kAccepted;

// Of two nodes: how packets from a to b fare, and from b to a.
ReachabilityReport Report(DispositionSet there, DispositionSet back) {
  ReachabilityReport report;
  report.originators = {"a", "b"};
  for (const auto& [source, fate] : {std::make_pair(0u, there), {1u, back}}) {
    PairResult pair;
    pair.source = source;
    pair.destination = 1 - source;
    pair.fate = fate;
    pair.prefixes = 1;
    pair.reached = (fate & ~kDelivered) == 0;
    report.pairs.push_back(pair);
    for (int bit = 0; bit < kDispositionBits; ++bit) {
      if (!(fate & ~kDelivered & (1 << bit))) continue;
      ReachabilityFailure failure;
      failure.source = source;
      failure.destination = 1 - source;
      failure.disposition = static_cast<Disposition>(1 << bit);
      failure.network = *IpPrefix::Parse("10.0.0.0/24");
      failure.witness = {"a", "c", "a"};
      report.failures.push_back(failure);
    }
  }
  return report;
}

TEST(Transients, WhoWasNeverReachedIsNotLost) {
  Transients transients;
  transients.Update(Report(kNoRoute, kNoRoute), {0, 1, 0});
  transients.Update(Report(kFine, kFine), {kSecond, 2, 0});
  EXPECT_TRUE(transients.Take().empty());
}

TEST(Transients, ABlackHoleHasABeginningAndAnEnd) {
  Transients transients;
  transients.Update(Report(kFine, kFine), {0, 1, 0});
  transients.Update(Report(kFine, kNoRoute), {5 * kSecond, 7, 2});
  transients.Update(Report(kFine, kNoRoute), {6 * kSecond, 8, 2});
  transients.Update(Report(kFine, kFine), {8 * kSecond, 11, 3});
  const auto all = transients.Take();
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].source(), "b");
  EXPECT_EQ(all[0].destination(), "a");
  EXPECT_EQ(all[0].disposition(), "NO_ROUTE");
  EXPECT_EQ(all[0].network(), "10.0.0.0/24");
  EXPECT_EQ(all[0].from_seconds(), 5);
  EXPECT_EQ(all[0].from_round(), 7);
  EXPECT_EQ(all[0].until_seconds(), 8);
  EXPECT_EQ(all[0].until_round(), 11);
  EXPECT_EQ(all[0].event(), 2);
}

TEST(Transients, ALoopIsOneEvenBeforeAnythingWasReached) {
  Transients transients;
  transients.Update(Report(kLoop, kNoRoute), {kSecond, 3, 0});
  transients.Update(Report(kFine, kFine), {kSecond, 4, 0});
  const auto all = transients.Take();
  ASSERT_EQ(all.size(), 1);
  EXPECT_EQ(all[0].disposition(), "LOOP");
  EXPECT_EQ(all[0].witness_size(), 3);
  EXPECT_EQ(all[0].until_round(), 4);
}

// One branch of several is enough, and what lasts has no end.
TEST(Transients, WhatLastsHasNoEnd) {
  Transients transients;
  transients.Update(Report(kFine, kFine), {0, 1, 0});
  transients.Update(Report(kFine | kLoop | kNullRouted, kFine), {9, 5, 1});
  transients.Update(Report(kFine | kNullRouted, kFine), {9, 6, 1});
  const auto all = transients.Take();
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].disposition(), "LOOP");
  EXPECT_TRUE(all[0].has_until_round());
  EXPECT_EQ(all[1].disposition(), "NULL_ROUTED");
  EXPECT_FALSE(all[1].has_until_round());
}

}  // namespace
}  // namespace quiesce
