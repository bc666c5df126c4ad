// VRF devices. Linux's rules of Documentation/networking/vrf.rst and
// drivers/net/vrf.c; the kernel that tests run on may not have them.
#include <errno.h>
#include <gtest/gtest.h>

#include "notifier/net/stack.h"

namespace quiesce {
namespace {

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }

// Two VRFs whose links have the same addresses, and a link outside of them.
class VrfTest : public ::testing::Test {
 protected:
  VrfTest() {
    stack_.SetUp(1);
    stack_.SetForwarding(AF_INET, true);
    stack_.SetForwarding(AF_INET6, true);
    for (int* link : {&eth1_, &eth2_, &eth3_}) {
      *link = stack_.AddEthernet(name_, {2, 0, 0, 0, 0, ++last_}, 1500);
      ++name_[3];
      stack_.SetUp(*link);
    }
    EXPECT_TRUE(stack_.AddVrf("red", 10, &red_).ok());
    EXPECT_TRUE(stack_.AddVrf("blue", 20, &blue_).ok());
    for (int vrf : {red_, blue_}) stack_.SetUp(vrf);
    Enslave(eth1_, red_);
    Enslave(eth2_, blue_);
    for (int link : {eth1_, eth2_}) {
      EXPECT_TRUE(stack_.AddAddress(link, Prefix("10.0.0.1/24")).ok());
      EXPECT_TRUE(stack_.AddAddress(link, Prefix("fd00::1/64")).ok());
    }
    EXPECT_TRUE(stack_.AddAddress(eth3_, Prefix("10.3.0.1/24")).ok());
  }

  static IpPrefix Prefix(const char* text) { return *IpPrefix::Parse(text); }

  void Enslave(int link, int master) {
    LinkChange change;
    change.master = master;
    EXPECT_TRUE(stack_.ChangeLink(link, change).ok());
  }

  RouteResult Out(const char* to, int oif) {
    Flow flow;
    flow.dst = Ip(to);
    flow.oif = oif;
    return stack_.ResolveOutput(flow);
  }

