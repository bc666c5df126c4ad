// What sockets and the fabric ask of a stack. What rtnetlink shows of it is
// compared with a real kernel in //notifier/netlink.
#include "notifier/net/stack.h"

#include <errno.h>
#include <linux/netconf.h>

#include <set>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

IpPrefix P(const std::string& text) { return *IpPrefix::Parse(text); }
IpAddress A(const std::string& text) { return *IpAddress::Parse(text); }

class StackTest : public ::testing::Test {
 protected:
  StackTest() {
    stack_.SetUp(1);
    eth0_ = stack_.AddEthernet("eth0", {2, 0, 0, 0, 0, 1}, 1500);
    eth1_ = stack_.AddEthernet("eth1", {2, 0, 0, 0, 0, 2}, 1500);
    for (int link : {eth0_, eth1_}) stack_.SetUp(link);
    EXPECT_TRUE(stack_.AddAddress(eth0_, P("10.0.0.1/24")).ok());
    EXPECT_TRUE(stack_.AddAddress(eth1_, P("10.0.1.1/24")).ok());
    EXPECT_TRUE(stack_.AddAddress(eth0_, P("2001:db8::1/64")).ok());
    EXPECT_TRUE(stack_.AddAddress(eth1_, P("2001:db8:1::1/64")).ok());
  }

  Route Make(const std::string& prefix,
             const std::vector<std::string>& gateways) {
    Route route;
    route.destination = P(prefix);
    route.type = RTN_UNICAST;
    route.protocol = RTPROT_BGP;
    for (const std::string& gateway : gateways) {
      Hop hop;
      hop.gateway = A(gateway);
      route.hops.push_back(hop);
    }
    return route;
  }
  void Add(const std::string& prefix,
           const std::vector<std::string>& gateways) {
    const NetResult added =
        stack_.NewRoute(Make(prefix, gateways), NLM_F_CREATE | NLM_F_EXCL);
    ASSERT_TRUE(added.ok()) << prefix << ": " << added.message;
  }
  RouteResult Out(const std::string& to, const std::string& from = "") {
    Flow flow;
    flow.dst = A(to);
    if (!from.empty()) flow.src = A(from);
    return stack_.ResolveOutput(flow);
  }
  RouteResult In(const std::string& to, const std::string& from, int iif) {
    Flow flow;
    flow.dst = A(to);
    flow.src = A(from);
    return stack_.ResolveInput(flow, iif);
  }

  Stack stack_;
  int eth0_ = 0;
  int eth1_ = 0;
};

TEST_F(StackTest, ConnectedDestination) {
  const RouteResult result = Out("10.0.1.7");
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(result.type, RTN_UNICAST);
  EXPECT_EQ(result.oif, eth1_);
  EXPECT_FALSE(result.gateway.valid());
  EXPECT_EQ(result.source, A("10.0.1.1"));
}

TEST_F(StackTest, ThroughAGateway) {
  Add("192.0.2.0/24", {"10.0.0.9"});
  Add("2001:db8:9::/48", {"2001:db8:1::9"});
  EXPECT_EQ(Out("192.0.2.1").gateway, A("10.0.0.9"));
  EXPECT_EQ(Out("192.0.2.1").source, A("10.0.0.1"));
  EXPECT_EQ(Out("2001:db8:9::1").gateway, A("2001:db8:1::9"));
  EXPECT_EQ(Out("2001:db8:9::1").source, A("2001:db8:1::1"));
}

TEST_F(StackTest, ErrnosOfRefusedDestinations) {
  EXPECT_EQ(Out("192.0.2.1").error, ENETUNREACH);
  EXPECT_EQ(Out("2001:db8:9::1").error, ENETUNREACH);
  const std::pair<int, int> kTypes[] = {{RTN_BLACKHOLE, EINVAL},
                                        {RTN_UNREACHABLE, EHOSTUNREACH},
                                        {RTN_PROHIBIT, EACCES}};
  for (const auto& [type, error] : kTypes) {
    for (const char* prefix : {"192.0.2.0/24", "2001:db8:9::/48"}) {
      Route route = Make(prefix, {});
      route.type = type;
      route.priority = 1000 + type;
      ASSERT_TRUE(stack_.NewRoute(route, NLM_F_CREATE).ok());
      const std::string to =
          route.family() == AF_INET ? "192.0.2.1" : "2001:db8:9::1";
      EXPECT_EQ(Out(to).error, error) << to;
      RouteMatch match;
      match.destination = route.destination;
      ASSERT_TRUE(stack_.DeleteRoute(match).ok());
    }
  }
}

