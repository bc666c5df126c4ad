#include "supervisor/fabric/journey_proto.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

TEST(JourneyProto, ComesBackAsItWent) {
  Fabric::Journey journey;
  journey.message.payload = "x";
  journey.stage = Fabric::Journey::Stage::kReport;
  journey.at = 5;
  journey.port = 4;
  journey.neighbour = *IpAddress::Parse("fe80::1");
  journey.out = {1, 2};
  journey.tags = {20, 10};
  journey.way = 7;
  journey.cut = true;
  journey.branches = {{{3, 4}, {30}, 8}, {{5, 6}, {}, 9}};
  journey.bridges = {{7, 8}};
  journey.arrival = {.node = 6,
                     .iif = 3,
                     .ttl = 63,
                     .latency = 1'000'000'000'000,
                     .icmp = 0x301,
                     .reporter = 9};
  proto::Journey words, again;
  JourneyToProto(journey, &words);
  for (int i = 0; i < words.GetDescriptor()->field_count(); ++i) {
    const auto* field = words.GetDescriptor()->field(i);
    EXPECT_TRUE(field->is_repeated()
                    ? words.GetReflection()->FieldSize(words, field) > 0
                    : words.GetReflection()->HasField(words, field))
        << field->name();
  }
  const absl::StatusOr<Fabric::Journey> after = JourneyFromProto(words);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->stage, journey.stage);
  EXPECT_EQ(after->neighbour, journey.neighbour);
  EXPECT_EQ(after->arrival.icmp, journey.arrival.icmp);
  EXPECT_EQ(after->tags, journey.tags);
  EXPECT_EQ(after->bridges, journey.bridges);
  ASSERT_EQ(after->branches.size(), 2u);
  EXPECT_EQ(after->branches[0].tags, journey.branches[0].tags);
  JourneyToProto(*after, &again);
  EXPECT_EQ(words.SerializeAsString(), again.SerializeAsString());
}

TEST(JourneyProto, RefusesWhatIsNone) {
  proto::Journey words;
  JourneyToProto(Fabric::Journey(), &words);
  EXPECT_TRUE(JourneyFromProto(words).ok());
  words.set_stage(static_cast<proto::Journey::Stage>(9));
  EXPECT_FALSE(JourneyFromProto(words).ok());
  words.set_stage(proto::Journey::DONE);
  words.set_neighbour("123");
  EXPECT_FALSE(JourneyFromProto(words).ok());
}

}  // namespace
}  // namespace quiesce
