#include "tools/kernel_runtime/event_schedule.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "topo/build.h"

namespace quiesce {
namespace {

Topology Build(const std::string& events) {
  proto::Topology words;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "node { name: 'a' } node { name: 'b' } " + events, &words));
  BuildOptions options;
  options.default_image = "none";
  auto topology = BuildTopology(words, options);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

constexpr char kEvents[] =
    "event { at_seconds: 2.5 node_stop: 'a' }"
    "event { at_seconds: 1 node_start: 'b' }"
    "event { at_convergence: 2 node_start: 'a' }";

TEST(EventSchedule, HandsTimedEventsOutInTheOrderOfTime) {
  EventSchedule schedule(Build(kEvents));
  EXPECT_TRUE(schedule.TakeDue(absl::Milliseconds(999)).empty());
  const auto first = schedule.TakeDue(absl::Seconds(1));
  ASSERT_EQ(first.size(), 1);
  EXPECT_EQ(first[0].node_start(), "b");
  EXPECT_TRUE(schedule.more_to_come());
  const auto second = schedule.TakeDue(absl::Seconds(9));
  ASSERT_EQ(second.size(), 1);
  EXPECT_EQ(second[0].node_stop(), "a");
  EXPECT_FALSE(schedule.more_to_come());
  EXPECT_TRUE(schedule.TakeDue(absl::Seconds(10)).empty());
}

TEST(EventSchedule, KnowsWhatAConvergenceBrings) {
  const Topology topology = Build(kEvents);
  EventSchedule schedule(topology);
  EXPECT_TRUE(schedule.AtConvergence(1).empty());
  ASSERT_EQ(schedule.AtConvergence(2).size(), 1);
  EXPECT_EQ(schedule.AtConvergence(2)[0].node_start(), "a");
  EXPECT_EQ(Convergences(topology), 3);
  EXPECT_EQ(Convergences(Build("")), 1);
}

TEST(EventSchedule, ANodeIsAbsentAtFirstWhoseFirstEventIsItsStart) {
  const Topology topology = Build(kEvents);
  EXPECT_FALSE(AbsentAtFirst(topology, 0));
  EXPECT_TRUE(AbsentAtFirst(topology, 1));
}

}  // namespace
}  // namespace quiesce
