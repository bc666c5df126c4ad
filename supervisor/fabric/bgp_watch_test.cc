#include "supervisor/fabric/bgp_watch.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "supervisor/fabric/bgp_update.h"

namespace quiesce {
namespace {

std::string Bytes(const std::vector<int>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

std::string BgpMessage(int type, const std::string& body) {
  const int length = 19 + body.size();
  return std::string(16, '\xff') + Bytes({length >> 8, length & 255, type}) +
         body;
}

std::string Open(int hold) {
  return BgpMessage(
      1, Bytes({4, 0xfd, 0xe9, hold >> 8, hold & 255, 1, 2, 3, 4, 0}));
}

std::string Keepalive() { return BgpMessage(4, ""); }

// Withdraws 10.0.2.0/24, announces 10.0.0.0/8 and 0.0.0.0/0 with an ORIGIN.
std::string UpdateBody() {
  return Bytes({0, 4, 24, 10, 0, 2, 0, 4, 0x40, 1, 1, 0, 8, 10, 0});
}

Message Data(const std::string& bytes, bool from_opener = true) {
  Message m;
  m.kind = MessageKind::kTcpData;
  m.from = from_opener ? 0 : 1;
  m.to = from_opener ? 1 : 0;
  m.opener = 0;
  m.from_opener = from_opener;
  m.session = 1;
  (from_opener ? m.destination : m.source).port = 179;
  m.payload = bytes;
  return m;
}

std::string Names(const std::vector<IpPrefix>& prefixes) {
  return absl::StrJoin(prefixes, " ", [](std::string* out, const IpPrefix& p) {
    out->append(p.ToString());
  });
}

TEST(BgpUpdate, WithdrawnAndAnnounced) {
  EXPECT_EQ(Names(PrefixesOfUpdate(UpdateBody())),
            "10.0.2.0/24 10.0.0.0/8 0.0.0.0/0");
}

TEST(BgpUpdate, Ipv6) {
  // MP_REACH_NLRI with a next hop of 16 bytes, MP_UNREACH_NLRI with an
  // extended length.
  std::vector<int> body = {0, 0, 0, 40, 0x80, 14, 27, 0, 2, 1, 16};
  body.insert(body.end(), 16, 0xfd);
  body.insert(body.end(), {0, 40, 0xfd, 0, 0, 0x10, 0});
  body.insert(body.end(), {0x90, 15, 0, 6, 0, 2, 1, 16, 0xfd, 1});
  EXPECT_EQ(Names(PrefixesOfUpdate(Bytes(body))), "fd00:10::/40 fd01::/16");
}

TEST(BgpUpdate, NothingOutOfRubbish) {
  EXPECT_EQ(Names(PrefixesOfUpdate("")), "");
  EXPECT_EQ(Names(PrefixesOfUpdate(Bytes({0, 9, 24, 10}))), "");
  EXPECT_EQ(Names(PrefixesOfUpdate(Bytes({0, 0, 0, 0, 33, 1, 2, 3, 4, 5}))),
            "");
  EXPECT_EQ(Names(PrefixesOfUpdate(Bytes({0, 0, 0, 0, 24, 10, 0}))), "");
  const std::string body = UpdateBody();
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_LE(PrefixesOfUpdate(body.substr(0, size)).size(), 2) << size;
  }
}

TEST(BgpWatch, KeepalivesAreNoNewsButTheFirstIs) {
  BgpWatch watch;
  EXPECT_FALSE(watch.OnMessage(Data(Open(180))));
  EXPECT_EQ(watch.established_ends(), 0);
  EXPECT_TRUE(watch.OnMessage(Data(Keepalive())));
  EXPECT_EQ(watch.established_ends(), 1);
  EXPECT_EQ(watch.ends_of_nodes(), (std::map<NodeId, int>{{1, 1}}));
  EXPECT_FALSE(watch.OnMessage(Data(Keepalive())));
  EXPECT_TRUE(watch.OnMessage(Data(BgpMessage(2, UpdateBody()))));
  EXPECT_EQ(watch.updates(), 1);
  EXPECT_EQ(watch.keepalives(), 2);
}

// Who cannot agree on a session tries again and again.
TEST(BgpWatch, AttemptsAtASessionAreNoNews) {
  BgpWatch watch;
  Message answer = Data("", false);
  answer.kind = MessageKind::kTcpSynAck;
  EXPECT_FALSE(watch.OnMessage(answer));
  EXPECT_FALSE(watch.OnMessage(Data(Open(180))));
  const std::string notification = BgpMessage(3, Bytes({2, 2}));
  EXPECT_FALSE(watch.OnMessage(Data(notification, false)));
  Message end = Data("", false);
  end.kind = MessageKind::kTcpFin;
  EXPECT_FALSE(watch.OnMessage(end));
  // That of a session is.
  watch.OnMessage(Data(Open(180) + Keepalive()));
  EXPECT_TRUE(watch.OnMessage(Data(notification)));
}

TEST(BgpWatch, MessagesMayBeCutAnywhere) {
  const std::string stream =
      Open(90) + Keepalive() + BgpMessage(2, UpdateBody()) + Keepalive();
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    BgpWatch watch;
    watch.NotePrefixes();
    watch.OnMessage(Data(stream.substr(0, cut)));
    watch.OnMessage(Data(stream.substr(cut)));
    EXPECT_EQ(watch.established_ends(), 1) << cut;
    EXPECT_EQ(watch.updates(), 1) << cut;
    EXPECT_EQ(watch.keepalives(), 2) << cut;
    EXPECT_EQ(watch.longest_wait(), 90) << cut;
    ASSERT_EQ(watch.noted().size(), 3) << cut;
    EXPECT_EQ(watch.noted().begin()->second.ToString(), "0.0.0.0/0");
  }
}

TEST(BgpWatch, TheLongestWaitOfAll) {
  BgpWatch watch;
  watch.OnMessage(Data(Open(240)));
  watch.OnMessage(Data(Open(90), false));
  EXPECT_EQ(watch.longest_wait(), 240);
}

TEST(BgpWatch, PrefixesAreNotedOnlyWhenAskedFor) {
  BgpWatch watch;
  watch.OnMessage(Data(BgpMessage(2, UpdateBody())));
  EXPECT_TRUE(watch.noted().empty());
  watch.NotePrefixes();
  watch.OnMessage(Data(BgpMessage(2, UpdateBody()), false));
  ASSERT_EQ(watch.noted().size(), 3);
  EXPECT_EQ(watch.noted().begin()->first, 1);  // the sender
}

TEST(BgpWatch, AnEndThatCannotBeToldIsOneToo) {
  BgpWatch watch;
  for (const bool opener : {false, true}) {
    watch.OnMessage(Data(Open(180) + Keepalive(), opener));
  }
  EXPECT_EQ(watch.established_ends(), 2);
  Message lost = Data("", false);
  lost.kind = MessageKind::kIcmpError;
  lost.about = MessageKind::kTcpData;
  lost.to = lost.from;
  EXPECT_FALSE(watch.OnMessage(lost));
  EXPECT_EQ(watch.established_ends(), 2);
  lost.about = MessageKind::kTcpFin;
  EXPECT_TRUE(watch.OnMessage(lost));
  EXPECT_EQ(watch.established_ends(), 0);
  EXPECT_FALSE(watch.OnMessage(lost));
}

}  // namespace
}  // namespace quiesce
