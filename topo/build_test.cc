// Reading a topology written by hand, and everything that can be wrong in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "topo/textproto.h"

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTwo[] = R"(
name: "two"
options { image: "frr" }
node {
  name: "r1"
  interface { name: "lo" address: "10.0.0.1/24" }
  interface { name: "eth1" address: "172.16.0.0/31" address: "fd00::/127" }
  bgp { asn: 65001 network: "10.0.0.0/24" neighbor { peer: "r2" } }
}
node {
  name: "r2" image: "bird"
  interface { name: "eth7" mtu: 9000 mac: "02:aa:00:00:00:01" }
  interface { name: "eth1" address: "172.16.0.1/31" address: "fd00::1/127" }
  bgp {
    asn: 65002
    neighbor { address: "172.16.0.0" password: "x" ttl_security_hops: 1 }
  }
}
link { a { node: "r1" interface: "eth1" } b { node: "r2" interface: "eth1" } latency_us: 1500 }
)";

std::vector<std::string> Errors(absl::string_view text) {
  const auto topology = ParseTopologyText(text, "net.textproto", "");
  EXPECT_FALSE(topology.ok());
  return absl::StrSplit(std::string(topology.status().message()), '\n');
}

TEST(Build, ResolvesWhatWasLeftOut) {
  const auto topology = ParseTopologyText(kTwo, "net.textproto", "");
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_EQ(topology->name(), "two");
  ASSERT_EQ(topology->nodes().size(), 2);
  const TopologyNode& r1 = topology->node(0);
  const TopologyNode& r2 = topology->node(1);
  EXPECT_EQ(r1.image, "frr");
  EXPECT_EQ(r2.image, "bird");
  ASSERT_EQ(r1.interfaces.size(), 2);
  EXPECT_EQ(r1.interfaces[0].name, "lo");
  EXPECT_EQ(r1.interfaces[0].ifindex, 1);
  EXPECT_EQ(r1.interfaces[1].ifindex, 2);
  EXPECT_EQ(r1.interfaces[1].mtu, 1500);
  EXPECT_EQ(r1.interfaces[1].mac.ToString(), "02:00:00:00:00:02");
  EXPECT_EQ(r2.interfaces[1].mac.ToString(), "02:aa:00:00:00:01");
  EXPECT_EQ(r2.interfaces[1].mtu, 9000);
  EXPECT_EQ(r2.interfaces[2].mac.ToString(), "02:00:00:01:00:03");
  EXPECT_EQ(r1.bgp->router_id.ToString(), "10.0.0.1");
  EXPECT_EQ(r2.bgp->router_id.ToString(), "192.168.0.2");
  // A neighbour named by its node is a session for each family of the link.
  ASSERT_EQ(r1.bgp->neighbors.size(), 2);
  EXPECT_EQ(r1.bgp->neighbors[0].address.ToString(), "172.16.0.1");
  EXPECT_EQ(r1.bgp->neighbors[0].remote_as, 65002u);
  EXPECT_EQ(r1.bgp->neighbors[1].address.ToString(), "fd00::1");
  ASSERT_EQ(r2.bgp->neighbors.size(), 1);
  EXPECT_EQ(r2.bgp->neighbors[0].peer, 0);
  EXPECT_EQ(r2.bgp->neighbors[0].remote_as, 65001u);
  EXPECT_EQ(topology->SessionEnds(), 3);
  ASSERT_EQ(topology->links().size(), 1);
  EXPECT_EQ(topology->links()[0].latency, absl::Microseconds(1500));
  EXPECT_EQ(topology->Peers(0, 1).at(0).node, 1);
  EXPECT_EQ(topology->Peers(0, 1).at(0).interface, 2);
  EXPECT_TRUE(topology->Peers(1, 1).empty());
  EXPECT_EQ(topology->FindNode("r2"), 1);
  EXPECT_EQ(topology->FindNode("r3"), -1);
  EXPECT_EQ(topology->FindOwner(*IpAddress::Parse("172.16.0.1")), 1);
  EXPECT_EQ(topology->FindOwner(*IpAddress::Parse("172.16.0.2")), -1);
}

