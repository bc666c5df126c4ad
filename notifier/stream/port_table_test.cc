#include "notifier/stream/port_table.h"

#include <gtest/gtest.h>

#include <string>

namespace quiesce {
namespace {

PortClaim Claim(uint64_t id, const char* address, uint16_t port = 80) {
  PortClaim c;
  c.id = id;
  c.address = *IpAddress::Parse(address);
  c.family = c.address.family();
  c.port = port;
  return c;
}

// Two binds to one port, checked on Linux 6.x for each row.
struct Case {
  const char* first;
  const char* second;
  bool reuse;      // SO_REUSEADDR on both
  bool listening;  // the first listens
  bool reuse_port;
  int error;
};
class Matrix : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Binds, Matrix,
    testing::Values(
        Case{"10.0.0.1", "10.0.0.1", false, false, false, EADDRINUSE},
        Case{"10.0.0.1", "10.0.0.2", false, false, false, 0},
        Case{"0.0.0.0", "10.0.0.1", false, false, false, EADDRINUSE},
        Case{"10.0.0.1", "0.0.0.0", false, false, false, EADDRINUSE},
        Case{"::", "0.0.0.0", false, false, false, EADDRINUSE},
        Case{"::", "10.0.0.1", false, false, false, EADDRINUSE},
        Case{"fd00::1", "0.0.0.0", false, false, false, 0},
        Case{"fd00::1", "::", false, false, false, EADDRINUSE},
        Case{"10.0.0.1", "10.0.0.1", true, false, false, 0},
        Case{"10.0.0.1", "10.0.0.1", true, true, false, EADDRINUSE},
        Case{"10.0.0.1", "10.0.0.1", false, true, true, 0},
        Case{"0.0.0.0", "10.0.0.1", false, true, true, 0}));

TEST_P(Matrix, SecondBind) {
  const Case& c = GetParam();
  PortTable table;
  PortClaim first = Claim(1, c.first);
  PortClaim second = Claim(2, c.second);
  first.reuse_address = second.reuse_address = c.reuse;
  first.reuse_port = second.reuse_port = c.reuse_port;
  first.listening = c.listening;
  ASSERT_EQ(table.Claim(first, 0, nullptr), 0);
  EXPECT_EQ(table.Claim(second, 0, nullptr), c.error)
      << c.first << " then " << c.second;
}

TEST(PortTable, V6OnlyLeavesIpv4Alone) {
  PortTable table;
  PortClaim six = Claim(1, "::");
  six.v6_only = true;
  ASSERT_EQ(table.Claim(six, 0, nullptr), 0);
  EXPECT_EQ(table.Claim(Claim(2, "0.0.0.0"), 0, nullptr), 0);
}

TEST(PortTable, DevicesKeepApart) {
  PortTable table;
  PortClaim one = Claim(1, "0.0.0.0"), two = Claim(2, "0.0.0.0");
  one.device = 2;
  two.device = 3;
  ASSERT_EQ(table.Claim(one, 0, nullptr), 0);
  EXPECT_EQ(table.Claim(two, 0, nullptr), 0);
  EXPECT_EQ(table.Claim(Claim(3, "0.0.0.0"), 0, nullptr), EADDRINUSE);
}

TEST(PortTable, ReusePortNeedsTheSameUser) {
  PortTable table;
  PortClaim one = Claim(1, "0.0.0.0"), two = Claim(2, "0.0.0.0");
  one.reuse_port = two.reuse_port = true;
  two.uid = 1000;
  ASSERT_EQ(table.Claim(one, 0, nullptr), 0);
  EXPECT_EQ(table.Claim(two, 0, nullptr), EADDRINUSE);
}

TEST(PortTable, OnlyOneOfTwoReusersMayListen) {
  PortTable table;
  PortClaim one = Claim(1, "0.0.0.0"), two = Claim(2, "0.0.0.0");
  one.reuse_address = two.reuse_address = true;
  ASSERT_EQ(table.Claim(one, 0, nullptr), 0);
  ASSERT_EQ(table.Claim(two, 0, nullptr), 0);
  EXPECT_EQ(table.Listen(1, 0, nullptr), 0);
  EXPECT_EQ(table.Listen(2, 0, nullptr), EADDRINUSE);
}

TEST(PortTable, TheDeadGiveWay) {
  PortTable table;
  ASSERT_EQ(table.Claim(Claim(1, "0.0.0.0"), 0, nullptr), 0);
  EXPECT_EQ(table.Claim(Claim(2, "0.0.0.0"), 0, [](uint64_t) { return false; }),
            0);
  EXPECT_EQ(table.Find(1), nullptr);
}

TEST(PortTable, TimeWaitPasses) {
  PortTable table;
  ASSERT_EQ(table.Claim(Claim(1, "0.0.0.0"), 0, nullptr), 0);
  table.ReleaseLater(1, 60 * kSecond);
  EXPECT_EQ(table.Claim(Claim(2, "0.0.0.0"), 60 * kSecond - 1, nullptr),
            EADDRINUSE);
  EXPECT_EQ(table.Claim(Claim(2, "0.0.0.0"), 60 * kSecond, nullptr), 0);
}

TEST(PortTable, EphemeralPortsRunOut) {
  PortTable table;
  uint64_t id = 0;
  for (int port = kFirstEphemeralPort; port <= kLastEphemeralPort; ++port) {
    if (port == 40000 || port == 50001) continue;
    table.ClaimUnchecked(Claim(++id, "0.0.0.0", port));
  }
  auto claim = [&] {
    return table.ClaimAny(Claim(++id, "0.0.0.0", 0), 12345, 0, nullptr);
  };
  EXPECT_EQ(*claim(), 50001);
  EXPECT_EQ(*claim(), 40000);
  EXPECT_EQ(claim().error(), EADDRINUSE);
}

TEST(PortTable, BindTakesOddAndConnectEvenPorts) {
  PortTable table;
  for (uint64_t i = 0; i < 50; ++i) {
    auto bound =
        table.ClaimAny(Claim(2 * i + 1, "0.0.0.0", 0), i * 977, 0, nullptr);
    EXPECT_EQ(*bound % 2, 1);
    auto connected = table.ClaimForConnect(Claim(2 * i + 2, "10.0.0.1", 0),
                                           i * 977, 0, nullptr);
    EXPECT_EQ(*connected % 2, 0);
  }
}

TEST(PortTable, ConnectsMayShareAPortWhenTheyDiffer) {
  PortTable table;
  auto one = table.ClaimForConnect(Claim(1, "10.0.0.1", 0), 0, 0, nullptr);
  auto two = table.ClaimForConnect(Claim(2, "10.0.0.1", 0), 0, 0,
                                   [](uint16_t) { return true; });
  auto three = table.ClaimForConnect(Claim(3, "10.0.0.1", 0), 0, 0,
                                     [](uint16_t) { return false; });
  EXPECT_EQ(*one, *two);
  EXPECT_NE(*one, *three);
}

TEST(PortTable, ListenersBySpecificity) {
  PortTable table;
  PortClaim any6 = Claim(1, "::"), any4 = Claim(2, "0.0.0.0"),
            exact = Claim(3, "10.0.0.1"), device = Claim(4, "0.0.0.0");
  device.device = 7;
  for (PortClaim* c : {&any6, &any4, &exact, &device}) {
    c->listening = true;
    table.ClaimUnchecked(*c);
  }
  auto who = [&](const char* to, int iif) {
    auto ids = table.Listeners(*IpAddress::Parse(to), 80, [&](int device) {
      return device == 0 || device == iif;
    });
    return ids.size() == 1 ? ids[0] : 1000 + ids.size();
  };
  EXPECT_EQ(who("10.0.0.1", 1), 3u);
  EXPECT_EQ(who("10.0.0.2", 1), 2u);
  EXPECT_EQ(who("10.0.0.2", 7), 4u);
  EXPECT_EQ(who("fd00::1", 1), 1u);
  table.Release(2);
  EXPECT_EQ(who("10.0.0.2", 1), 1u);
  const auto all = [](int) { return true; };
  EXPECT_TRUE(table.Listeners(*IpAddress::Parse("10.0.0.1"), 81, all).empty());
}

}  // namespace
}  // namespace quiesce
