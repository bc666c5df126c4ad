#include "supervisor/sched/message_log.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

Message Some() {
  Message m;
  m.from = 0;
  m.to = m.opener = 1;
  m.from_opener = false;
  m.session = 3;
  m.sequence = 4;
  m.arrival = 250;
  m.payload = "hello, world";
  return m;
}

TEST(MessageLog, ALineSaysWhoSentWhatToWhomAndWhen) {
  std::string text;
  MessageLog log({"r1", "r2"}, 100, [&](absl::string_view line) {
    text.append(line.data(), line.size());
  });
  log.Add(7, 200, Some());
  EXPECT_EQ(text,
            "{\"round\":7,\"sent\":100,\"arrives\":150,\"from\":\"r1\","
            "\"to\":\"r2\",\"session\":\"r2:3\",\"opener\":false,"
            "\"sequence\":4,\"kind\":\"data\",\"bytes\":12,"
            "\"hash\":\"61ac01540ce57e3b\"}\n");
}

TEST(MessageLog, TheDigestNoticesEverything) {
  const std::vector<std::function<void(Message&)>> changes = {
      [](Message& m) {},
      [](Message& m) { m.from = 1; },
      [](Message& m) { m.to = 0; },
      [](Message& m) { m.opener = 0; },
      [](Message& m) { m.from_opener = true; },
      [](Message& m) { m.session = 4; },
      [](Message& m) { m.sequence = 5; },
      [](Message& m) { m.arrival = 251; },
      [](Message& m) { m.kind = MessageKind::kTcpFin; },
      [](Message& m) { m.value = 1; },
      [](Message& m) { m.payload.back() = 'D'; },
      [](Message& m) { m.payload += '\0'; },
  };
  std::set<uint64_t> digests;
  for (const auto& change : changes) {
    Message m = Some();
    change(m);
    MessageLog log({"r1", "r2"}, 100);
    log.Add(7, 200, m);
    digests.insert(log.digest());
  }
  MessageLog later({"r1", "r2"}, 100);
  later.Add(8, 200, Some());
  digests.insert(later.digest());
  EXPECT_EQ(digests.size(), changes.size() + 1);
}

TEST(MessageLog, TheDigestKnowsTheOrder) {
  Message a = Some(), b = Some();
  b.sequence = 5;
  MessageLog one({"r1", "r2"}, 100), other({"r1", "r2"}, 100);
  one.Add(7, 200, a);
  one.Add(7, 200, b);
  other.Add(7, 200, b);
  other.Add(7, 200, a);
  EXPECT_NE(one.digest(), other.digest());
  EXPECT_EQ(one.bytes(), 24);
}

}  // namespace
}  // namespace quiesce
