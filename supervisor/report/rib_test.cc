#include "supervisor/report/rib.h"

#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/control_dialogue.h"
#include "supervisor/report/frr_rib.h"
#include "supervisor/report/gobgp_rib.h"
#include "supervisor/report/openbgpd_rib.h"

namespace quiesce {
namespace {

std::string Sample(const std::string& name) {
  std::ifstream file("supervisor/report/testdata/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }

// The rows of one network, best first.
std::vector<RibRow> Of(const std::vector<RibRow>& rows,
                       absl::string_view network) {
  std::vector<RibRow> found;
  for (const RibRow& row : rows) {
    if (row.network == P(network)) found.push_back(row);
  }
  std::sort(found.begin(), found.end(), [](const RibRow& a, const RibRow& b) {
    return (a.status == "BEST") > (b.status == "BEST");
  });
  return found;
}

// BIRD's samples are bytes of the socket: greeting, then one reply.
std::string BirdReply(const std::string& name) {
  auto dialogue = BirdDialogue({"show something"});
  EXPECT_TRUE(dialogue->OnBytes(Sample(name)).ok());
  EXPECT_TRUE(dialogue->done());
  return dialogue->done() ? dialogue->replies()[0] : "";
}

TEST(FrrRib, AnExternalPathWithAllItsAttributes) {
  auto rows = ParseFrrRib("f2", Sample("frr_rib_detail.json"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<RibRow> paths = Of(*rows, "172.20.3.0/24");
  ASSERT_EQ(paths.size(), 2);
  const RibRow& best = paths[0];
  EXPECT_EQ(best.node, "f2");
  EXPECT_EQ(best.vrf, "default");
  EXPECT_EQ(best.status, "BEST");
  EXPECT_EQ(best.next_hop, "10.0.23.3");
  EXPECT_EQ(best.protocol, "bgp");
  EXPECT_EQ(best.as_path, "65002");
  EXPECT_EQ(best.metric, 7);
  EXPECT_EQ(best.local_pref, 100);
  EXPECT_EQ(best.communities, (std::vector<std::string>{"65002:9"}));
  EXPECT_EQ(best.origin_type, "igp");
  EXPECT_EQ(best.received_from_ip, "10.0.23.3");
  const RibRow& backup = paths[1];
  EXPECT_EQ(backup.status, "BACKUP");
  EXPECT_EQ(backup.protocol, "ibgp");
  EXPECT_EQ(backup.metric, 50);
  EXPECT_EQ(backup.communities, (std::vector<std::string>{
                                    "65001:100", "65001:1:2", "65535:65281"}));
  EXPECT_EQ(backup.received_from_ip, "10.0.12.1");
}

TEST(FrrRib, ReflectedAndOwnPaths) {
  auto rows = ParseFrrRib("f2", Sample("frr_rib_detail.json"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 9);
  RibRow reflected = Of(*rows, "172.20.4.0/24").at(0);
  EXPECT_EQ(reflected.as_path, "");
  EXPECT_EQ(reflected.originator_id, "10.0.0.4");
  EXPECT_EQ(reflected.cluster_list, (std::vector<std::string>{"10.0.0.1"}));
  RibRow own = Of(*rows, "172.16.0.0/16").at(0);
  EXPECT_EQ(own.received_from_ip, "");
  EXPECT_EQ(own.weight, 32768);
  EXPECT_EQ(own.origin_type, "incomplete");
  EXPECT_EQ(own.protocol, "bgp");
  EXPECT_EQ(own.next_hop, "0.0.0.0");
}

TEST(FrrRib, Frr10HasAnObjectForEachPrefix) {
  auto rows = ParseFrrRib("r1", Sample("frr10_rib_detail.json"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 5);
  EXPECT_EQ(Of(*rows, "10.0.0.0/24").at(0).received_from_ip, "");
  std::vector<RibRow> paths = Of(*rows, "10.0.1.0/24");
  ASSERT_EQ(paths.size(), 2);
  EXPECT_EQ(paths[0].status, "BEST");
  EXPECT_EQ(paths[0].as_path, "64513");
  EXPECT_EQ(paths[0].received_from_ip, "172.16.0.1");
  EXPECT_EQ(paths[1].status, "BACKUP");
  EXPECT_EQ(paths[1].as_path, "64514 64513");
}

TEST(FrrRib, TheShortFormAgreesAsFarAsItGoes) {
  auto full = ParseFrrRib("f2", Sample("frr_rib_detail.json"));
  auto brief = ParseFrrRib("f2", Sample("frr_rib.json"));
  ASSERT_TRUE(full.ok() && brief.ok());
  for (RibRow& row : *full) {
    row.communities.clear();
    row.originator_id.clear();
    row.cluster_list.clear();
  }
  std::sort(full->begin(), full->end());
  std::sort(brief->begin(), brief->end());
  EXPECT_EQ(*full, *brief);
}

TEST(FrrRib, Ipv6AndMultipathAndLinkLocal) {
  auto rows = ParseFrrRib("f1", Sample("frr_rib6_detail.json"));
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(Of(*rows, "fd01:1::/64").at(0).received_from_ip, "");
  // Sent with a global and a link-local next hop.
  EXPECT_EQ(Of(*rows, "fd01:3::/64").at(0).next_hop, "fd00:13::3");
  EXPECT_EQ(Of(*rows, "fd01:3::/64").at(0).status, "BEST");
  rows = ParseFrrRib("f1", R"({"defaultLocPrf":200,"routes":{"fd00::/64":[
      {"prefix":"fd00::/64"},
      {"aspath":{"string":"1 {3,2}"},"valid":true,"multipath":true,
       "nexthops":[{"ip":"fe80::1","scope":"link-local","used":true},
                   {"ip":"fd00::1","scope":"global"}]},
      {"aspath":{"string":"1"},
       "nexthops":[{"ip":"fe80::1","scope":"link-local"}]}]}})");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ((*rows)[0].status, "MULTIPATH");
  EXPECT_EQ((*rows)[0].next_hop, "fd00::1");
  EXPECT_EQ((*rows)[0].as_path, "1 {2,3}");
  EXPECT_EQ((*rows)[0].local_pref, 200);
  EXPECT_EQ((*rows)[1].status, "INVALID");
  EXPECT_EQ((*rows)[1].next_hop, "fe80::1");
}

TEST(FrrRib, WhatIsNotATableIsAnError) {
  EXPECT_TRUE(ParseFrrRib("f", " \n")->empty());
  EXPECT_TRUE(ParseFrrRib("f", R"({"warning":"no BGP"})")->empty());
  EXPECT_FALSE(ParseFrrRib("f", "% Unknown command").ok());
  EXPECT_FALSE(ParseFrrRib("f", "{}").ok());
  EXPECT_FALSE(ParseFrrRib("f", R"({"routes":{"nonsense":[{}]}})").ok());
}

TEST(FrrSessions, OnePerNeighbour) {
  auto sessions = ParseFrrSessions("f1", Sample("frr_summary.json"));
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->size(), 5);
  EXPECT_EQ((*sessions)[0].remote_ip, "10.0.0.77");
  EXPECT_EQ((*sessions)[0].state, "Active");
  EXPECT_FALSE((*sessions)[0].established());
  EXPECT_EQ((*sessions)[1].remote_ip, "10.0.12.2");
  EXPECT_EQ((*sessions)[1].remote_as, 65001);
  EXPECT_EQ((*sessions)[1].local_as, 65001);
  EXPECT_TRUE((*sessions)[1].established());
  EXPECT_EQ((*sessions)[4].remote_ip, "fd00:13::3");
}

TEST(BirdSessions, AddressAsAndState) {
  std::vector<BgpSession> sessions =
      ParseBirdSessions("b1", BirdReply("bird_protocols.ctl"));
  ASSERT_EQ(sessions.size(), 4);
  EXPECT_EQ(sessions[0].remote_ip, "10.0.0.78");
  EXPECT_EQ(sessions[0].state, "Idle");
  EXPECT_EQ(sessions[1].remote_ip, "10.0.13.1");
  EXPECT_EQ(sessions[1].protocol, "p1");
  EXPECT_EQ(sessions[1].remote_as, 65001);
  EXPECT_EQ(sessions[1].local_as, 65002);
  EXPECT_TRUE(sessions[1].established());
}

TEST(BirdRib, PathsAndOtherRoutes) {
  auto sessions = ParseBirdSessions("b1", BirdReply("bird_protocols.ctl"));
  auto rows = ParseBirdRib("b1", BirdReply("bird_rib.ctl"), sessions);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 12);
  std::vector<RibRow> paths = Of(*rows, "192.168.2.0/24");
  ASSERT_EQ(paths.size(), 2);
  EXPECT_EQ(paths[0].status, "BEST");
  EXPECT_EQ(paths[0].received_from_ip, "10.0.23.2");
  EXPECT_EQ(paths[1].status, "BACKUP");
  EXPECT_EQ(paths[1].next_hop, "10.0.13.1");
  EXPECT_EQ(paths[1].protocol, "bgp");
  EXPECT_EQ(paths[1].as_path, "65001");
  EXPECT_EQ(paths[1].metric, 50);
  EXPECT_EQ(paths[1].received_from_ip, "10.0.13.1");
  EXPECT_EQ(
      paths[1].communities,
      (std::vector<std::string>{"65001:100", "65001:1:2", "65535:65281"}));
  EXPECT_EQ(Of(*rows, "192.168.3.0/24").at(0).protocol, "connected");
  EXPECT_EQ(Of(*rows, "172.20.3.0/24").at(0).protocol, "static");
  EXPECT_EQ(Of(*rows, "172.20.3.0/24").at(0).received_from_ip, "");
  EXPECT_EQ(Of(*rows, "fd01:3::/64").at(0).status, "BEST");
  EXPECT_EQ(Of(*rows, "fd01:3::/64").at(0).vrf, "default");
}

TEST(BirdRib, ReflectedPaths) {
  auto sessions = ParseBirdSessions("b2", BirdReply("bird_protocols_ibgp.ctl"));
  auto rows = ParseBirdRib("b2", BirdReply("bird_rib_ibgp.ctl"), sessions);
  ASSERT_TRUE(rows.ok()) << rows.status();
  RibRow row = Of(*rows, "172.16.0.0/16").at(0);
  EXPECT_EQ(row.protocol, "ibgp");
  EXPECT_EQ(row.received_from_ip, "10.0.14.1");
  EXPECT_EQ(row.next_hop, "10.0.12.2");
  EXPECT_EQ(row.originator_id, "10.0.0.2");
  EXPECT_EQ(row.cluster_list, (std::vector<std::string>{"10.0.0.1"}));
  EXPECT_EQ(row.origin_type, "incomplete");
}

TEST(BirdRib, TwoNextHopsOfIpv6AndSeveralWaysOut) {
  auto rows = ParseBirdRib(
      "b1",
      "Table master6:\n"
      "fd01:1::/64          unicast [p6 20:51:55.887] * (100) [AS65001i]\n"
      "\tvia fd00:13::1 on eth1 weight 1\n"
      "\tvia fd00:14::1 on eth2 weight 1\n"
      "\tType: BGP univ\n"
      "\tBGP.next_hop: fd00:13::1 fe80::1cb4:ceff:fe24:9fd4\n"
      "\tBGP.med: 0\n"
      "Table blue:\n"
      "10.0.0.0/8           unicast [s1 20:51:03.942] * (200)\n"
      "\tvia 10.1.0.1 on eth0\n"
      "\tType: static univ\n",
      {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ((*rows)[0].next_hop, "fd00:13::1");
  EXPECT_EQ((*rows)[0].received_from_ip, "fd00:13::1");
  EXPECT_EQ((*rows)[1].next_hop, "10.1.0.1");
  EXPECT_EQ((*rows)[1].vrf, "blue");
  EXPECT_EQ((*rows)[1].protocol, "static");
}

TEST(BirdRib, Bird3HasOtherWords) {
  auto sessions = ParseBirdSessions(
      "r1",
      "bgp1       BGP        ---        up     00:00:04.814  Established   \n"
      "  BGP state:          Established\n"
      "    Neighbor address: 172.16.0.1\n"
      "    Neighbor AS:      64513\n"
      "    Local AS:         64512\n");
  auto rows = ParseBirdRib(
      "r1",
      "Table master4:\n"
      "10.0.0.0/24          blackhole [originated4 00:00:00.000] * (200)\n"
      "\tpreference: 200\n"
      "\tsource: static\n"
      "\tInternal route handling values: 0L 4G 0S id 1\n"
      "10.0.2.0/24          unicast [bgp1 00:00:04.814] * (100) [AS64514i]\n"
      "\tvia 172.16.0.1 on eth1\n"
      "\tigp_metric: 0\n"
      "\tfrom: 172.16.0.1\n"
      "\tsource: BGP\n"
      "\tbgp_origin: IGP\n"
      "\tbgp_path: 64513 64514\n"
      "\tbgp_next_hop: 172.16.0.1\n"
      "\tbgp_med: 5\n"
      "\tbgp_local_pref: 200\n"
      "\tbgp_community: (64513,7)\n",
      sessions);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2);
  EXPECT_EQ((*rows)[0].protocol, "static");
  const RibRow& path = (*rows)[1];
  EXPECT_EQ(path.protocol, "bgp");
  EXPECT_EQ(path.received_from_ip, "172.16.0.1");
  EXPECT_EQ(path.as_path, "64513 64514");
  EXPECT_EQ(path.origin_type, "igp");
  EXPECT_EQ(path.next_hop, "172.16.0.1");
  EXPECT_EQ(path.metric, 5);
  EXPECT_EQ(path.local_pref, 200);
  EXPECT_EQ(path.communities, (std::vector<std::string>{"64513:7"}));
}

TEST(FrrRib, NumbersThatAreNoneAreAbsent) {
  auto sessions = ParseFrrSessions("f", R"({"ipv4Unicast":{"as":7,"peers":{
      "10.0.0.1":{"remoteAs":4294967295,"localAs":1e300},
      "10.0.0.2":{"remoteAs":4294967296,"localAs":-1}}}})");
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->size(), 2u);
  EXPECT_EQ((*sessions)[0].remote_as, 4294967295);
  EXPECT_EQ((*sessions)[0].local_as, 7u);
  EXPECT_EQ((*sessions)[1].remote_as, 0u);
  EXPECT_EQ((*sessions)[1].local_as, 7u);
}

