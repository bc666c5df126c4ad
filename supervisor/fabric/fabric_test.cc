#include "supervisor/fabric/fabric.h"

#include <linux/icmp.h>

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr int kEth0 = 2;
constexpr int kEth1 = 3;

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }

// a (10.0.0.1) -- b (10.0.0.2, 10.0.1.2) -- c (10.0.1.3), with routes.
class Line : public testing::Test {
 protected:
  enum { kA, kB, kC };

  Line() {
    for (int i = 0; i < 3; ++i) {
      stacks_.push_back(std::make_unique<Stack>());
      stacks_[i]->SetForwarding(AF_INET, true);
      EXPECT_TRUE(stacks_[i]->SetUp(1).ok());
    }
    Add(kA, "10.0.0.1/24");
    Add(kB, "10.0.0.2/24");
    Add(kB, "10.0.1.2/24");
    Add(kC, "10.0.1.3/24");
    Gateway(kA, "10.0.0.2");
    Gateway(kC, "10.0.1.2");
    fabric_ = std::make_unique<Fabric>(std::vector<const Stack*>{
        stacks_[0].get(), stacks_[1].get(), stacks_[2].get()});
    fabric_->Connect({{kA, kEth0}, {kB, kEth0}}, 100);
    fabric_->Connect({{kB, kEth1}, {kC, kEth0}}, 30);
  }

  void Add(int node, const char* address) {
    Stack& stack = *stacks_[node];
    const std::string name = "eth" + std::to_string(links_[node]++);
    MacAddress mac{};
    mac[5] = ++macs_;
    const int ifindex = stack.AddEthernet(name, mac, 1500);
    EXPECT_TRUE(stack.SetUp(ifindex).ok());
    EXPECT_TRUE(stack.AddAddress(ifindex, *IpPrefix::Parse(address)).ok());
  }

  void Gateway(int node, const char* gateway) {
    Route route;
    route.destination = {IpAddress::Any(AF_INET), 0};
    route.table = RT_TABLE_MAIN;
    route.protocol = RTPROT_STATIC;
    route.type = RTN_UNICAST;
    Hop hop;
    hop.gateway = Ip(gateway);
    route.hops.push_back(hop);
    EXPECT_TRUE(stacks_[node]->NewRoute(route, NLM_F_CREATE).ok());
  }

  static Message To(const char* destination) {
    Message m;
    m.from = m.opener = kA;
    m.protocol = IPPROTO_TCP;
    m.source = {Ip("10.0.0.1"), 1000};
    m.destination = {Ip(destination), 179};
    return m;
  }

  std::vector<std::unique_ptr<Stack>> stacks_;
  int links_[3] = {};
  uint8_t macs_ = 0;
  std::unique_ptr<Fabric> fabric_;
};

TEST_F(Line, LatenciesOfTheWayAddUp) {
  EXPECT_EQ(fabric_->Walk(To("10.0.0.2")).latency, 100);
  const Fabric::Arrival arrival = fabric_->Walk(To("10.0.1.3"));
  EXPECT_EQ(arrival.node, kC);
  EXPECT_EQ(arrival.iif, kEth0);
  EXPECT_EQ(arrival.ttl, 63);
  EXPECT_EQ(arrival.latency, 130);
  const std::vector<Message> routed = fabric_->Route({To("10.0.1.3")}, 5000);
  ASSERT_EQ(routed.size(), 1);
  EXPECT_EQ(routed[0].to, kC);
  EXPECT_EQ(routed[0].arrival, 5130);
}

// c's eth0 is at the other end of b's eth1.
TEST_F(Line, LinkLocalAddressesAreOfTheReceiversInterface) {
  Message m = To("fe80::200:ff:fe00:3");
  m.from = m.opener = kC;
  m.source = {Ip("fe80::200:ff:fe00:4"), 1000, kEth0};
  m.destination.scope = kEth0;
  const std::vector<Message> routed = fabric_->Route({m}, 0);
  ASSERT_EQ(routed.size(), 1);
  EXPECT_EQ(routed[0].kind, m.kind);
  EXPECT_EQ(routed[0].to, kB);
  EXPECT_EQ(routed[0].iif, kEth1);
  EXPECT_EQ(routed[0].source.scope, kEth1);
  EXPECT_EQ(routed[0].destination.scope, kEth1);
  // Addresses that are not of a link have no scope.
  EXPECT_EQ(fabric_->Route({To("10.0.1.3")}, 0).at(0).source.scope, 0);
}