TEST(Build, DumpReadsBackIdentically) {
  const auto topology = ParseTopologyText(kTwo, "net.textproto", "");
  ASSERT_TRUE(topology.ok()) << topology.status();
  const std::string dump = topology->DumpTextproto();
  const auto again = ParseTopologyText(dump, "other.textproto", "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->DumpTextproto(), dump);
}

TEST(Build, InterfacesThatOnlyLinksNameExist) {
  const auto topology = ParseTopologyText(
      R"(node { name: "a" } node { name: "b" }
         link { a { node: "a" interface: "x" } b { node: "b" interface: "y" } })",
      "n.textproto", "host");
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_EQ(topology->node(0).image, "host");
  EXPECT_EQ(topology->node(0).interfaces[1].name, "x");
  EXPECT_EQ(topology->node(0).interfaces[1].ifindex, 2);
  EXPECT_EQ(topology->node(1).interfaces[1].link, 0);
}

TEST(Build, ListsEveryErrorWithItsLine) {
  EXPECT_THAT(
      Errors(R"(node {
  name: "r1"
  interface { name: "eth1" address: "10.0.0.1/30" }
  interface { name: "eth1" }
  interface { name: "eth2" address: "10.0.0.4/30" mtu: 5 }
}
node {
  name: "r1"
  image: "frr"
  interface { name: "much_too_long_for_linux" }
  interface { name: "eth1" address: "10.0.0.1/30" }
}
node { name: "r 2" image: "frr" }
link { a { node: "r1" interface: "eth1" } b { node: "r9" interface: "eth1" } }
)"),
      ElementsAre(
          AllOf(HasSubstr("net.textproto:1: node r1"), HasSubstr("no image")),
          AllOf(HasSubstr("net.textproto:4: node r1, interface eth1"),
                HasSubstr("another interface of this name")),
          AllOf(HasSubstr("net.textproto:5:"), HasSubstr("mtu 5")),
          AllOf(HasSubstr("net.textproto:5:"), HasSubstr("of the subnet")),
          AllOf(HasSubstr("net.textproto:8:"), HasSubstr("another node")),
          AllOf(HasSubstr("net.textproto:10:"), HasSubstr("15 characters")),
          AllOf(HasSubstr("net.textproto:11:"), HasSubstr("also that of r1")),
          AllOf(HasSubstr("net.textproto:13:"), HasSubstr("no name")),
          AllOf(HasSubstr("net.textproto:14: link r1:eth1 - r9:eth1"),
                HasSubstr("no node 'r9'"))));
}

TEST(Build, LinksUseAnInterfaceOnce) {
  EXPECT_THAT(
      Errors(R"(options { image: "frr" }
node { name: "a" } node { name: "b" } node { name: "c" }
link { a { node: "a" interface: "x" } b { node: "b" interface: "x" } }
link { a { node: "b" interface: "x" } b { node: "a" interface: "x" } }
link { a { node: "c" interface: "x" } b { node: "c" interface: "y" } }
link { a { node: "c" } latency_us: -1 }
)"),
      ElementsAre(AllOf(HasSubstr(":4: "), HasSubstr("duplicate"),
                        HasSubstr("a x - b x")),
                  AllOf(HasSubstr(":5: "), HasSubstr("not a node with itself")),
                  AllOf(HasSubstr(":6: "), HasSubstr("needs an interface")),
                  AllOf(HasSubstr(":6: "), HasSubstr("names no node")),
                  AllOf(HasSubstr(":6: "), HasSubstr("not negative"))));
}

TEST(Build, MacvlansRideOnAnInterfaceAndMayShareAddresses) {
  const auto topology = ParseTopologyText(R"(options { image: "frr" }
node { name: "a" interface { name: "e" mtu: 1400 }
  interface { name: "v" macvlan: "e" address: "10.0.0.9/32" } }
node { name: "b" interface { name: "e" }
  interface { name: "v" macvlan: "e" address: "10.0.0.9/32" } }
link { a { node: "a" interface: "e" } b { node: "b" interface: "e" } }
)",
                                          "net.textproto", "");
  ASSERT_TRUE(topology.ok()) << topology.status();
  const TopologyInterface& v = topology->node(0).interfaces[2];
  EXPECT_EQ(v.macvlan, "e");
  EXPECT_EQ(v.mtu, 1400);
  EXPECT_THAT(
      Errors(R"(options { image: "frr" }
node { name: "a" interface { name: "v" macvlan: "e" } interface { name: "e" } }
node { name: "b" interface { name: "e" }
  interface { name: "v" macvlan: "e" } interface { name: "w" macvlan: "v" }
}
link { a { node: "a" interface: "e" } b { node: "b" interface: "v" } }
)"),
      ElementsAre(AllOf(HasSubstr(":2: "), HasSubstr("no interface 'e'")),
                  AllOf(HasSubstr(":4: "), HasSubstr("no interface 'v'")),
                  AllOf(HasSubstr(":6: "), HasSubstr("rides on e"))));
}