TEST(BirdRib, NonsenseIsAnError) {
  EXPECT_FALSE(ParseBirdRib("b", "Table master4:\nwhat is this\n", {}).ok());
  EXPECT_FALSE(ParseBirdRib("b", "   unicast [p1 20:00:00] *\n", {}).ok());
  EXPECT_TRUE(ParseBirdRib("b", "", {})->empty());
}

// An FRR route reflector, 192.0.2.1, with o1 (OpenBGPD) and g1 (GoBGP) as
// clients and a neighbour in AS 65002 that sets everything.
void ExpectWhatTheReflectorSends(const std::vector<RibRow>& rows,
                                 const std::string& from,
                                 const std::string& other) {
  const RibRow rich = Of(rows, "10.3.0.0/24").at(0);
  EXPECT_EQ(rich.status, "BEST");
  EXPECT_EQ(rich.protocol, "ibgp");
  EXPECT_EQ(rich.as_path, "65002 65009");
  EXPECT_EQ(rich.metric, 7);
  EXPECT_EQ(rich.local_pref, 150);
  EXPECT_EQ(rich.origin_type, "igp");
  EXPECT_EQ(rich.communities,
            (std::vector<std::string>{"65002:1:2", "65002:9", "65535:65281",
                                      "rt:65002:7"}));
  EXPECT_EQ(rich.received_from_ip, from);
  EXPECT_EQ(rich.next_hop, from);
  EXPECT_EQ(Of(rows, "10.4.0.0/24").at(0).origin_type, "incomplete");
  const RibRow reflected = Of(rows, other).at(0);
  EXPECT_EQ(reflected.cluster_list, (std::vector<std::string>{"192.0.2.1"}));
  EXPECT_EQ(reflected.as_path, "");
}

