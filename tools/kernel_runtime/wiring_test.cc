#include "tools/kernel_runtime/wiring.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "topo/build.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Topology Build(const std::string& text) {
  proto::Topology words;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &words));
  BuildOptions options;
  options.default_image = "none";
  auto topology = BuildTopology(words, options);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

Topology Pair() {
  return Build(R"pb(
    node {
      name: "a"
      interface { name: "eth1" address: "10.9.0.0/31" mtu: 9000 }
      interface { name: "spare" }
    }
    node {
      name: "b"
      interface { name: "lo" address: "10.0.1.1/24" }
      interface {
        name: "eth7"
        mac: "02:11:22:33:44:55"
        address: "10.9.0.1/31"
        address: "fd00::1/64"
      }
      default_gateway: "10.9.0.0"
      route { prefix: "10.7.0.0/16" via: "10.9.0.0" }
      route { prefix: "10.8.0.0/16" blackhole: true }
      route { prefix: "fd07::/64" interface: "eth7" }
    }
    link {
      a { node: "a" interface: "eth1" }
      b { node: "b" interface: "eth7" }
    }
  )pb");
}

TEST(Wiring, BothEndsAreBornWhereTheyBelong) {
  Topology topology = Pair();
  EXPECT_EQ(LinkBatch(topology, {71, 72}),
            "link add name eth1 index 2 address " +
                topology.node(0).interfaces[1].mac.ToString() +
                " mtu 9000 netns 71 type veth peer name eth7 index 2 address "
                "02:11:22:33:44:55 mtu 1500 netns 72\n");
}

TEST(Wiring, NeighboursArePermanent) {
  std::string batch = NodeBatch(Pair(), 0, false);
  for (const char* address :
       {"10.9.0.1", "fd00::1", "fe80::11:22ff:fe33:4455"}) {
    EXPECT_THAT(
        batch, HasSubstr(std::string("neigh replace ") + address +
                         " lladdr 02:11:22:33:44:55 nud permanent dev eth1\n"));
  }
}

TEST(Wiring, LinksAreUpBeforeNeighboursAndRoutes) {
  std::string batch = NodeBatch(Pair(), 1, true);
  size_t up = batch.find("link set eth7 up\n");
  ASSERT_NE(up, std::string::npos);
  EXPECT_LT(batch.find("addr add 10.0.1.1/24 dev lo\n"), up);
  EXPECT_LT(up, batch.find("neigh replace 10.9.0.0 "));
  EXPECT_LT(batch.find("neigh replace 10.9.0.0 "),
            batch.find("route add 0.0.0.0/0 via 10.9.0.0\n"));
  EXPECT_THAT(batch, HasSubstr("route add 10.7.0.0/16 via 10.9.0.0\n"));
  EXPECT_THAT(batch, HasSubstr("route add blackhole 10.8.0.0/16\n"));
  EXPECT_THAT(batch, HasSubstr("route add fd07::/64 dev eth7\n"));
}

TEST(Wiring, ADaemonsRoutesAreLeftToTheDaemon) {
  EXPECT_THAT(NodeBatch(Pair(), 1, false), Not(HasSubstr("route add")));
}

TEST(Wiring, AnInterfaceWithoutACableIsADummy) {
  std::string batch = NodeBatch(Pair(), 0, false);
  EXPECT_THAT(batch, HasSubstr("link add name spare index 3 "));
  EXPECT_THAT(batch, HasSubstr(" type dummy\n"));
  EXPECT_THAT(batch, HasSubstr("link set spare up\n"));
}

TEST(Wiring, LinkLocalAddressFlipsTheUniversalBit) {
  EXPECT_EQ(
      LinkLocalOf(*HardwareAddress::Parse("02:11:22:33:44:55")).ToString(),
      "fe80::11:22ff:fe33:4455");
  EXPECT_EQ(
      LinkLocalOf(*HardwareAddress::Parse("00:00:5e:00:53:01")).ToString(),
      "fe80::200:5eff:fe00:5301");
}

TEST(Wiring, KnowsWhetherIpv6IsUsed) {
  EXPECT_TRUE(UsesIpv6(Pair()));
  EXPECT_FALSE(UsesIpv6(Build(R"pb(
    node {
      name: "a"
      interface { name: "lo" address: "10.0.0.1/32" }
    }
  )pb")));
}

}  // namespace
}  // namespace quiesce