  Stack stack_;
  std::string name_ = "eth1";
  uint8_t last_ = 0;
  int eth1_, eth2_, eth3_;
  int red_ = 0, blue_ = 0;
};

TEST_F(VrfTest, TheFirstBringsARuleForEachFamily) {
  for (int family : {AF_INET, AF_INET6}) {
    int found = 0;
    for (const Rule& rule : stack_.rules(family)) {
      if (!rule.l3mdev) continue;
      ++found;
      EXPECT_EQ(rule.priority, 1000u);
      EXPECT_EQ(rule.table, uint32_t{RT_TABLE_UNSPEC});
    }
    EXPECT_EQ(found, 1);
  }
}

TEST_F(VrfTest, RoutesOfALinkAreInItsTable) {
  for (const char* network : {"10.0.0.0/24", "10.0.0.1/32", "fd00::/64"}) {
    for (uint32_t id : {10u, 20u}) {
      const IpPrefix prefix = Prefix(network);
      const RouteTable* table = stack_.FindTable(prefix.address.family(), id);
      ASSERT_NE(table, nullptr) << network;
      EXPECT_NE(table->Find(prefix), nullptr) << network << " " << id;
    }
    const RouteTable* main = stack_.FindTable(AF_INET, RT_TABLE_MAIN);
    EXPECT_EQ(main->Find(Prefix("10.0.0.0/24")), nullptr);
  }
}

TEST_F(VrfTest, ASocketInAVrfUsesItsTable) {
  EXPECT_EQ(Out("10.0.0.9", red_).oif, eth1_);
  EXPECT_EQ(Out("10.0.0.9", blue_).oif, eth2_);
  EXPECT_EQ(Out("10.0.0.9", eth2_).oif, eth2_);
  EXPECT_EQ(Out("fd00::9", red_).oif, eth1_);
  EXPECT_EQ(Out("10.0.0.9", red_).source, Ip("10.0.0.1"));
  EXPECT_EQ(Out("10.0.0.9", 0).error, ENETUNREACH);
  EXPECT_EQ(Out("fd00::9", 0).error, ENETUNREACH);
}

TEST_F(VrfTest, WhatATableDoesNotHaveTheNextRulesMay) {
  EXPECT_EQ(Out("10.3.0.9", red_).oif, eth3_);
  // As the documentation advises to prevent it.
  Route last;
  last.destination = Prefix("0.0.0.0/0");
  last.table = 10;
  last.type = RTN_UNREACHABLE;
  last.priority = 4278198272;
  ASSERT_TRUE(stack_.NewRoute(last, NLM_F_CREATE).ok());
  EXPECT_EQ(Out("10.3.0.9", red_).error, EHOSTUNREACH);
}

TEST_F(VrfTest, WhatComesInByALinkIsLookedUpInItsTable) {
  Flow flow;
  flow.src = Ip("10.0.0.9");
  flow.dst = Ip("10.0.0.1");
  EXPECT_EQ(stack_.ResolveInput(flow, eth1_).type, RTN_LOCAL);
  flow.dst = Ip("10.0.0.7");
  EXPECT_EQ(stack_.ResolveInput(flow, eth1_).oif, eth1_);
  EXPECT_EQ(stack_.ResolveInput(flow, eth2_).oif, eth2_);
  EXPECT_FALSE(stack_.ResolveInput(flow, eth3_).ok());
}

TEST_F(VrfTest, ReversePathsAreLookedForInTheVrf) {
  Netconf strict = stack_.netconf(AF_INET, red_);
  strict.rp_filter = 1;
  stack_.SetNetconf(AF_INET, red_, strict);
  Flow flow;
  flow.src = Ip("10.0.0.9");
  flow.dst = Ip("10.0.0.1");
  EXPECT_TRUE(stack_.ResolveInput(flow, eth1_).ok());
  flow.src = Ip("10.77.0.9");
  EXPECT_EQ(stack_.ResolveInput(flow, eth1_).error, EXDEV);
}

TEST_F(VrfTest, ItsDeviceIsItsLoopback) {
  ASSERT_TRUE(stack_.AddAddress(red_, Prefix("10.9.0.1/32")).ok());
  EXPECT_EQ(Out("10.0.0.1", red_).type, RTN_LOCAL);
  EXPECT_EQ(Out("10.0.0.1", red_).oif, red_);
  EXPECT_EQ(Out("10.9.0.1", red_).type, RTN_LOCAL);
  EXPECT_EQ(Out("10.9.0.1", blue_).type, RTN_UNSPEC);
  // A link without an address of its own borrows the device's.
  Address address;
  address.ifindex = eth1_;
  address.local = Prefix("10.0.0.1/24");
  ASSERT_TRUE(stack_.DeleteAddress(address).ok());
  EXPECT_EQ(stack_.SelectSource(Ip("10.0.0.9"), eth1_), Ip("10.9.0.1"));
}

TEST_F(VrfTest, AddressesAreBoundInTheirVrfOnly) {
  for (const char* own : {"10.0.0.1", "fd00::1"}) {
    EXPECT_EQ(stack_.CanBind(Ip(own), 0), EADDRNOTAVAIL) << own;
    EXPECT_EQ(stack_.CanBind(Ip(own), red_), 0) << own;
    EXPECT_EQ(stack_.CanBind(Ip(own), eth1_), 0) << own;
    EXPECT_EQ(stack_.CanBind(Ip(own), eth3_), EADDRNOTAVAIL) << own;
  }
  EXPECT_EQ(stack_.CanBind(Ip("10.3.0.1"), 0), 0);
  EXPECT_EQ(stack_.CanBind(Ip("10.3.0.1"), red_), EADDRNOTAVAIL);
}

// include/net/inet_sock.h:inet_bound_dev_eq.
TEST_F(VrfTest, WhichSocketsGetWhatComesIn) {
  EXPECT_FALSE(stack_.BoundTo(0, eth1_, /*accept=*/false));
  EXPECT_TRUE(stack_.BoundTo(0, eth1_, /*accept=*/true));
  EXPECT_TRUE(stack_.BoundTo(0, eth3_, /*accept=*/false));
  EXPECT_TRUE(stack_.BoundTo(red_, eth1_, false));
  EXPECT_TRUE(stack_.BoundTo(eth1_, eth1_, false));
  EXPECT_FALSE(stack_.BoundTo(blue_, eth1_, true));
  EXPECT_FALSE(stack_.BoundTo(red_, eth3_, true));
}

TEST_F(VrfTest, LeavingMovesRoutesBackAndLosesIpv6Addresses) {
  Enslave(eth1_, 0);
  EXPECT_EQ(Out("10.0.0.9", 0).oif, eth1_);
  EXPECT_EQ(stack_.FindAddress(Ip("fd00::1"), eth1_), nullptr);
  const RouteTable* red = stack_.FindTable(AF_INET, 10);
  EXPECT_EQ(red->Find(Prefix("10.0.0.0/24")), nullptr);
}

TEST_F(VrfTest, LinksOutliveTheirVrf) {
  ASSERT_TRUE(stack_.DeleteLink(red_).ok());
  EXPECT_EQ(stack_.FindLink(eth1_)->master, 0);
  EXPECT_EQ(Out("10.0.0.9", 0).oif, eth1_);
  EXPECT_EQ(Out("10.0.0.9", blue_).oif, eth2_);
}

TEST_F(VrfTest, ALinkThatMovesToAnotherVrfHasItsRoutesThere) {
  Enslave(eth1_, blue_);
  const RouteTable* red = stack_.FindTable(AF_INET, 10);
  EXPECT_EQ(red->Find(Prefix("10.0.0.0/24")), nullptr);
  EXPECT_EQ(Out("10.0.0.9", eth1_).oif, eth1_);
}

}  // namespace
}  // namespace quiesce
