#include "supervisor/sched/node_step.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

Message Data(uint64_t session, uint64_t sequence, const std::string& payload) {
  Message message;
  message.protocol = 6;
  message.from = 1;
  message.opener = 1;
  message.destination = {*IpAddress::Parse("10.0.0.1"), 179, 0};
  message.session = session;
  message.sequence = sequence;
  message.payload = payload;
  return message;
}

proto::NodeStep Step(const std::vector<Message>& sent) {
  proto::NodeStep step;
  step.mutable_activate();
  step.set_next_timer(5);
  AddOutputs(sent, &step);
  return step;
}

TEST(NodeStep, OutputsAreInTheDefinedOrder) {
  const Message a = Data(1, 0, "x"), b = Data(1, 1, "y"), c = Data(2, 0, "z");
  EXPECT_EQ(Step({c, a, b}).SerializeAsString(),
            Step({a, b, c}).SerializeAsString());
  EXPECT_EQ(DescribeDifference(Step({c, a, b}), Step({a, b, c})), "");
}

TEST(NodeStep, EverythingSaidIsInTheHash) {
  const Message base = Data(1, 0, "x");
  const uint64_t hash = HashMessage(base);
  const auto differs = [&](auto change) {
    Message other = base;
    change(other);
    EXPECT_NE(HashMessage(other), hash);
  };
  differs([](Message& m) { m.kind = MessageKind::kTcpFin; });
  differs([](Message& m) { m.source.port = 9; });
  differs([](Message& m) { m.destination.address = IpAddress::V4(9); });
  differs([](Message& m) { m.session = 9; });
  differs([](Message& m) { m.from_opener = false; });
  differs([](Message& m) { m.sequence = 9; });
  differs([](Message& m) { m.ttl = 9; });
  differs([](Message& m) { m.tos = 9; });
  differs([](Message& m) { m.mark = 9; });
  differs([](Message& m) { m.oif = 9; });
  differs([](Message& m) { m.value = 9; });
  differs([](Message& m) { m.auth = "9"; });
  differs([](Message& m) { m.payload = "9"; });
}

TEST(NodeStep, TheFirstDifferenceIsNamed) {
  const proto::NodeStep recorded = Step({Data(1, 0, "x"), Data(1, 1, "y")});
  std::string text =
      DescribeDifference(recorded, Step({Data(1, 0, "x"), Data(1, 1, "w")}));
  EXPECT_NE(text.find("message 2\n  recorded: data to 10.0.0.1:179"),
            std::string::npos)
      << text;
  text = DescribeDifference(recorded, Step({Data(1, 0, "x")}));
  EXPECT_NE(text.find("replayed: none"), std::string::npos) << text;
  text = DescribeDifference(Step({}), recorded);
  EXPECT_NE(text.find("recorded: none"), std::string::npos) << text;

  proto::NodeStep other = recorded;
  other.set_next_timer(6);
  text = DescribeDifference(recorded, other);
  EXPECT_NE(text.find("next timer\n  recorded: at 5 ns"), std::string::npos)
      << text;
  other = recorded;
  other.clear_next_timer();
  text = DescribeDifference(recorded, other);
  EXPECT_NE(text.find("replayed: never"), std::string::npos) << text;
  other = recorded;
  other.set_fib_changes(3);
  text = DescribeDifference(recorded, other);
  EXPECT_NE(text.find("forwarding table"), std::string::npos) << text;
  other = recorded;
  other.add_clock_step()->set_step(1);
  text = DescribeDifference(recorded, other);
  EXPECT_NE(text.find("step of the clock 1"), std::string::npos) << text;
}

}  // namespace
}  // namespace quiesce