TEST_F(Line, ACutCableLosesInSilence) {
  fabric_->SetCut({kC, kEth0}, true);
  const Fabric::Arrival arrival = fabric_->Walk(To("10.0.1.3"));
  EXPECT_EQ(arrival.node, kNoNode);
  EXPECT_EQ(arrival.icmp, 0);
  EXPECT_EQ(fabric_->Walk(To("10.0.0.2")).node, kB);
  fabric_->SetCut({kB, kEth1}, false);
  EXPECT_EQ(fabric_->Walk(To("10.0.1.3")).node, kC);
}

TEST_F(Line, AnAbsentNodeDoesNotAnswer) {
  fabric_->SetStack(kC, nullptr);
  const Fabric::Arrival arrival = fabric_->Walk(To("10.0.1.3"));
  EXPECT_EQ(arrival.node, kNoNode);
  EXPECT_EQ(arrival.icmp, ICMP_DEST_UNREACH << 8 | ICMP_HOST_UNREACH);
  EXPECT_EQ(arrival.reporter, kB);
  EXPECT_EQ(arrival.latency, 100 + 3 * kSecond);
  fabric_->SetStack(kC, stacks_[kC].get());
  EXPECT_EQ(fabric_->Walk(To("10.0.1.3")).node, kC);
}

TEST_F(Line, CablesHaveTwoEnds) {
  EXPECT_EQ(fabric_->FarEnd({kA, kEth0}), (Port{kB, kEth0}));
  EXPECT_EQ(fabric_->FarEnd({kC, kEth0}), (Port{kB, kEth1}));
  fabric_->Connect({{kA, 7}, {kB, 7}, {kC, 7}}, 0);
  EXPECT_EQ(fabric_->FarEnd({kA, 7}), Port{});
  EXPECT_EQ(fabric_->FarEnd({kA, kEth1}), Port{});
}

// As two emulators would do it that own a and c, and b: the same end, whatever
// it is, and nothing is looked up where it is not known.
TEST_F(Line, AJourneyGoesOnWhereTheNextNodeIs) {
  Fabric own({stacks_[kA].get(), nullptr, stacks_[kC].get()});
  Fabric other({nullptr, stacks_[kB].get(), nullptr});
  for (Fabric* fabric : {&own, &other}) {
    fabric->Connect({{kA, kEth0}, {kB, kEth0}}, 100);
    fabric->Connect({{kB, kEth1}, {kC, kEth0}}, 30);
    for (int node = kA; node <= kC; ++node) {
      fabric->SetElsewhere(node, true);
    }
  }
  Message expiring = To("10.0.1.3");
  expiring.ttl = 1;
  const Message cases[] = {
      To("10.0.0.2"),   // ends at b
      To("10.0.1.3"),   // through b to c
      To("10.0.1.77"),  // nobody on b's link: c has been asked, b says so
      To("10.0.0.77"),  // b is not the one asked for: a says so
      To("10.9.9.9"),   // b has no route
      expiring,         // b says so
  };
  for (const Message& message : cases) {
    const Message whole = fabric_->Route({message}, 7)[0];
    std::vector<Fabric::Journey> journeys;
    own.Begin(message, &journeys);
    Fabric::Journey& journey = journeys.at(0);
    int turns = 0;
    std::vector<Fabric::Journey> copies;
    while (journey.stage != Fabric::Journey::Stage::kDone && turns < 9) {
      (turns++ % 2 == 0 ? own : other).Advance(&journey, &copies);
    }
    const Message parts = *Fabric::Finish(journey, 7);
    EXPECT_EQ(parts.kind, whole.kind) << message.destination.ToString();
    EXPECT_EQ(parts.to, whole.to);
    EXPECT_EQ(parts.iif, whole.iif);
    EXPECT_EQ(parts.ttl, whole.ttl);
    EXPECT_EQ(parts.value, whole.value);
    EXPECT_EQ(parts.arrival, whole.arrival);
    EXPECT_EQ(parts.reporter, whole.reporter);
  }
}

// Three routers on one LAN beside the line; 10.0.9.1, .2 and .3.
class Lan : public Line {
 protected:
  Lan() {
    for (const int node : {kA, kB, kC}) {
      const std::string address = "10.0.9." + std::to_string(node + 1) + "/24";
      Add(node, address.c_str());
      lan_[node] = {node, links_[node] + 1};
    }
    fabric_->Connect({lan_[kA], lan_[kB], lan_[kC]}, 7);
  }

  static Message Datagram(const char* destination, int oif) {
    Message m = To(destination);
    m.kind = MessageKind::kDatagram;
    m.protocol = IPPROTO_UDP;
    m.oif = oif;
    m.ttl = 1;
    return m;
  }

  std::vector<NodeId> Receivers(const Message& sent) {
    std::vector<NodeId> to;
    for (const Message& m : fabric_->Route({sent}, 0)) {
      EXPECT_EQ(m.kind, MessageKind::kDatagram);
      EXPECT_EQ(m.iif, lan_[m.to].ifindex);
      EXPECT_EQ(m.arrival, 7);
      EXPECT_EQ(m.ttl, 1);
      to.push_back(m.to);
    }
    return to;
  }

