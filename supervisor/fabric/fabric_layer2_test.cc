// VLAN devices and bridges, as messages go through them.
#include <linux/icmp.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "supervisor/fabric/fabric.h"

namespace quiesce {
namespace {

constexpr int kEth0 = 2;
constexpr int kEth1 = 3;
constexpr int kEth2 = 4;

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }

// Nodes with so many interfaces, all up, without addresses.
class Layer2 : public testing::Test {
 protected:
  int Node(int interfaces) {
    const int node = static_cast<int>(stacks_.size());
    stacks_.push_back(std::make_unique<Stack>());
    Stack& stack = *stacks_.back();
    EXPECT_TRUE(stack.SetUp(1).ok());
    for (int i = 0; i < interfaces; ++i) {
      const int link =
          stack.AddEthernet("eth" + std::to_string(i),
                            {2, 0, 0, 0, uint8_t(node), uint8_t(i + 1)}, 1500);
      EXPECT_TRUE(stack.SetUp(link).ok());
    }
    return node;
  }

  void Address(int node, int link, const char* address) {
    EXPECT_TRUE(
        stacks_[node]->AddAddress(link, *IpPrefix::Parse(address)).ok());
  }

  int Vlan(int node, int lower, int id) {
    Link link;
    link.name = "vlan" + std::to_string(id);
    link.lower = lower;
    link.vlan_id = static_cast<uint16_t>(id);
    int ifindex = 0;
    EXPECT_TRUE(stacks_[node]->AddVlan(link, &ifindex).ok());
    EXPECT_TRUE(stacks_[node]->SetUp(ifindex).ok());
    return ifindex;
  }

  int Bridge(int node, const std::vector<int>& ports) {
    Link link;
    link.name = "br0";
    link.mac = {2, 1, 1, 1, 1, uint8_t(node)};
    int ifindex = 0;
    EXPECT_TRUE(stacks_[node]->AddBridge(link, &ifindex).ok());
    EXPECT_TRUE(stacks_[node]->SetUp(ifindex).ok());
    LinkChange enslave;
    enslave.master = ifindex;
    for (int port : ports) {
      EXPECT_TRUE(stacks_[node]->ChangeLink(port, enslave).ok());
    }
    return ifindex;
  }

  // Must be called once, when the nodes are there.
  Fabric& Wire(const std::vector<std::vector<Port>>& links) {
    std::vector<const Stack*> stacks;
    for (const auto& stack : stacks_) stacks.push_back(stack.get());
    fabric_ = std::make_unique<Fabric>(stacks);
    for (const auto& ends : links) fabric_->Connect(ends, 100);
    return *fabric_;
  }

  static Message To(int from, const char* source, const char* destination) {
    Message m;
    m.from = m.opener = from;
    m.protocol = IPPROTO_TCP;
    m.source = {Ip(source), 1000};
    m.destination = {Ip(destination), 179};
    return m;
  }

  // Nodes and interfaces at which a multicast arrives.
  std::vector<Port> Hear(int from, int oif, const char* group) {
    Message m = To(from, "10.0.0.1", group);
    m.kind = MessageKind::kDatagram;
    m.protocol = IPPROTO_UDP;
    m.oif = oif;
    std::vector<Port> heard;
    for (const Message& each : fabric_->Route({m}, 0)) {
      heard.push_back({each.to, each.iif});
    }
    return heard;
  }