TEST(OpenbgpdRib, PathsAndSessions) {
  auto rows = ParseOpenbgpdRib("o1", Sample("openbgpd_rib.json"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 5);
  ExpectWhatTheReflectorSends(*rows, "172.16.0.0", "10.2.0.0/24");
  EXPECT_EQ(Of(*rows, "10.2.0.0/24").at(0).originator_id, "192.0.2.3");
  // Its own, which the reflector sends back.
  std::vector<RibRow> own = Of(*rows, "10.1.0.0/24");
  ASSERT_EQ(own.size(), 2);
  EXPECT_EQ(own[0].received_from_ip, "");
  EXPECT_EQ(own[0].next_hop, "0.0.0.0");
  EXPECT_EQ(own[0].protocol, "bgp");
  EXPECT_EQ(own[1].status, "INVALID");
  auto sessions = ParseOpenbgpdSessions("o1", Sample("openbgpd_neighbor.json"));
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->size(), 1);
  EXPECT_TRUE((*sessions)[0].established());
  EXPECT_EQ((*sessions)[0].remote_ip, "172.16.0.0");
  EXPECT_EQ((*sessions)[0].remote_as, 65001);
}

TEST(GobgpRib, PathsAndSessions) {
  auto sessions = ParseGobgpSessions("g1", Sample("gobgp_neighbor.json"));
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->size(), 1);
  EXPECT_TRUE((*sessions)[0].established());
  EXPECT_EQ((*sessions)[0].remote_ip, "172.16.0.2");
  EXPECT_EQ((*sessions)[0].local_as, 65001);
  auto rows = ParseGobgpRib("g1", Sample("gobgp_rib.json"), *sessions);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 4);
  ExpectWhatTheReflectorSends(*rows, "172.16.0.2", "10.1.0.0/24");
  EXPECT_EQ(Of(*rows, "10.1.0.0/24").at(0).originator_id, "192.0.2.2");
  RibRow own = Of(*rows, "10.2.0.0/24").at(0);
  EXPECT_EQ(own.received_from_ip, "");
  EXPECT_EQ(own.protocol, "bgp");
}

