#include "tools/oracle/legality.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "topo/build.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

constexpr char kNetwork[] = "10.0.0.0/24";

// DISAGREE's shape: s originates; a and b hear it directly and from each other.
//
//        s (65000)
//       / \.
// (1) a --- b (2)
Topology Triangle() {
  proto::Topology words;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        node {
          name: "s"
          interface { name: "lo" address: "10.0.0.1/24" }
          interface { name: "e1" address: "172.16.0.0/31" }
          interface { name: "e2" address: "172.16.0.2/31" }
          bgp {
            asn: 65000
            network: "10.0.0.0/24"
            neighbor { peer: "a" }
            neighbor { peer: "b" }
          }
        }
        node {
          name: "a"
          interface { name: "e1" address: "172.16.0.1/31" }
          interface { name: "e2" address: "172.16.0.4/31" }
          bgp {
            asn: 65001
            neighbor { peer: "s" }
            neighbor { peer: "b" }
          }
        }
        node {
          name: "b"
          interface { name: "e1" address: "172.16.0.3/31" }
          interface { name: "e2" address: "172.16.0.5/31" }
          bgp {
            asn: 65002
            neighbor { peer: "s" }
            neighbor { peer: "a" }
          }
        }
        link {
          a { node: "s" interface: "e1" }
          b { node: "a" interface: "e1" }
        }
        link {
          a { node: "s" interface: "e2" }
          b { node: "b" interface: "e1" }
        }
        link {
          a { node: "a" interface: "e2" }
          b { node: "b" interface: "e2" }
        }
      )pb",
      &words));
  BuildOptions options;
  options.default_image = "frr";
  auto topology = BuildTopology(words, options);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

RibRow Path(std::string from, std::string as_path, std::string status) {
  RibRow row;
  row.received_from_ip = from;
  row.next_hop = from;
  row.as_path = as_path;
  row.status = status;
  row.protocol = "bgp";
  row.origin_type = "igp";
  return row;
}

EntryKey At(const std::string& node) { return {node, "default", kNetwork}; }

// The only stable state of Triangle().
Results Stable() {
  Results results;
  RibRow own = Path("", "", "BEST");
  own.weight = 32768;
  results.rib[At("s")] = {own};
  results.rib[At("a")] = {Path("172.16.0.0", "65000", "BEST"),
                          Path("172.16.0.5", "65002 65000", "BACKUP")};
  results.rib[At("b")] = {Path("172.16.0.2", "65000", "BEST"),
                          Path("172.16.0.4", "65001 65000", "BACKUP")};
  results.fib[At("a")] = {{"172.16.0.0", "e1", "bgp", 20}};
  results.fib[At("b")] = {{"172.16.0.2", "e1", "bgp", 20}};
  return results;
}

std::string WhyNot(const Results& results, const std::string& node) {
  absl::Status status = LegalRibEntry(Triangle(), results, At(node));
  return status.ok() ? "legal" : std::string(status.message());
}

TEST(Legality, AStableStateIsLegal) {
  for (const char* node : {"s", "a", "b"}) {
    EXPECT_EQ(WhyNot(Stable(), node), "legal") << node;
  }
}

TEST(Legality, ALongerBestIsNot) {
  Results results = Stable();
  results.rib[At("a")][0].status = "BACKUP";
  results.rib[At("a")][1].status = "BEST";
  EXPECT_THAT(WhyNot(results, "a"), HasSubstr("a better path"));
}

TEST(Legality, PathsWithoutABestAreNot) {
  Results results = Stable();
  results.rib[At("a")][0].status = "BACKUP";
  EXPECT_THAT(WhyNot(results, "a"), HasSubstr("no best"));
}

TEST(Legality, APathThatTheNeighbourDoesNotHaveIsNot) {
  Results results = Stable();
  results.rib[At("a")][1].as_path = "65002 65009 65000";
  EXPECT_THAT(WhyNot(results, "a"), HasSubstr("b's best makes [65002 65000]"));
}

TEST(Legality, AMissingPathIsNot) {
  Results results = Stable();
  results.rib[At("a")].pop_back();
  EXPECT_THAT(WhyNot(results, "a"), HasSubstr("held is nothing"));
}

TEST(Legality, APathWithTheOwnAsIsNot) {
  Results results = Stable();
  results.rib[At("s")].push_back(Path("172.16.0.1", "65001 65000", "BACKUP"));
  EXPECT_THAT(WhyNot(results, "s"), HasSubstr("a's best makes nothing"));
}

TEST(Legality, WhatANeighbourDoesNotOriginateIsNotExpected) {
  Results results;
  EntryKey link = At("a");
  link.network = "172.16.0.4/31";
  RibRow connected = Path("", "", "BEST");
  connected.protocol = "connected";
  results.rib[link] = {connected};
  link.node = "b";
  results.rib[link] = {connected};
  absl::Status judged = LegalRibEntry(Triangle(), results, link);
  EXPECT_TRUE(judged.ok()) << judged;
}