  std::vector<std::unique_ptr<Stack>> stacks_;
  std::unique_ptr<Fabric> fabric_;
};

TEST_F(Layer2, VlansMeetThoseOfTheSameId) {
  const int a = Node(1), b = Node(1);
  const int a10 = Vlan(a, kEth0, 10), b10 = Vlan(b, kEth0, 10);
  const int a20 = Vlan(a, kEth0, 20);
  Address(a, a10, "10.0.10.1/24");
  Address(b, b10, "10.0.10.2/24");
  Address(a, a20, "10.0.20.1/24");
  Address(b, kEth0, "10.0.20.2/24");
  Fabric& fabric = Wire({{{a, kEth0}, {b, kEth0}}});
  Fabric::Arrival there = fabric.Walk(To(a, "10.0.10.1", "10.0.10.2"));
  EXPECT_EQ(there.node, b);
  EXPECT_EQ(there.iif, b10);
  EXPECT_EQ(there.latency, 100);
  // The other end has no VLAN 20, though it has the address.
  there = fabric.Walk(To(a, "10.0.20.1", "10.0.20.2"));
  EXPECT_EQ(there.node, kNoNode);
  EXPECT_EQ(there.icmp, ICMP_DEST_UNREACH << 8 | ICMP_HOST_UNREACH);
}

TEST_F(Layer2, MulticastsStayInTheirVlan) {
  const int a = Node(1), b = Node(1);
  const int a10 = Vlan(a, kEth0, 10), b10 = Vlan(b, kEth0, 10);
  Vlan(b, kEth0, 20);
  Wire({{{a, kEth0}, {b, kEth0}}});
  EXPECT_EQ(Hear(a, a10, "224.0.0.1"), (std::vector<Port>{{b, b10}}));
  EXPECT_EQ(Hear(a, kEth0, "224.0.0.1"), (std::vector<Port>{{b, kEth0}}));
}

TEST_F(Layer2, TagsMayBeStacked) {
  const int a = Node(1), b = Node(1);
  const int outer_a = Vlan(a, kEth0, 10), outer_b = Vlan(b, kEth0, 10);
  const int inner_a = Vlan(a, outer_a, 20), inner_b = Vlan(b, outer_b, 20);
  Address(a, inner_a, "10.0.0.1/24");
  Address(b, inner_b, "10.0.0.2/24");
  Fabric& fabric = Wire({{{a, kEth0}, {b, kEth0}}});
  EXPECT_EQ(fabric.Walk(To(a, "10.0.0.1", "10.0.0.2")).iif, inner_b);
}

TEST_F(Layer2, AVlanFollowsItsInterface) {
  const int a = Node(1), b = Node(1);
  const int a10 = Vlan(a, kEth0, 10), b10 = Vlan(b, kEth0, 10);
  Address(a, a10, "10.0.10.1/24");
  Address(b, b10, "10.0.10.2/24");
  Fabric& fabric = Wire({{{a, kEth0}, {b, kEth0}}});
  stacks_[b]->SetUp(kEth0, false);
  EXPECT_FALSE(stacks_[b]->FindLink(b10)->up());
  EXPECT_EQ(fabric.Walk(To(a, "10.0.10.1", "10.0.10.2")).node, kNoNode);
  EXPECT_EQ(stacks_[b]->SetUp(b10).error, ENETDOWN);
  stacks_[b]->SetUp(kEth0);
  EXPECT_TRUE(stacks_[b]->FindLink(b10)->up());
  EXPECT_EQ(fabric.Walk(To(a, "10.0.10.1", "10.0.10.2")).node, b);
  stacks_[b]->SetCarrier(kEth0, false);
  EXPECT_FALSE(stacks_[b]->FindLink(b10)->carrier);
}

// a - s1 - s2 - c, and b at s1.
class Switched : public Layer2 {
 protected:
  Switched() {
    a_ = Node(1), b_ = Node(1), c_ = Node(1), s1_ = Node(3), s2_ = Node(2);
    Address(a_, kEth0, "10.0.0.1/24");
    Address(b_, kEth0, "10.0.0.2/24");
    Address(c_, kEth0, "10.0.0.3/24");
    br1_ = Bridge(s1_, {kEth0, kEth1, kEth2});
    br2_ = Bridge(s2_, {kEth0, kEth1});
    Address(s1_, br1_, "10.0.0.11/24");
    Wire({{{a_, kEth0}, {s1_, kEth0}},
          {{b_, kEth0}, {s1_, kEth1}},
          {{s1_, kEth2}, {s2_, kEth0}},
          {{s2_, kEth1}, {c_, kEth0}}});
  }
  int a_, b_, c_, s1_, s2_, br1_, br2_;
};

TEST_F(Switched, BridgesPassOn) {
  Fabric::Arrival there = fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.3"));
  EXPECT_EQ(there.node, c_);
  EXPECT_EQ(there.latency, 300);
  EXPECT_EQ(there.ttl, 64);
  there = fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.2"));
  EXPECT_EQ(there.node, b_);
  EXPECT_EQ(there.latency, 200);
  there = fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.9"));
  EXPECT_EQ(there.icmp, ICMP_DEST_UNREACH << 8 | ICMP_HOST_UNREACH);
  EXPECT_EQ(there.reporter, a_);
}

TEST_F(Switched, ABridgeHasAddressesAndSends) {
  Fabric::Arrival there = fabric_->Walk(To(c_, "10.0.0.3", "10.0.0.11"));
  EXPECT_EQ(there.node, s1_);
  EXPECT_EQ(there.iif, br1_);
  there = fabric_->Walk(To(s1_, "10.0.0.11", "10.0.0.3"));
  EXPECT_EQ(there.node, c_);
  EXPECT_EQ(there.latency, 200);
}

TEST_F(Switched, MulticastsAreFlooded) {
  EXPECT_EQ(
      Hear(a_, kEth0, "224.0.0.1"),
      (std::vector<Port>{{s1_, br1_}, {b_, kEth0}, {s2_, br2_}, {c_, kEth0}}));
  EXPECT_EQ(Hear(s1_, br1_, "224.0.0.1").size(), 4u);
}

TEST_F(Switched, TagsGoThrough) {
  const int a10 = Vlan(a_, kEth0, 10), c10 = Vlan(c_, kEth0, 10);
  const int own = Vlan(s1_, br1_, 10);
  Address(a_, a10, "10.0.10.1/24");
  Address(c_, c10, "10.0.10.3/24");
  EXPECT_EQ(fabric_->Walk(To(a_, "10.0.10.1", "10.0.10.3")).iif, c10);
  EXPECT_EQ(Hear(a_, a10, "224.0.0.1"),
            (std::vector<Port>{{s1_, own}, {c_, c10}}));
}

TEST_F(Switched, APortThatIsDownPassesNothingOn) {
  stacks_[s1_]->SetUp(kEth2, false);
  EXPECT_EQ(fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.3")).node, kNoNode);
  EXPECT_EQ(fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.2")).node, b_);
  stacks_[s1_]->SetUp(br1_, false);
  EXPECT_EQ(fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.2")).node, kNoNode);
}

TEST_F(Switched, ACutCableBehindABridgeIsNotNoticed) {
  fabric_->SetCut({s2_, kEth1}, true);
  const Fabric::Arrival there = fabric_->Walk(To(a_, "10.0.0.1", "10.0.0.3"));
  EXPECT_EQ(there.node, kNoNode);
  EXPECT_EQ(there.icmp, 0u);
}

TEST_F(Layer2, ALoopOfBridgesIsNoStorm) {
  const int a = Node(1), b = Node(1), s1 = Node(3), s2 = Node(3);
  Address(a, kEth0, "10.0.0.1/24");
  Address(b, kEth0, "10.0.0.2/24");
  Bridge(s1, {kEth0, kEth1, kEth2});
  Bridge(s2, {kEth0, kEth1, kEth2});
  Fabric& fabric = Wire({{{a, kEth0}, {s1, kEth0}},
                         {{b, kEth0}, {s2, kEth0}},
                         {{s1, kEth1}, {s2, kEth1}},
                         {{s1, kEth2}, {s2, kEth2}}});
  EXPECT_EQ(fabric.Walk(To(a, "10.0.0.1", "10.0.0.2")).node, b);
  EXPECT_LE(Hear(a, kEth0, "224.0.0.1").size(), 6u);
}

TEST_F(Layer2, ABridgeHasTheLowestAddressOfItsPorts) {
  const int s = Node(2);
  const int bridge = Bridge(s, {kEth1});
  Stack& stack = *stacks_[s];
  EXPECT_TRUE(stack.FindLink(bridge)->carrier);
  EXPECT_EQ(stack.FindLink(bridge)->mac, stack.FindLink(kEth1)->mac);
  LinkChange change;
  change.master = bridge;
  stack.ChangeLink(kEth0, change);
  EXPECT_EQ(stack.FindLink(bridge)->mac, stack.FindLink(kEth0)->mac);
  stack.SetCarrier(kEth0, false);
  EXPECT_TRUE(stack.FindLink(bridge)->carrier);
  stack.SetUp(kEth1, false);
  EXPECT_FALSE(stack.FindLink(bridge)->carrier);
}

}  // namespace
}  // namespace quiesce
