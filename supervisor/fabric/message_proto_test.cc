#include "supervisor/fabric/message_proto.h"

#include <netinet/in.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

// Every field has a value that no other field has.
Message Full() {
  Message m;
  m.kind = MessageKind::kIcmpError;
  m.protocol = IPPROTO_UDP;
  m.from = 7;
  m.source = {*IpAddress::Parse("10.0.0.1"), 179, 0};
  m.destination = {*IpAddress::Parse("fe80::1"), 50001, 3};
  m.session = 1ull << 63 | 5;
  m.opener = 6;
  m.from_opener = false;
  m.sequence = 1ull << 40;
  m.ttl = 255;
  m.tos = 0xc0;
  m.mark = 0x80000001;
  m.oif = 4;
  m.value = ~0ull;
  m.urgent = true;
  m.auth = std::string("\0a", 2);
  m.about = MessageKind::kTcpRst;
  m.reporter = *IpAddress::Parse("fd00::9");
  m.payload = std::string("\xff\0\x80", 3);
  m.to = 8;
  m.iif = 2;
  m.mac = {2, 0, 0, 0, 0, 9};
  m.arrival = 1'000'000'000'001;
  return m;
}

TEST(MessageProto, ComesBackAsItWent) {
  const Message before = Full();
  proto::Message words, again;
  MessageToProto(before, &words);
  // Every field of the proto is used.
  for (int i = 0; i < words.GetDescriptor()->field_count(); ++i) {
    const auto* field = words.GetDescriptor()->field(i);
    if (field->name() == "from_opener") continue;  // false
    EXPECT_TRUE(words.GetReflection()->HasField(words, field)) << field->name();
  }
  const absl::StatusOr<Message> after = MessageFromProto(words);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->kind, before.kind);
  EXPECT_EQ(after->urgent, before.urgent);
  EXPECT_EQ(after->source, before.source);
  EXPECT_EQ(after->destination, before.destination);
  EXPECT_EQ(after->from_opener, before.from_opener);
  EXPECT_EQ(after->about, before.about);
  EXPECT_EQ(after->reporter, before.reporter);
  EXPECT_EQ(after->payload, before.payload);
  EXPECT_EQ(after->auth, before.auth);
  // The rest, field by field, in the form in which it went.
  MessageToProto(*after, &again);
  EXPECT_EQ(words.SerializeAsString(), again.SerializeAsString());
}

TEST(MessageProto, AbsentAddressesStayAbsent) {
  proto::Message words;
  MessageToProto(Message(), &words);
  const absl::StatusOr<Message> after = MessageFromProto(words);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_FALSE(after->source.address.valid());
  EXPECT_FALSE(after->reporter.valid());
  EXPECT_EQ(after->from, kNoNode);
  EXPECT_EQ(after->to, kNoNode);
}

TEST(MessageProto, RefusesWhatIsNone) {
  proto::Message words;
  MessageToProto(Full(), &words);
  words.mutable_source()->set_address("12345");
  EXPECT_FALSE(MessageFromProto(words).ok());
  MessageToProto(Full(), &words);
  words.set_kind(static_cast<proto::Message::Kind>(99));
  EXPECT_FALSE(MessageFromProto(words).ok());
}

}  // namespace
}  // namespace quiesce