TEST(Legality, EitherOfTwoEqualPathsMayBeBest) {
  std::vector<RibRow> paths = {Path("10.1.0.1", "1 9", "BEST"),
                               Path("10.2.0.1", "2 9", "MULTIPATH"),
                               Path("10.3.0.1", "3 8 9", "BACKUP")};
  EXPECT_EQ(Candidates(paths).size(), 2);
}

TEST(Legality, CandidatesFollowTheRulesInTheirOrder) {
  auto winner = [](std::vector<RibRow> paths) {
    auto left = Candidates(paths);
    return left.size() == 1 ? left[0]->next_hop : "not one";
  };
  RibRow base = Path("10.1.0.1", "1", "BEST");
  RibRow other = Path("10.2.0.1", "2 3 4 5", "BACKUP");
  EXPECT_EQ(winner({base, other}), "10.1.0.1");
  other.origin_type = "incomplete";
  other.local_pref = 200;
  EXPECT_EQ(winner({base, other}), "10.2.0.1");
  base.weight = 1;
  EXPECT_EQ(winner({base, other}), "10.1.0.1");

  RibRow igp = Path("10.1.0.1", "1", "BEST");
  RibRow egp = Path("10.2.0.1", "2", "BACKUP");
  egp.origin_type = "egp";
  EXPECT_EQ(winner({igp, egp}), "10.1.0.1");

  RibRow internal = Path("10.1.0.1", "1", "BEST");
  internal.protocol = "ibgp";
  EXPECT_EQ(winner({internal, Path("10.2.0.1", "2", "BACKUP")}), "10.2.0.1");

  RibRow invalid = Path("10.1.0.1", "1", "INVALID");
  EXPECT_EQ(winner({invalid, other}), "10.2.0.1");
}

TEST(Legality, MedDecidesWithinOneNeighbourAsOnly) {
  RibRow low = Path("10.1.0.1", "1 9", "BEST");
  RibRow high = Path("10.2.0.1", "1 9", "BACKUP");
  high.metric = 50;
  RibRow elsewhere = Path("10.3.0.1", "2 9", "BACKUP");
  elsewhere.metric = 70;
  EXPECT_EQ(Candidates({low, high}).size(), 1);
  EXPECT_EQ(Candidates({low, high, elsewhere}).size(), 2);
}

TEST(Legality, AFibMustUseTheBest) {
  Results results = Stable();
  EXPECT_TRUE(LegalFibEntry(results, At("a")).ok());
  results.fib[At("a")][0].next_hop = "172.16.0.5";
  EXPECT_FALSE(LegalFibEntry(results, At("a")).ok());
}

TEST(Legality, AFibMayUseOnlyPathsThatTie) {
  Results results = Stable();
  results.fib[At("a")].push_back({"172.16.0.5", "e2", "bgp", 20});
  EXPECT_THAT(std::string(LegalFibEntry(results, At("a")).message()),
              HasSubstr("172.16.0.5"));
  results.rib[At("a")][1].as_path = "65002";
  EXPECT_TRUE(LegalFibEntry(results, At("a")).ok());
}

TEST(Legality, ANextHopBehindAStaticRouteIsItsGateway) {
  Results results = Stable();
  results.rib[At("a")][0].next_hop = "192.0.2.1";
  EXPECT_FALSE(LegalFibEntry(results, At("a")).ok());
  results.fib[{"a", "default", "192.0.0.0/8"}] = {
      {"172.16.0.9", "e9", "static", 0}};
  EXPECT_FALSE(LegalFibEntry(results, At("a")).ok());
  results.fib[{"a", "default", "192.0.2.1/32"}] = {
      {"172.16.0.0", "e1", "static", 0}};
  EXPECT_TRUE(LegalFibEntry(results, At("a")).ok());
  // The same route of another node does not help.
  results.fib[{"b", "default", "192.0.2.1/32"}] = {
      {"172.16.0.0", "e1", "static", 0}};
  results.fib.erase({"a", "default", "192.0.2.1/32"});
  EXPECT_FALSE(LegalFibEntry(results, At("a")).ok());
}

TEST(Legality, ABestPathMustBeInTheFib) {
  Results results = Stable();
  results.fib.erase(At("a"));
  EXPECT_FALSE(LegalFibEntry(results, At("a")).ok());
  // s's own network: its kernel may have a route because of an address.
  EXPECT_TRUE(LegalFibEntry(results, At("s")).ok());
  results.fib[At("s")] = {{"", "eth1", "connected", 0}};
  EXPECT_TRUE(LegalFibEntry(results, At("s")).ok());
}

}  // namespace
}  // namespace quiesce