TEST(Build, BgpMustMakeSense) {
  EXPECT_THAT(
      Errors(R"(options { image: "frr" }
node { name: "a"
  interface { name: "e" address: "10.0.0.1/30" }
  bgp {
    router_id: "::1"
    network: "10.1.0.1/24"
    network: "10.2.0.0/24"
    network: "10.2.0.0/24"
    neighbor { address: "10.9.0.2" remote_as: 7 }
    neighbor { address: "10.0.0.2" }
    neighbor { address: "10.0.0.1" remote_as: 7 }
    neighbor { peer: "b" }
    neighbor { peer: "z" }
    neighbor { address: "10.0.0.2" remote_as: 7 update_source: "1.1.1.1" }
    neighbor { remote_as: 7 }
    neighbor { address: "10.9.0.3" remote_as: 7 ebgp_multihop: 3
               ttl_security_hops: 2 }
  }
}
node { name: "b" bgp { asn: 2 } }
)"),
      ElementsAre(
          AllOf(HasSubstr(":4: "), HasSubstr("no AS number")),
          AllOf(HasSubstr(":5: "), HasSubstr("not a router id")),
          AllOf(HasSubstr(":6: "), HasSubstr("write 10.1.0.0/24")),
          AllOf(HasSubstr(":8: "), HasSubstr("twice")),
          AllOf(HasSubstr(":9: "), HasSubstr("no subnet")),
          AllOf(HasSubstr(":10: "), HasSubstr("no remote_as")),
          AllOf(HasSubstr(":11: "), HasSubstr("this node itself")),
          AllOf(HasSubstr(":12: "), HasSubstr("no link")),
          AllOf(HasSubstr(":13: "), HasSubstr("no node 'z'")),
          AllOf(HasSubstr(":14: "), HasSubstr("no address of this node")),
          AllOf(HasSubstr(":15: "), HasSubstr("address or a peer")),
          AllOf(HasSubstr(":17: "), HasSubstr("exclude each other"))));
}

TEST(Build, FilesRoutesAndEventsMustMakeSense) {
  EXPECT_THAT(
      Errors(R"(options { image: "frr" }
node { name: "a"
  default_gateway: "10.0.0.1" default_gateway: "10.0.0.2"
  route { prefix: "10.0.0.0/24" }
  route { prefix: "10.0.0.0/24" via: "fd00::1" }
  route { prefix: "10.0.0.0/24" interface: "eth9" }
  config { daemon: "bgpd" source: "absent.conf" }
  config { daemon: "bgpd" content: "" }
  file { path: "../etc/passwd" content: "" }
}
event { at_seconds: 1 }
event { link_down { node: "a" interface: "lo" } }
event { at_seconds: 2 process_start { node: "b" process: "bgpd" } }
question { node: "a" }
question { node: "a" node: "c" argv: "ip" }
)"),
      ElementsAre(AllOf(HasSubstr(":3: "), HasSubstr("one default gateway")),
                  AllOf(HasSubstr(":4: "), HasSubstr("nowhere")),
                  AllOf(HasSubstr(":5: "), HasSubstr("family")),
                  AllOf(HasSubstr(":6: "), HasSubstr("no interface 'eth9'")),
                  AllOf(HasSubstr(":7: "), HasSubstr("absent.conf")),
                  AllOf(HasSubstr(":8: "), HasSubstr("another one")),
                  AllOf(HasSubstr(":9: "), HasSubstr("absolute path")),
                  AllOf(HasSubstr(":11: "), HasSubstr("what happens")),
                  AllOf(HasSubstr(":12: "), HasSubstr("when")),
                  AllOf(HasSubstr(":12: "), HasSubstr("no link at a")),
                  AllOf(HasSubstr(":13: "), HasSubstr("no node 'b'")),
                  AllOf(HasSubstr(":14: "), HasSubstr("what to run")),
                  AllOf(HasSubstr(":15: "), HasSubstr("no node 'c'"))));
}