  Port lan_[3];
};

using Nodes = std::vector<NodeId>;

TEST_F(Lan, WhoHasTheAddressAnswers) {
  EXPECT_EQ(fabric_->Walk(To("10.0.9.2")).node, kB);
  EXPECT_EQ(fabric_->Walk(To("10.0.9.3")).node, kC);
  const Fabric::Arrival nobody = fabric_->Walk(To("10.0.9.4"));
  EXPECT_EQ(nobody.icmp, ICMP_DEST_UNREACH << 8 | ICMP_HOST_UNREACH);
  EXPECT_EQ(nobody.reporter, kA);
}

TEST_F(Lan, ACutEndLeavesTheOthers) {
  fabric_->SetCut(lan_[kC], true);
  EXPECT_EQ(fabric_->Walk(To("10.0.9.2")).node, kB);
  EXPECT_EQ(fabric_->Walk(To("10.0.9.3")).node, kNoNode);
  EXPECT_EQ(fabric_->Walk(To("10.0.9.3")).icmp, 0);
  EXPECT_EQ(Receivers(Datagram("255.255.255.255", lan_[kA].ifindex)),
            Nodes{kB});
}

TEST_F(Lan, BroadcastsReachAll) {
  const int oif = lan_[kA].ifindex;
  EXPECT_EQ(Receivers(Datagram("255.255.255.255", oif)), (Nodes{kB, kC}));
  EXPECT_EQ(Receivers(Datagram("10.0.9.255", oif)), (Nodes{kB, kC}));
}

TEST_F(Lan, MulticastsReachWhoListens) {
  const int oif = lan_[kA].ifindex;
  EXPECT_EQ(Receivers(Datagram("224.0.0.1", oif)), (Nodes{kB, kC}));
  EXPECT_EQ(Receivers(Datagram("224.0.0.5", oif)), Nodes{});
  stacks_[kC]->JoinGroup(lan_[kC].ifindex, Ip("224.0.0.5"));
  stacks_[kB]->JoinGroup(kEth0, Ip("224.0.0.5"));  // elsewhere
  EXPECT_EQ(Receivers(Datagram("224.0.0.5", oif)), Nodes{kC});
  fabric_->SetStack(kC, nullptr);
  EXPECT_EQ(Receivers(Datagram("224.0.0.5", oif)), Nodes{});
}

// A macvlan device of r2's has a group; what one of r1's sends goes out below.
TEST_F(Lan, WhoRidesOnALinkHearsAndSaysByIt) {
  int upper[3];
  for (const int node : {kA, kB}) {
    Link link;
    link.kind = "macvlan";
    link.name = "upper";
    link.mac = {2, 0, 0, 0, 9, static_cast<uint8_t>(node)};
    link.lower = lan_[node].ifindex;
    ASSERT_TRUE(stacks_[node]->AddLink(link, &upper[node]).ok());
    ASSERT_TRUE(stacks_[node]->SetUp(upper[node]).ok());
  }
  EXPECT_EQ(Receivers(Datagram("224.0.0.18", upper[kA])), Nodes{});
  stacks_[kB]->JoinGroup(upper[kB], Ip("224.0.0.18"));
  EXPECT_EQ(Receivers(Datagram("224.0.0.18", upper[kA])), Nodes{kB});
  LinkChange down;
  down.proto_down = true;
  ASSERT_TRUE(stacks_[kB]->ChangeLink(upper[kB], down).ok());
  EXPECT_EQ(Receivers(Datagram("224.0.0.18", upper[kA])), Nodes{});
}

// Nobody is told that nobody listens.
TEST_F(Lan, WhatNobodyHearsIsLost) {
  EXPECT_TRUE(
      fabric_->Route({Datagram("224.0.0.5", lan_[kA].ifindex)}, 0).empty());
  EXPECT_TRUE(fabric_->Route({Datagram("224.0.0.1", 77)}, 0).empty());
}

// Sessions are numbered by their openers, so two of one node's may have the
// same number; the order must not be left to chance all the same.
TEST_F(Line, SessionsOfTwoOpenersHaveAnOrder) {
  Message to_b = To("10.0.0.2"), to_c = To("10.0.1.3");
  to_b.from_opener = to_c.from_opener = false;
  to_b.opener = kB;
  to_c.opener = kC;
  EXPECT_TRUE(DeliveredBefore(to_b, to_c));
  EXPECT_FALSE(DeliveredBefore(to_c, to_b));
}

}  // namespace
}  // namespace quiesce