TEST_F(StackTest, ThrowGoesToTheNextRule) {
  Route route = Make("192.0.2.0/24", {});
  route.type = RTN_THROW;
  route.table = 10;
  ASSERT_TRUE(stack_.NewRoute(route, NLM_F_CREATE).ok());
  Rule rule;
  rule.priority = 100;
  rule.table = 10;
  rule.source = rule.destination = {IpAddress::Any(AF_INET), 0};
  ASSERT_TRUE(stack_.NewRule(rule, NLM_F_CREATE).ok());
  EXPECT_EQ(Out("192.0.2.1").error, ENETUNREACH);
  Add("192.0.2.0/24", {"10.0.0.9"});
  EXPECT_EQ(Out("192.0.2.1").gateway, A("10.0.0.9"));
}

TEST_F(StackTest, OwnAddressesAreReachedThroughLo) {
  for (const char* to :
       {"10.0.0.1", "127.0.0.1", "127.9.9.9", "2001:db8::1", "::1"}) {
    const RouteResult result = Out(to);
    EXPECT_EQ(result.error, 0) << to;
    EXPECT_EQ(result.type, RTN_LOCAL) << to;
    EXPECT_EQ(result.oif, 1) << to;
    EXPECT_TRUE(stack_.IsLocal(A(to))) << to;
  }
  EXPECT_EQ(Out("10.0.0.1").source, A("10.0.0.1"));
  for (const char* to :
       {"10.0.0.2", "10.0.0.255", "2001:db8::2", "224.0.0.5", "ff02::5"}) {
    EXPECT_FALSE(stack_.IsLocal(A(to))) << to;
  }
  EXPECT_TRUE(stack_.IsLocal(A("::ffff:10.0.0.1")));
}

TEST_F(StackTest, LinkLocalNeedsItsLink) {
  const IpAddress own = A("fe80::ff:fe00:1");  // EUI-64 of 02:00:00:00:00:01
  EXPECT_TRUE(stack_.IsLocal(own, eth0_));
  EXPECT_FALSE(stack_.IsLocal(own, eth1_));
  EXPECT_EQ(stack_.CanBind(own, 0), EINVAL);
  EXPECT_EQ(stack_.CanBind(own, eth0_), 0);
  EXPECT_EQ(stack_.CanBind(own, eth1_), EADDRNOTAVAIL);
  Flow flow;
  flow.dst = A("fe80::99");
  flow.oif = eth1_;
  const RouteResult result = stack_.ResolveOutput(flow);
  EXPECT_EQ(result.oif, eth1_);
  EXPECT_EQ(result.source, A("fe80::ff:fe00:2"));
}

