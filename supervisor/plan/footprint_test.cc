#include "supervisor/plan/footprint.h"

#include "gtest/gtest.h"
#include "topo/spec.h"

namespace quiesce {
namespace {

Topology Parsed(const std::string& spec) {
  absl::StatusOr<Topology> topology = ParseTopologySpec(spec, "x");
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

std::map<std::string, proto::Image> Images(const proto::Footprint& footprint) {
  proto::Image image;
  image.add_process();
  image.add_process();
  *image.mutable_footprint() = footprint;
  return {{"x", image}};
}

TEST(Footprint, GrowsByWhatItsImageSays) {
  // Six nodes with two sessions each and one prefix.
  const Topology ring = Parsed("ring:6");
  ASSERT_EQ(ring.SessionEnds(), 12);
  const NetworkFootprint none = EstimateFootprint(ring, Images({}), 1, 0);
  proto::Footprint per;
  per.set_sockets(5);
  per.set_sockets_per_session(2);
  per.set_tasks(7);
  per.set_memory_kib(1000);
  per.set_memory_kib_per_session(100);
  per.set_memory_kib_per_path(1);
  per.set_memory_kib_per_prefix(3);
  const NetworkFootprint all = EstimateFootprint(ring, Images(per), 1, 0);
  EXPECT_EQ(all.descriptors - none.descriptors, 6 * 5 + 12 * 2);
  EXPECT_EQ(all.tasks - none.tasks, 6 * (7 - 2));
  EXPECT_NEAR(all.memory_kib - none.memory_kib,
              6 * 1000 + 12 * 100 + 12 * 6 * 1 + 6 * 6 * 3, 1);
}

TEST(Footprint, WithoutFiguresCountsWhatIsKeptForEachProcess) {
  const auto images = Images({});
  const NetworkFootprint small =
      EstimateFootprint(Parsed("ring:10"), images, 1, 0);
  const NetworkFootprint large =
      EstimateFootprint(Parsed("ring:30"), images, 1, 0);
  EXPECT_GE(large.descriptors - small.descriptors, 20 * 2 * 2);
  EXPECT_EQ(large.tasks - small.tasks, 20 * (1 + 2));
}

TEST(Footprint, CopiesShareWhereThereAreEnough) {
  proto::Footprint per;
  per.set_memory_kib(1000);
  per.set_memory_kib_shared(400);
  const auto memory = [&](int copied_from, int emulators) {
    return EstimateFootprint(Parsed("ring:10"), Images(per), emulators,
                             copied_from)
        .memory_kib;
  };
  EXPECT_EQ(memory(0, 1) - memory(10, 1), 10 * 400);
  EXPECT_EQ(memory(11, 1), memory(0, 1));
  EXPECT_EQ(memory(10, 2), memory(0, 2));
}

TEST(Footprint, SeveralEmulatorsShareTheDescriptors) {
  const Topology ring = Parsed("ring:31");
  proto::Footprint per;
  per.set_sockets(10);
  const auto one = EstimateFootprint(ring, Images(per), 1, 0);
  const auto two = EstimateFootprint(ring, Images(per), 2, 0);
  // The larger half: 16 nodes.
  EXPECT_EQ(one.descriptors - two.descriptors, 15 * (6 + 2 * 2 + 10));
  EXPECT_GT(two.tasks, one.tasks);
}

}  // namespace
}  // namespace quiesce
