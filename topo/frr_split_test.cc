#include "topo/frr_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "topo/frr_commands.h"

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kDebian = {"zebra", "bgpd", "staticd"};

struct Case {
  const char* name;
  const char* input;
  const char* zebra;
  const char* bgpd;
  const char* staticd;

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
};

class FrrSplitTest : public testing::TestWithParam<Case> {};

TEST_P(FrrSplitTest, SendsEachLineToWhoKnowsIt) {
  FrrSplit split = SplitFrrConfig(GetParam().input, kDebian);
  EXPECT_EQ(split.texts["zebra"], GetParam().zebra);
  EXPECT_EQ(split.texts["bgpd"], GetParam().bgpd);
  EXPECT_EQ(split.texts["staticd"], GetParam().staticd);
  EXPECT_THAT(split.unplaced, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, FrrSplitTest,
    testing::Values(
        Case{"Empty", "", "", "", ""},
        Case{"CommentsGo", "!\n# hello\n\n   !\r\n", "", "", ""},
        Case{"AllKnowIt", "frr defaults traditional\nlog syslog\nno log file\n",
             "frr defaults traditional\nlog syslog\nno log file\n",
             "frr defaults traditional\nlog syslog\nno log file\n",
             "frr defaults traditional\nlog syslog\nno log file\n"},
        Case{"VtyshsOwn",
             "service integrated-vtysh-config\nhostname r1\nusername x "
             "nopassword\nend\n",
             "", "", ""},
        Case{"OneDaemonEach",
             "ip forwarding\nno ipv6 forwarding\nip route 1.0.0.0/8 blackhole\n"
             "ipv6 route ::/0 fd00::1\nbgp as-path access-list A permit ^1_\n"
             "debug bgp updates\ndebug zebra rib\nip nht resolve-via-default\n",
             "ip forwarding\nno ipv6 forwarding\ndebug zebra rib\n"
             "ip nht resolve-via-default\n",
             "bgp as-path access-list A permit ^1_\ndebug bgp updates\n",
             "ip route 1.0.0.0/8 blackhole\nipv6 route ::/0 fd00::1\n"},
        Case{"ListsGoToAllButStaticd",
             "ip prefix-list P seq 5 permit any\naccess-list 1 deny any\n",
             "ip prefix-list P seq 5 permit any\naccess-list 1 deny any\n",
             "ip prefix-list P seq 5 permit any\naccess-list 1 deny any\n", ""},
        Case{"RouterWithFamilies",
             "router bgp 1\n neighbor 1.1.1.1 remote-as 2\n !\n"
             " address-family ipv4 unicast\n  network 10.0.0.0/8\n"
             " exit-address-family\nexit\n!\nip route 0.0.0.0/0 1.1.1.1\n",
             "",
             "router bgp 1\n neighbor 1.1.1.1 remote-as 2\n"
             " address-family ipv4 unicast\n  network 10.0.0.0/8\n"
             " exit-address-family\nexit\n",
             "ip route 0.0.0.0/0 1.1.1.1\n"},
        Case{
            "RouterWithoutIndentationOrExit",
            "router bgp 1\nbgp router-id 1.1.1.1\nno bgp default ipv4-unicast\n"
            "address-family ipv6 unicast\nnetwork fd00::/8\nexit\n"
            "timers bgp 1 3\nroute-map M permit 10\nset metric 5\n"
            "bgp community-list standard C permit 1:1\n",
            "route-map M permit 10\nset metric 5\nexit\n",
            "router bgp 1\nbgp router-id 1.1.1.1\nno bgp default ipv4-unicast\n"
            "address-family ipv6 unicast\nnetwork fd00::/8\nexit\n"
            "timers bgp 1 3\nexit\nroute-map M permit 10\nset metric 5\nexit\n"
            "bgp community-list standard C permit 1:1\n",
            ""},
        Case{"RouteMapLinesDiffer",
             "route-map M permit 10\n match ip address prefix-list P\n"
             " match as-path A\n match source-protocol bgp\n"
             " match ip next-hop type blackhole\n set src 1.1.1.1\n"
             " set local-preference 200\n set tag 3\n on-match next\nexit\n",
             "route-map M permit 10\n match ip address prefix-list P\n"
             " match source-protocol bgp\n match ip next-hop type blackhole\n"
             " set src 1.1.1.1\n set tag 3\n on-match next\nexit\n",
             "route-map M permit 10\n match ip address prefix-list P\n"
             " match as-path A\n match ip next-hop type blackhole\n"
             " set local-preference 200\n set tag 3\n on-match next\nexit\n",
             ""},
        Case{"Interface",
             "interface eth1\n description to r2\n ip address 1.0.0.1/24\n"
             " ipv6 nd ra-interval 5\n mpls bgp forwarding\n link-params\n"
             "  enable\n  metric 5\n exit-link-params\n shutdown\nexit\n",
             "interface eth1\n description to r2\n ip address 1.0.0.1/24\n"
             " ipv6 nd ra-interval 5\n link-params\n  enable\n  metric 5\n"
             " exit-link-params\n shutdown\nexit\n",
             "interface eth1\n description to r2\n mpls bgp forwarding\nexit\n",
             ""},
        Case{"Vrf",
             "vrf red\n vni 100\n ip route 1.0.0.0/8 Null0\n ip protocol bgp "
             "route-map M\nexit-vrf\nrouter bgp 1 vrf red\nexit\n",
             "vrf red\n vni 100\n ip protocol bgp route-map M\nexit-vrf\n",
             "router bgp 1 vrf red\nexit\n",
             "vrf red\n ip route 1.0.0.0/8 Null0\nexit-vrf\n"},
        Case{"NegatedBlocksOpenNothing",
             "no router bgp 1\nip route 1.0.0.0/8 Null0\n", "",
             "no router bgp 1\n", "ip route 1.0.0.0/8 Null0\n"},
        Case{"UnknownGoesToAll", "frobnicate\n", "frobnicate\n", "frobnicate\n",
             "frobnicate\n"},
        Case{"LineVty", "line vty\n exec-timeout 0 0\nexit\npassword x\n",
             "line vty\n exec-timeout 0 0\nexit\npassword x\n",
             "line vty\n exec-timeout 0 0\nexit\npassword x\n",
             "line vty\n exec-timeout 0 0\nexit\npassword x\n"}),
    [](const testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST(FrrSplitTest, TrafficEngineeringIsPathds) {
  const FrrSplit split = SplitFrrConfig(
      "segment-routing\n traffic-eng\n  segment-list L\n"
      "   index 10 mpls label 16\n  exit\n  policy color 1 endpoint 1.0.0.1\n"
      "   binding-sid 17\n  exit\n exit\nexit\nip route 1.0.0.0/8 Null0\n",
      {"zebra", "pathd", "staticd"});
  EXPECT_EQ(split.texts.at("zebra"), "segment-routing\nexit\n");
  EXPECT_EQ(split.texts.at("pathd"),
            "segment-routing\n traffic-eng\n  segment-list L\n"
            "   index 10 mpls label 16\n  exit\n"
            "  policy color 1 endpoint 1.0.0.1\n   binding-sid 17\n  exit\n"
            " exit\nexit\n");
  EXPECT_EQ(split.texts.at("staticd"), "ip route 1.0.0.0/8 Null0\n");
  EXPECT_THAT(split.wanted, ElementsAre("pathd", "staticd"));
}

TEST(FrrSplitTest, LdpHasBlocksInBlocks) {
  const std::string ldp =
      "mpls ldp\n router-id 1.0.0.1\n address-family ipv4\n"
      "  discovery transport-address 1.0.0.1\n  interface eth1\n  exit\n"
      "  interface eth2\n  exit\n exit-address-family\n"
      " neighbor 1.0.0.2 password x\nexit\n";
  const FrrSplit split =
      SplitFrrConfig(ldp + "ip route 1.0.0.0/8 Null0\n", {"ldpd", "staticd"});
  EXPECT_EQ(split.texts.at("ldpd"), ldp);
  EXPECT_EQ(split.texts.at("staticd"), "ip route 1.0.0.0/8 Null0\n");
}

TEST(FrrSplitTest, LinesOfDaemonsThatDoNotRunAreListed) {
  const FrrSplit split = SplitFrrConfig(
      "router ospf\n network 0.0.0.0/0 area 0\nexit\n"
      "interface eth0\n ip ospf cost 5\n ip address 1.0.0.1/24\nexit\n"
      "route-map M permit 1\n set metric-type type-1\nexit\n",
      kDebian);
  ASSERT_EQ(split.unplaced.size(), 3);
  EXPECT_EQ(split.unplaced[0].number, 1);
  EXPECT_EQ(split.unplaced[0].text, "router ospf");
  EXPECT_THAT(split.unplaced[0].daemons, ElementsAre("ospfd"));
  EXPECT_EQ(split.unplaced[1].number, 5);
  EXPECT_EQ(split.unplaced[1].text, "ip ospf cost 5");
  EXPECT_EQ(split.unplaced[2].number, 9);
  EXPECT_THAT(split.unplaced[2].daemons, ElementsAre("ospfd", "ospf6d"));
}

TEST(FrrSplitTest, OtherDaemonsGetTheirShare) {
  FrrSplit split = SplitFrrConfig(
      "router ospf\nnetwork 0.0.0.0/0 area 0\n"
      "interface eth0\nip ospf cost 5\n"
      "router rip\nroute-map M in eth0\nkey chain K\n key 1\n"
      "  key-string x\n",
      {"ospfd", "ripd"});
  EXPECT_EQ(split.texts["ospfd"],
            "router ospf\nnetwork 0.0.0.0/0 area 0\nexit\n"
            "interface eth0\nip ospf cost 5\nexit\n");
  EXPECT_EQ(split.texts["ripd"],
            "interface eth0\nexit\nrouter rip\nroute-map M in eth0\nexit\n"
            "key chain K\n key 1\n  key-string x\nexit\n");
}

TEST(FrrSplitTest, SplittingAFileOfOneDaemonChangesNothing) {
  const FrrSplit once = SplitFrrConfig(
      "log stdout\nrouter bgp 1\n neighbor 1.1.1.1 remote-as 2\nexit\n"
      "route-map M permit 10\n set weight 3\nexit\n",
      {"bgpd"});
  const std::string text = once.texts.at("bgpd");
  EXPECT_EQ(SplitFrrConfig(text, {"bgpd"}).texts.at("bgpd"), text);
}

TEST(FrrCommands, NamesAndBitsAgree) {
  std::set<frr::Daemons> bits;
  for (const char* name : {"zebra", "bgpd", "staticd", "ospfd", "pathd"}) {
    const frr::Daemons bit = frr::DaemonBit(name);
    EXPECT_THAT(frr::DaemonNames(bit), ElementsAre(name));
    EXPECT_TRUE(bits.insert(bit).second);
  }
  EXPECT_EQ(frr::DaemonBit("vtysh"), 0u);
}

}  // namespace
}  // namespace quiesce
