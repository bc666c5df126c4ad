#include "supervisor/fabric/datagram_watch.h"

#include <netinet/in.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

Message Udp(int port, std::string payload) {
  Message m;
  m.kind = MessageKind::kDatagram;
  m.protocol = IPPROTO_UDP;
  m.from = 1;
  m.to = 2;
  m.source = {*IpAddress::Parse("10.0.0.1"), 520};
  m.destination = {*IpAddress::Parse("224.0.0.9"), static_cast<uint16_t>(port)};
  m.payload = std::move(payload);
  return m;
}

TEST(DatagramWatch, WhatIsSaidAgainIsNoNews) {
  DatagramWatch watch;
  EXPECT_TRUE(watch.OnMessage(Udp(9, "a")));
  EXPECT_TRUE(watch.OnMessage(Udp(9, "b")));
  EXPECT_FALSE(watch.OnMessage(Udp(9, "a")));
  EXPECT_FALSE(watch.OnMessage(Udp(9, "b")));
  Message other = Udp(9, "a");
  other.to = 3;
  EXPECT_TRUE(watch.OnMessage(other));
}

TEST(DatagramWatch, WhatWasSaidLongAgoIsNewsAgain) {
  DatagramWatch watch;
  for (int i = 0; i < 100; ++i) watch.OnMessage(Udp(9, std::to_string(i)));
  EXPECT_TRUE(watch.OnMessage(Udp(9, "0")));
  EXPECT_FALSE(watch.OnMessage(Udp(9, "99")));
}

TEST(DatagramWatch, HellosAreNoNewsButSayHowLongToWait) {
  DatagramWatch watch;
  Message hello = Udp(0, std::string(44, '\0'));
  hello.protocol = 89;
  hello.payload[0] = 2;
  hello.payload[1] = 1;
  hello.payload[35] = 40;
  EXPECT_FALSE(watch.OnMessage(hello));
  EXPECT_EQ(watch.longest_wait(), 40);
  hello.payload[0] = 3;
  hello.payload[27] = 50;
  EXPECT_FALSE(watch.OnMessage(hello));
  EXPECT_EQ(watch.longest_wait(), 50);
  hello.payload[1] = 4;  // a Link State Update
  EXPECT_TRUE(watch.OnMessage(hello));
  EXPECT_TRUE(watch.OnMessage(Udp(520, "routes")));
  EXPECT_EQ(watch.longest_wait(), 180);
  EXPECT_FALSE(watch.OnMessage(Udp(6696, "babel")));
  EXPECT_FALSE(watch.OnMessage(Udp(646, "ldp")));
  Message pim = Udp(0, std::string("\x20\0\0\0\0\1\0\2\0\xd2", 10));
  pim.protocol = 103;
  watch.OnMessage(pim);
  EXPECT_EQ(watch.longest_wait(), 210);
}

TEST(DatagramWatch, FramesOfIsIs) {
  DatagramWatch watch;
  Message frame;
  frame.kind = MessageKind::kFrame;
  frame.payload = std::string(60, '\0');
  frame.payload[14] = frame.payload[15] = '\xfe';
  frame.payload[17] = '\x83';
  frame.payload[21] = 17;  // a Hello on a point-to-point link
  frame.payload[33] = 30;  // its holding time
  EXPECT_FALSE(watch.OnMessage(frame));
  EXPECT_EQ(watch.longest_wait(), 30);
  frame.payload[21] = 24;  // a CSNP
  EXPECT_FALSE(watch.OnMessage(frame));
  frame.payload[21] = 18;  // a Link State PDU
  EXPECT_TRUE(watch.OnMessage(frame));
  EXPECT_FALSE(watch.OnMessage(frame));
  frame.payload.resize(15);
  EXPECT_TRUE(watch.OnMessage(frame));
}

TEST(DatagramWatch, ReadsNoFurtherThanThereIs) {
  DatagramWatch watch;
  Message hello = Udp(0, std::string("\x02\x01", 2));
  hello.protocol = 89;
  EXPECT_FALSE(watch.OnMessage(hello));
  hello.payload.clear();
  EXPECT_TRUE(watch.OnMessage(hello));
  EXPECT_EQ(watch.longest_wait(), 0);
}

}  // namespace
}  // namespace quiesce