TEST(Build, EventsNameWhatThereIs) {
  EXPECT_THAT(
      Errors(R"(options { image: "frr" }
node { name: "a" interface { name: "e" address: "10.0.0.1/30" } }
event { at_seconds: 1 interface_down { node: "a" interface: "f" } }
event { at_seconds: 1
  interface_up { interface: "e" } }
event { at_seconds: 1
  address_add { node: "a" interface: "e"
    address: "10.0.0.9" } }
event { at_seconds: 1 address_del { node: "a" interface: "lo" } }
event { at_seconds: 1 process_kill { node: "a" } }
event { at_seconds: 1
  process_kill { node: "a" process: "bgpd" signal: 65 } }
event { at_seconds: 1 link_down { node: "a" interface: "e" } }
)"),
      ElementsAre(
          AllOf(HasSubstr(":3: "), HasSubstr("no interface 'f'; it has lo, e")),
          AllOf(HasSubstr(":5: "), HasSubstr("interface_up: names no node")),
          AllOf(HasSubstr(":8: "), HasSubstr("'10.0.0.9' is no address with")),
          AllOf(HasSubstr(":9: "), HasSubstr("'' is no address with")),
          AllOf(HasSubstr(":10: "), HasSubstr("names no process")),
          AllOf(HasSubstr(":12: "), HasSubstr("no signal 65")),
          AllOf(HasSubstr(":13: "), HasSubstr("no link at a 'e'"))));
}

TEST(Build, SignalsHaveNamesAndNumbers) {
  const auto topology = ParseTopologyText(R"(
    node { name: "a" }
    event { at_seconds: 1 process_kill { node: "a" process: "p" signal: STOP } }
    event { at_seconds: 1 process_kill { node: "a" process: "p" signal: 18 } }
    event { at_seconds: 1 process_kill { node: "a" process: "p" signal: 40 } })",
                                          "signals", "frr");
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_EQ(topology->events()[0].process_kill().signal(), 19);
  EXPECT_EQ(topology->events()[1].process_kill().signal(),
            proto::ProcessKill::CONT);
  EXPECT_EQ(topology->events()[2].process_kill().signal(), 40);
  EXPECT_THAT(Errors("node { name: \"a\" }\nevent { at_seconds: 1\n"
                     "process_kill { node: \"a\" process: \"p\" "
                     "signal: SIGTERM } }\n"),
              ElementsAre(AllOf(HasSubstr(":3: "), HasSubstr("SIGTERM"))));
}

TEST(Build, SyntaxErrorsHaveLineAndColumn) {
  const std::vector<std::string> errors = Errors("node {\n  nmae: \"r1\"\n}\n");
  ASSERT_EQ(errors.size(), 1);
  EXPECT_THAT(errors[0], HasSubstr("net.textproto:2: column"));
  EXPECT_THAT(errors[0], HasSubstr("nmae"));
}

TEST(Build, AWrongDefaultIsOneMistake) {
  EXPECT_THAT(Errors("options { image: \"frr\"\n  mtu: 9 }\n"
                     "node { name: \"a\" interface { name: \"x\" } }\n"
                     "node { name: \"b\" interface { name: \"x\" } }\n"),
              ElementsAre(AllOf(HasSubstr(":2: options"), HasSubstr("mtu 9"))));
}

TEST(Build, AnEmptyFileIsNoNetwork) {
  EXPECT_THAT(Errors(""), ElementsAre(HasSubstr("no node")));
}

TEST(Build, ALinkWithMoreEndsIsALan) {
  const std::string nodes = R"(
    node { name: "r1" } node { name: "r2" } node { name: "r3" }
    link { a { node: "r1" interface: "eth1" }
           b { node: "r2" interface: "eth1" })";
  const auto topology = ParseTopologyText(
      nodes + R"( more { node: "r3" interface: "eth1" } })", "lan", "frr");
  ASSERT_TRUE(topology.ok()) << topology.status();
  ASSERT_EQ(topology->links().size(), 1);
  EXPECT_TRUE(topology->links()[0].lan());
  const std::vector<TopologyEnd> peers = topology->Peers(1, 1);
  ASSERT_EQ(peers.size(), 2);
  EXPECT_EQ(peers[0].node, 0);
  EXPECT_EQ(peers[1].node, 2);
  EXPECT_EQ(topology->ToProto().link(0).more_size(), 1);
  EXPECT_FALSE(
      ParseTopologyText(nodes + R"( more { node: "r1" interface: "eth2" } })",
                        "lan", "frr")
          .ok());
}

}  // namespace
}  // namespace quiesce