TEST(ProgramsRib, NonsenseIsAnError) {
  for (const std::string text : {"", "x", "[1]", "{\"rib\": 3}"}) {
    EXPECT_FALSE(ParseOpenbgpdRib("o", text).ok()) << text;
    EXPECT_FALSE(ParseOpenbgpdSessions("o", text).ok()) << text;
  }
  for (const std::string text : {"", "x", "[1]", "{\"10.0.0.0/8\": [3]}"}) {
    EXPECT_FALSE(ParseGobgpRib("g", text, {}).ok()) << text;
  }
  EXPECT_FALSE(ParseGobgpSessions("g", "{}").ok());
  EXPECT_TRUE(ParseGobgpRib("g", "{}", {})->empty());
}

// f2 (FRR) and b2 (BIRD) are both clients of f1: what f1 reflected or
// originated must read the same from both, but for what each is entitled to.
TEST(Rib, FrrAndBirdGiveTheSameShape) {
  auto frr = ParseFrrRib("f2", Sample("frr_rib_detail.json"));
  auto sessions = ParseBirdSessions("b2", BirdReply("bird_protocols_ibgp.ctl"));
  auto bird = ParseBirdRib("b2", BirdReply("bird_rib_ibgp.ctl"), sessions);
  ASSERT_TRUE(frr.ok() && bird.ok());
  RibRow a = Of(*frr, "192.168.1.0/24").at(0);
  RibRow b = Of(*bird, "192.168.1.0/24").at(0);
  EXPECT_EQ(b.received_from_ip, "10.0.14.1");
  EXPECT_EQ(b.next_hop, "10.0.14.1");
  b.node = "f2";
  b.received_from_ip = b.next_hop = "10.0.12.1";
  EXPECT_EQ(a, b);
}