TEST_F(StackTest, CanBind) {
  for (const char* may :
       {"0.0.0.0", "10.0.0.1", "127.0.0.5", "224.0.0.5", "10.0.0.255",
        "::", "::1", "2001:db8::1", "ff0e::5", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(stack_.CanBind(A(may), 0), 0) << may;
  }
  for (const char* not_ours :
       {"10.0.0.2", "192.0.2.1", "2001:db8::2", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(stack_.CanBind(A(not_ours), 0), EADDRNOTAVAIL) << not_ours;
  }
  stack_.set_nonlocal_bind(AF_INET, true);
  EXPECT_EQ(stack_.CanBind(A("192.0.2.1"), 0), 0);
}

TEST_F(StackTest, EqualPathsShareFlowsByWeight) {
  Route route = Make("192.0.2.0/24", {"10.0.0.9", "10.0.1.9"});
  route.hops[1].weight = 3;
  ASSERT_TRUE(stack_.NewRoute(route, NLM_F_CREATE).ok());
  int second = 0;
  for (int i = 0; i < 1000; ++i) {
    Flow flow;
    flow.dst = IpAddress::V4(0xc0000200 + (i & 0xff));
    flow.src = IpAddress::V4(0x0a000001 + i);
    flow.src = i % 2 ? A("10.0.0.1") : A("10.0.1.1");
    flow.sport = i;
    stack_.set_multipath_hash_policy(1);
    const RouteResult result = stack_.ResolveOutput(flow);
    ASSERT_EQ(result.hops.size(), 2u);
    EXPECT_EQ(result.gateway, result.hops[result.hop].gateway);
    second += result.hop;
    // The same flow takes the same path.
    EXPECT_EQ(stack_.ResolveOutput(flow).hop, result.hop);
  }
  EXPECT_GT(second, 650);
  EXPECT_LT(second, 850);
}

TEST_F(StackTest, ADeadPathIsNotUsed) {
  Add("192.0.2.0/24", {"10.0.0.9", "10.0.1.9"});
  stack_.SetUp(eth0_, false);
  for (int i = 0; i < 50; ++i) {
    Flow flow;
    flow.dst = IpAddress::V4(0xc0000200 + i);
    EXPECT_EQ(stack_.ResolveOutput(flow).gateway, A("10.0.1.9"));
  }
  stack_.SetUp(eth1_, false);
  EXPECT_EQ(Out("192.0.2.1").error, ENETUNREACH);
}

TEST_F(StackTest, WithoutCarrierTheRouteStaysUnlessToldOtherwise) {
  Add("192.0.2.0/24", {"10.0.0.9"});
  stack_.SetCarrier(eth0_, false);
  EXPECT_EQ(Out("192.0.2.1").error, 0);
  Netconf conf = stack_.netconf(AF_INET, NETCONFA_IFINDEX_ALL);
  conf.ignore_routes_with_linkdown = 1;
  stack_.SetNetconf(AF_INET, NETCONFA_IFINDEX_ALL, conf);
  EXPECT_EQ(Out("192.0.2.1").error, ENETUNREACH);
  stack_.SetCarrier(eth0_, true);
  EXPECT_EQ(Out("192.0.2.1").error, 0);
}

TEST_F(StackTest, ForwardingIsAskedFor) {
  Add("192.0.2.0/24", {"10.0.1.9"});
  Add("2001:db8:9::/48", {"2001:db8:1::9"});
  EXPECT_EQ(In("192.0.2.1", "10.0.0.7", eth0_).error, EHOSTUNREACH);
  EXPECT_EQ(In("2001:db8:9::1", "2001:db8::7", eth0_).error, EHOSTUNREACH);
  EXPECT_EQ(In("10.0.1.1", "10.0.0.7", eth0_).type, RTN_LOCAL);
  stack_.SetForwarding(AF_INET, true);
  stack_.SetForwarding(AF_INET6, true);
  EXPECT_EQ(In("192.0.2.1", "10.0.0.7", eth0_).gateway, A("10.0.1.9"));
  EXPECT_EQ(In("2001:db8:9::1", "2001:db8::7", eth0_).gateway,
            A("2001:db8:1::9"));
  EXPECT_EQ(In("198.51.100.1", "10.0.0.7", eth0_).error, ENETUNREACH);
}

TEST_F(StackTest, ReversePathFilter) {
  Add("192.0.2.0/24", {"10.0.1.9"});
  Add("198.51.100.0/24", {"10.0.1.9"});
  stack_.SetForwarding(AF_INET, true);
  auto filter = [&](int value) {
    Netconf conf = stack_.netconf(AF_INET, eth0_);
    conf.rp_filter = value;
    stack_.SetNetconf(AF_INET, eth0_, conf);
  };
  EXPECT_EQ(In("192.0.2.1", "198.51.100.7", eth0_).error, 0);
  filter(1);
  EXPECT_EQ(In("192.0.2.1", "198.51.100.7", eth0_).error, EXDEV);
  EXPECT_EQ(In("192.0.2.1", "10.0.0.7", eth0_).error, 0);
  filter(2);
  EXPECT_EQ(In("192.0.2.1", "198.51.100.7", eth0_).error, 0);
  EXPECT_EQ(In("192.0.2.1", "203.0.113.7", eth0_).error, EXDEV);
}

TEST_F(StackTest, SourceAddressesOfIpv6) {
  EXPECT_TRUE(stack_.AddAddress(1, P("2001:db8:ff::1/128")).ok());
  EXPECT_TRUE(stack_.AddAddress(eth0_, P("fd00::1/64")).ok());
  // Rule 5 prefers the outgoing link, rule 6 the same label.
  EXPECT_EQ(stack_.SelectSource(A("2001:4860::1"), eth0_), A("2001:db8::1"));
  EXPECT_EQ(stack_.SelectSource(A("fd00:1::1"), eth0_), A("fd00::1"));
  EXPECT_EQ(stack_.SelectSource(A("fe80::5"), eth1_), A("fe80::ff:fe00:2"));
  EXPECT_EQ(stack_.SelectSource(A("2001:db8:ff::1"), 1), A("2001:db8:ff::1"));
}

TEST_F(StackTest, GenerationTellsOfEveryChangeALookupCouldSee) {
  std::set<uint64_t> seen;
  auto changed = [&] { return seen.insert(stack_.fib_generation()).second; };
  EXPECT_TRUE(changed());
  Add("192.0.2.0/24", {"10.0.0.9"});
  EXPECT_TRUE(changed());
  stack_.SetCarrier(eth0_, false);
  EXPECT_TRUE(changed());
  stack_.SetUp(eth0_, false);
  EXPECT_TRUE(changed());
  Out("192.0.2.1");
  EXPECT_FALSE(changed());
}

TEST_F(StackTest, NexthopsAreNoChangeButWhereARouteUsesThem) {
  std::set<uint64_t> seen;
  auto changed = [&] { return seen.insert(stack_.fib_generation()).second; };
  NexthopObject object;
  object.family = AF_INET;
  object.hop.gateway = A("10.0.0.9");
  object.hop.oif = eth0_;
  EXPECT_TRUE(changed());
  for (const uint32_t id : {1, 2}) {
    object.id = id;
    ASSERT_TRUE(stack_.NewNexthop(object, NLM_F_CREATE).ok());
  }
  EXPECT_FALSE(changed());
  Route route = Make("192.0.2.0/24", {});
  route.nexthop_id = 1;
  ASSERT_TRUE(stack_.NewRoute(route, NLM_F_CREATE).ok());
  EXPECT_TRUE(changed());
  object.hop.gateway = A("10.0.0.10");
  ASSERT_TRUE(stack_.NewNexthop(object, NLM_F_REPLACE).ok());  // of 2
  EXPECT_FALSE(changed());
  object.id = 1;
  ASSERT_TRUE(stack_.NewNexthop(object, NLM_F_REPLACE).ok());
  EXPECT_TRUE(changed());
  ASSERT_TRUE(stack_.DeleteNexthop(2).ok());
  EXPECT_FALSE(changed());
  ASSERT_TRUE(stack_.DeleteNexthop(1).ok());
  EXPECT_TRUE(changed());
}

TEST_F(StackTest, LongPrefixesOfMainBeatLocalUntilThereAreRules) {
  Route local = Make("198.51.100.0/24", {});
  local.type = RTN_LOCAL;
  local.scope = RT_SCOPE_HOST;
  local.table = RT_TABLE_LOCAL;
  Hop hop;
  hop.oif = 1;
  local.hops.push_back(hop);
  ASSERT_TRUE(stack_.NewRoute(local, NLM_F_CREATE).ok());
  Add("198.51.100.128/25", {"10.0.0.9"});
  EXPECT_EQ(Out("198.51.100.1").type, RTN_LOCAL);
  EXPECT_EQ(Out("198.51.100.129").type, RTN_UNICAST);
  Rule rule;
  rule.priority = 100;
  rule.table = 10;
  rule.source = rule.destination = {IpAddress::Any(AF_INET), 0};
  ASSERT_TRUE(stack_.NewRule(rule, NLM_F_CREATE).ok());
  EXPECT_EQ(Out("198.51.100.129").type, RTN_LOCAL);
}

TEST_F(StackTest, DeletedLinkTakesEverythingAlong) {
  Add("192.0.2.0/24", {"10.0.0.9"});
  Neighbour neighbour;
  neighbour.ifindex = eth0_;
  neighbour.address = A("10.0.0.9");
  neighbour.state = NUD_PERMANENT;
  neighbour.mac = MacAddress{2, 0, 0, 0, 0, 9};
  ASSERT_TRUE(stack_.NewNeighbour(neighbour, NLM_F_CREATE).ok());
  ASSERT_TRUE(stack_.DeleteLink(eth0_).ok());
  EXPECT_EQ(stack_.FindLink("eth0"), nullptr);
  EXPECT_EQ(Out("192.0.2.1").error, ENETUNREACH);
  EXPECT_FALSE(stack_.IsLocal(A("10.0.0.1")));
  EXPECT_TRUE(stack_.Neighbours(AF_INET).empty());
  for (int family : {AF_INET, AF_INET6}) {
    for (const RouteTable* table : stack_.Tables(family)) {
      for (const Route* route : table->Sorted()) {
        for (const Hop& hop : route->hops) EXPECT_NE(hop.oif, eth0_);
      }
    }
  }
}

TEST_F(StackTest, VrfMembersHaveTheirOwnTable) {
  Link vrf;
  vrf.name = "red";
  vrf.kind = "vrf";
  vrf.vrf_table = 100;
  vrf.admin_flags = IFF_NOARP | IFF_MASTER;
  int red = 0;
  ASSERT_TRUE(stack_.AddLink(vrf, &red).ok());
  stack_.SetUp(red);
  LinkChange enslave;
  enslave.master = red;
  ASSERT_TRUE(stack_.ChangeLink(eth1_, enslave).ok());
  ASSERT_TRUE(stack_.AddAddress(eth1_, P("10.7.0.1/24")).ok());
  EXPECT_EQ(Out("10.7.0.7").error, ENETUNREACH);
  // What it had before moved along; IPv6 addresses were lost.
  EXPECT_EQ(Out("10.0.1.7").error, ENETUNREACH);
  EXPECT_FALSE(stack_.IsLocal(A("10.0.1.1")));
  EXPECT_EQ(stack_.FindAddress(A("2001:db8:1::1")), nullptr);
  const RouteTable* table = stack_.FindTable(AF_INET, 100);
  ASSERT_NE(table, nullptr);
  EXPECT_NE(table->Find(P("10.7.0.0/24")), nullptr);
  EXPECT_NE(table->Find(P("10.0.1.0/24")), nullptr);
  EXPECT_NE(table->Find(P("10.0.1.1/32")), nullptr);
}

}  // namespace
}  // namespace quiesce
