// Protocols that speak by multicast and datagrams, with FRR's own daemons and
// default timers.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

std::string Topology(const std::string& name) {
  return Data("testdata/topologies/" + name + ".textproto");
}

// The results of a run that must converge.
std::string ResultsOf(const std::string& topology) {
  const std::string out = FreshPath("out");
  const Result run = Quiesce({"--topo=file:" + topology, "--out=" + out});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  return out;
}

std::string FibOf(const std::string& topology) {
  return ReadFile(ResultsOf(topology) + "/fib.csv");
}

TEST(Ospf, FindsTheShortestPathsOfARing) {
  NEED_IMAGE("frr");
  const std::string fib = FibOf(Topology("ospf_ring"));
  // The link from r1 to r2 costs more than the way round.
  for (const char* row :
       {"r1,default,10.0.0.2/32,10.1.4.1,eth2,ospf,20\n",
        "r1,default,10.0.0.4/32,10.1.4.1,eth2,ospf,20\n",
        "r1,default,fd00::2/128,fe80::ff:fe03:2,eth2,ospf,20\n",
        "r2,default,10.0.0.1/32,10.1.1.1,eth2,ospf,20\n",
        "r3,default,10.0.0.1/32,10.1.2.1,eth2,ospf,20\n",
        "r3,default,10.0.0.1/32,10.1.3.2,eth1,ospf,20\n",
        "r4,default,fd00::1/128,fe80::ff:fe00:3,eth1,ospf,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
}

TEST(Ospf, GoesTheOtherWayRoundWhenALinkFailsSilently) {
  NEED_IMAGE("frr");
  const std::string net = FreshPath("ospf.textproto");
  WriteFile(net, absl::StrCat(ReadFile(Topology("ospf_ring")),
                              "event { at_convergence: 1 link_down { node: "
                              "\"r4\" interface: \"eth1\" } }\n"));
  const std::string fib = FibOf(net);
  for (const char* row :
       {"r1,default,10.0.0.4/32,10.1.1.2,eth1,ospf,20\n",
        "r4,default,10.0.0.1/32,10.1.3.1,eth2,ospf,20\n",
        "r1,default,fd00::4/128,fe80::ff:fe01:3,eth1,ospf,20\n",
        "r4,default,fd00::1/128,fe80::ff:fe02:2,eth2,ospf,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
}

TEST(Ospf, LosesNobodyForGood) {
  NEED_IMAGE("frr");
  const std::string net = FreshPath("ospf.textproto");
  WriteFile(net, absl::StrCat(ReadFile(Topology("ospf_ring")),
                              "event { at_convergence: 1 interface_down { "
                              "node: \"r4\" interface: \"eth1\" } }\n"));
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=file:" + net, "--out=" + out, "--transients"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  const auto event = nlohmann::json::parse(ReadFile(out + "/events.jsonl"));
  EXPECT_EQ(event["pairsReachable"], 12);  // of loopbacks
  EXPECT_EQ(event["lost"].size(), 0);
  const Words transients = Lines(ReadFile(out + "/transients.jsonl"));
  EXPECT_FALSE(transients.empty());
  for (const std::string& line : transients) {
    const auto transient = nlohmann::json::parse(line);
    EXPECT_EQ(transient["event"], 1) << line;
    EXPECT_TRUE(transient.contains("untilSeconds")) << line;
  }
}

TEST(Ospf, HasADesignatedRouterOnALan) {
  NEED_IMAGE("frr");
  const std::string fib = FibOf(Topology("ospf_lan"));
  for (const char* row :
       {"r1,default,10.0.0.4/32,10.1.0.4,eth1,ospf,20\n",
        "r2,default,10.0.0.1/32,10.1.0.1,eth1,ospf,20\n",
        "r3,default,fd00::2/128,fe80::ff:fe01:2,eth1,ospf,20\n",
        "r4,default,10.0.0.3/32,10.1.0.3,eth1,ospf,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
}

// Over two switches; VLAN devices meet those of the same id, and nobody else.
TEST(Ospf, GoesThroughSwitchesAndVlans) {
  NEED_IMAGE("frr");
  const std::string out = ResultsOf(Topology("switched"));
  const std::string fib = ReadFile(out + "/fib.csv");
  for (const char* row :
       {"r1,default,10.0.0.2/32,10.1.0.2,eth1,ospf,20\n",
        "r2,default,10.0.0.3/32,10.1.0.3,eth1,ospf,20\n",
        "r1,default,10.0.0.3/32,10.1.10.3,eth1.10,ospf,20\n",
        "r3,default,10.0.0.1/32,10.1.10.1,eth1.10,ospf,20\n",
        "r1,default,10.1.20.0/24,10.1.0.2,eth1,ospf,20\n",
        "r1,default,fd00::3/128,fe80::ff:fe02:2,eth1.10,ospf,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
  // r2 has no IPv6, so it does not reach all of r1 and r3.
  const nlohmann::json report = ReadJson(out + "/reachability.json");
  EXPECT_EQ(report["summary"]["Reachable"], 4) << report;
  EXPECT_EQ(report["summary"]["Dispositions"]["NO_ROUTE"], 2) << report;
}

TEST(Isis, GoesRoundADearLink) {
  NEED_IMAGE("frr");
  const std::string fib = FibOf(Topology("isis_triangle"));
  for (const char* row :
       {"r1,default,10.0.0.3/32,10.1.1.2,eth1,isis,20\n",
        "r3,default,10.0.0.1/32,10.1.2.1,eth2,isis,20\n",
        "r1,default,fd00::3/128,fe80::ff:fe01:3,eth1,isis,20\n",
        "r2,default,10.1.3.0/24,10.1.1.1,eth2,isis,20\n",
        "r2,default,10.1.3.0/24,10.1.2.2,eth1,isis,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
}

TEST(Rip, TellsAllOfALine) {
  NEED_IMAGE("frr");
  const std::string fib = FibOf(Topology("rip_line"));
  for (const char* row :
       {"r1,default,10.0.0.3/32,10.1.1.2,eth1,rip,20\n",
        "r3,default,10.1.1.0/24,10.1.2.2,eth1,rip,20\n",
        "r1,default,fd00::3/128,fe80::ff:fe01:2,eth1,ripng,20\n",
        "r3,default,fd00:1:1::/64,fe80::ff:fe01:3,eth1,ripng,20\n"}) {
    EXPECT_TRUE(Contains(fib, row)) << row << "\n" << fib;
  }
}

// The last change is the loss of the routes, a second after the link failed,
// which was 60 s after the network had converged.
TEST(Bfd, EndsASessionWhoseLinkHasFailedSilently) {
  NEED_IMAGE("frr");
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({"--topo=file:" + Topology("bfd_bgp"), "--out=" + out});
  EXPECT_EQ(run.code, 1) << testing::PrintToString(run);  // unreachable
  const auto summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["sessionsExpected"], 2);
  EXPECT_EQ(summary["sessionsEstablished"], 0);
  const double seconds = summary["virtualSeconds"];
  EXPECT_GT(seconds, 60);
  EXPECT_LT(seconds, 65);
}

}  // namespace
}  // namespace quiesce::system_test