TEST(Rib, JsonlIsSortedAndOnlyHasStableColumns) {
  auto rows = ParseFrrRib("f2", Sample("frr_rib_detail.json"));
  ASSERT_TRUE(rows.ok());
  std::vector<RibRow> reversed(rows->rbegin(), rows->rend());
  std::string one, two;
  WriteRibJsonl(*rows, [&one](absl::string_view s) { one += std::string(s); });
  WriteRibJsonl(reversed,
                [&two](absl::string_view s) { two += std::string(s); });
  EXPECT_EQ(one, two);
  EXPECT_EQ(std::count(one.begin(), one.end(), '\n'), 9);
  for (const char* word : {"epoch", "version", "lastUpdate", "selection"}) {
    EXPECT_EQ(one.find(word), std::string::npos) << word;
  }
  auto first = nlohmann::ordered_json::parse(one.substr(0, one.find('\n')));
  EXPECT_EQ(first["Network"], "172.16.0.0/16");
  std::vector<std::string> columns;
  for (auto& [key, value] : first.items()) columns.push_back(key);
  EXPECT_EQ(columns, (std::vector<std::string>{
                         "Node", "VRF", "Network", "Status", "Next_Hop",
                         "Protocol", "AS_Path", "Metric", "Local_Pref",
                         "Communities", "Origin_Type", "Originator_Id",
                         "Received_From_IP", "Cluster_List", "Weight"}));
}

