#include "supervisor/sched/placement.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

// How many of `count` nodes, `distance` apart, the fullest and the emptiest of
// the shards have.
std::pair<int, int> Spread(int first, int distance, int count, int shards) {
  std::vector<int> nodes(shards, 0);
  for (int i = 0; i < count; ++i) {
    ++nodes[PartOf(first + i * distance, shards)];
  }
  const auto [least, most] = std::minmax_element(nodes.begin(), nodes.end());
  return {*most, *least};
}

TEST(Placement, NeighboursAreDealtOut) {
  for (int shards = 1; shards <= 8; ++shards) {
    for (int group = 0; group < 100; ++group) {
      EXPECT_EQ(Spread(group * shards, 1, shards, shards), std::pair(1, 1));
    }
  }
}

// Of the k=12 fat tree: 6 edge and 6 aggregation switches in each of 12 pods.
TEST(Placement, OneOfEachPodIsSpread) {
  for (int first = 0; first < 12; ++first) {
    const auto [most, least] = Spread(first, 12, 12, 2);
    EXPECT_LE(most, 9) << first;
    EXPECT_GE(least, 3) << first;
  }
}

TEST(Placement, RowsAtAnyDistanceAreSpread) {
  for (int shards : {2, 3, 4}) {
    for (int distance = 1; distance <= 40; ++distance) {
      const auto [most, least] = Spread(5, distance, 240, shards);
      EXPECT_LE(most, 240 / shards * 3 / 2) << distance << " of " << shards;
      EXPECT_GE(least, 240 / shards / 2) << distance << " of " << shards;
    }
  }
}

TEST(Placement, EveryShardOfEveryEmulatorHasItsShare) {
  int nodes[2][3] = {};
  for (int node = 0; node < 60; ++node) {
    ++nodes[EmulatorOf(node, 2)][ShardOf(node, 2, 3)];
  }
  for (const auto& emulator : nodes) {
    for (const int shard : emulator) EXPECT_EQ(shard, 10);
  }
}

}  // namespace
}  // namespace quiesce