TEST(Rib, Spellings) {
  EXPECT_EQ(CanonicalCommunity("no-export"), "65535:65281");
  EXPECT_EQ(CanonicalCommunity("noExport"), "65535:65281");
  EXPECT_EQ(CanonicalCommunity("local-AS"), "65535:65283");
  EXPECT_EQ(CanonicalCommunity("(65001, 1, 2)"), "65001:1:2");
  EXPECT_EQ(CanonicalCommunity("RT:65001:1"),
            CanonicalCommunity("(rt, 65001, 1)"));
  EXPECT_EQ(CanonicalAsPath(" 1  2 {30 4} 5"), "1 2 {4,30} 5");
  EXPECT_EQ(CanonicalAsPath("1 {30,4}"), "1 {4,30}");
  EXPECT_EQ(CanonicalAsPath(""), "");
  EXPECT_EQ(CanonicalAsPath("1 {2"), "1 {2}");
}

// Both protocols must not care how the bytes are cut.
TEST(FrrVty, CommandsRepliesAndCuts) {
  const std::string bytes("\0\0\0\0{\"a\":1}\n\0\0\0\0\0\0\0\0", 20);
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    auto vty = FrrVtyDialogue({"show one", "show two"});
    EXPECT_EQ(vty->output(), absl::string_view("enable\0", 7));
    vty->Sent(7);
    for (size_t i = 0; i < bytes.size(); i += piece) {
      ASSERT_TRUE(vty->OnBytes(bytes.substr(i, piece)).ok());
    }
    EXPECT_EQ(vty->output(), absl::string_view("show one\0show two\0", 18));
    ASSERT_TRUE(vty->done());
    EXPECT_EQ(vty->replies(), (std::vector<std::string>{"{\"a\":1}\n", ""}));
  }
}

TEST(FrrVty, ARefusedCommandIsNamed) {
  auto vty = FrrVtyDialogue({"bogus"});
  ASSERT_TRUE(vty->OnBytes(absl::string_view("\0\0\0\0", 4)).ok());
  absl::Status status = vty->OnBytes(
      absl::string_view("% [BGP] Unknown command: bogus\n\0\0\0\x02", 35));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("Unknown command: bogus"),
            absl::string_view::npos);
  vty = FrrVtyDialogue({"x"});
  EXPECT_EQ(vty->OnBytes(absl::string_view("a\0b", 3)).code(),
            absl::StatusCode::kDataLoss);
}

// What bgpd 8.4.4 without a `router bgp` answers.
TEST(FrrVty, ABgpdWithoutBgpHasNoPathsAndNoSessions) {
  auto vty = FrrVtyDialogue({kFrrShowRib4, kFrrShowSessions});
  const std::string warning =
      "{\n  \"warning\":\"Default BGP instance not found\"\n}\n";
  ASSERT_TRUE(vty->OnBytes(std::string("\0\0\0\0", 4) + warning +
                           std::string("\0\0\0\1{}\n\0\0\0\1", 11))
                  .ok());
  ASSERT_TRUE(vty->done());
  auto rows = ParseFrrRib("f", vty->replies()[0]);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->empty());
  auto sessions = ParseFrrSessions("f", vty->replies()[1]);
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  EXPECT_TRUE(sessions->empty());
}

TEST(BirdControl, CommandsRepliesAndCuts) {
  const std::string bytes =
      "0001 BIRD 2.0.12 ready.\n1007-Table master4:\n 10.0.0.0/8 x\n"
      "1008-\tType: y\n \tz\n0000 \n0000 \n";
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    auto bird = BirdDialogue({"one", "two"});
    EXPECT_EQ(bird->output(), "");
    for (size_t i = 0; i < bytes.size(); i += piece) {
      ASSERT_TRUE(bird->OnBytes(bytes.substr(i, piece)).ok());
    }
    EXPECT_EQ(bird->output(), "one\ntwo\n");
    ASSERT_TRUE(bird->done());
    EXPECT_EQ(bird->replies(),
              (std::vector<std::string>{
                  "Table master4:\n10.0.0.0/8 x\n\tType: y\n\tz\n", ""}));
  }
}

TEST(BirdControl, ErrorsAndNonsense) {
  auto bird = BirdDialogue({"bogus"});
  ASSERT_TRUE(bird->OnBytes("0001 BIRD 2.0.12 ready.\n").ok());
  absl::Status status = bird->OnBytes("9001 syntax error\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("bogus"), absl::string_view::npos);
  EXPECT_EQ(BirdDialogue({"x"})->OnBytes("hello\n").code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace quiesce
