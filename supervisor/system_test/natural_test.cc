// Long timers in virtual time, each compared with nature: the same network with
// brief timers and on the clock on the wall (--clock=real) goes through the
// same steps. What a step is: a route that a node's FIB gains, loses or has
// changed.
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// "r1 +10.0.2.0/24": r1 gains a route to r2's prefix; '-' it loses it.
struct Step {
  std::string what;
  double earliest, latest;  // virtual seconds since the start
};

using Timers = std::vector<std::pair<std::string, std::string>>;

// Two routers, r1 and r2, with a prefix each.
struct Case {
  std::string name;
  std::string image;
  // In the language of the image, what both say of BGP, and each alone.
  std::string both, r1, r2;
  std::string events;
  // What to put for "$X" in all these: as usual, and so that nobody waits long
  // (but for sessions to come up, on a busy machine, before anything happens).
  Timers usual, brief;
  std::vector<Step> steps;  // with the usual timers, in their order
  Words flags = {};
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string FrrConfig(int n, const std::string& bgp) {
  const int other = 3 - n;
  // A route map is defined after what uses it, as FRR itself writes it.
  return absl::StrCat(
      "hostname r", n, "\nrouter bgp 6500", n, "\n bgp router-id 192.168.0.", n,
      "\n no bgp ebgp-requires-policy\n no bgp network import-check\n",
      " neighbor 172.16.0.", other - 1, " remote-as 6500", other, "\n",
      absl::StrReplaceAll(
          bgp, {{"PEER", absl::StrCat("neighbor 172.16.0.", other - 1)}}),
      " address-family ipv4 unicast\n  network 10.0.", n,
      ".0/24\n exit-address-family\nexit\nroute-map ALL permit 10\nexit\n");
}

std::string BirdConfig(int n, const std::string& bgp) {
  const int other = 3 - n;
  return absl::StrCat(
      "router id 192.168.0.", n,
      ";\nprotocol device { }\n"
      "protocol kernel { ipv4 { export where source = RTS_BGP; }; }\n"
      "protocol static { ipv4; route 10.0.",
      n, ".0/24 reject; }\nprotocol bgp { local 172.16.0.", n - 1, " as 6500",
      n, "; neighbor 172.16.0.", other - 1, " as 6500", other, ";\n", bgp,
      "ipv4 { import all; export where source = RTS_STATIC; }; }\n");
}

std::string Network(const Case& c, const Timers& timers) {
  std::string text = absl::StrCat(
      "# proto-file: proto/topology.proto\n"
      "# proto-message: quiesce.proto.Topology\nname: \"natural\"\n"
      "options { image: \"",
      c.image, "\" }\n");
  for (const int n : {1, 2}) {
    const std::string bgp = c.both + (n == 1 ? c.r1 : c.r2);
    const std::string config =
        c.image == "frr" ? FrrConfig(n, bgp) : BirdConfig(n, bgp);
    absl::StrAppend(
        &text, "node { name: \"r", n,
        "\"\n  interface { name: \"lo\" address: ", "\"10.0.", n,
        ".1/24\" }\n  interface { name: \"eth1\" address: ", "\"172.16.0.",
        n - 1, "/31\" }\n  bgp { asn: 6500", n, " network: \"10.0.", n,
        ".0/24\" neighbor { peer: \"r", 3 - n, "\" } }\n  config { daemon: \"",
        c.image, "\" content: \"", absl::StrReplaceAll(config, {{"\n", "\\n"}}),
        "\" }\n}\n");
  }
  absl::StrAppend(&text,
                  "link { a { node: \"r1\" interface: \"eth1\" }"
                  " b { node: \"r2\" interface: \"eth1\" } }\n",
                  c.events);
  return absl::StrReplaceAll(text, timers);
}

struct Seen {
  std::string what;
  double at;
};

// The steps that a run has written down, BGP's only.
std::vector<Seen> StepsOf(const std::string& out) {
  std::vector<Seen> result;
  for (const std::string& line : Lines(ReadFile(out + "/fib_changes.jsonl"))) {
    const nlohmann::json change = nlohmann::json::parse(line);
    const std::string before = change["before"], after = change["after"];
    if (Contains(before + after, "connected")) continue;
    const char* sign = before.empty() ? " +" : after.empty() ? " -" : " *";
    result.push_back({absl::StrCat(change["node"].get<std::string>(), sign,
                                   change["network"].get<std::string>()),
                      change["time"].get<int64_t>() / 1e9});
  }
  return result;
}

std::string Describe(const std::vector<Seen>& steps) {
  std::string text;
  for (const Seen& step : steps) {
    absl::StrAppend(&text, step.what, " at ", step.at, "\n");
  }
  return text;
}

// The steps of each node by themselves: who comes first of two nodes that do
// something at the same moment is chance.
std::map<std::string, Words> ByNode(const std::vector<Seen>& steps) {
  std::map<std::string, Words> result;
  for (const Seen& step : steps) {
    result[step.what.substr(0, 2)].push_back(step.what);
  }
  return result;
}

const std::vector<Case>& Cases();

class Natural : public testing::TestWithParam<Case> {
 protected:
  static void TearDownTestSuite() { natural_.clear(); }
  void SetUp() override { NEED_IMAGE(GetParam().image); }

  static Words Flags(const Case& c, const Timers& timers,
                     const std::string& out) {
    const std::string path = FreshPath("net.textproto");
    WriteFile(path, Network(c, timers));
    Words flags = {"--topo=file:" + path, "--fib_log=out", "--out=" + out};
    flags.insert(flags.end(), c.flags.begin(), c.flags.end());
    return flags;
  }

  // They wait most of their time: all at once, then.
  static void StartAllNaturalRuns() {
    if (!natural_.empty()) return;
    for (const Case& c : Cases()) {
      if (!HasImage(c.image)) continue;
      const std::string out = FreshPath("natural");
      Words flags = Flags(c, c.brief, out);
      flags.push_back("--clock=real");
      flags.push_back("--quiet=8s");
      natural_[c.name] = {std::make_unique<Process>(SupervisorCommand(flags)),
                          out};
    }
  }

  struct NaturalRun {
    std::unique_ptr<Process> process;
    std::string out;
  };
  static std::map<std::string, NaturalRun> natural_;  // by case
};
std::map<std::string, Natural::NaturalRun> Natural::natural_;

TEST_P(Natural, WithUsualTimers) {
  const Case& c = GetParam();
  const std::string out = FreshPath("out");
  const Result run = Quiesce(Flags(c, c.usual, out));
  EXPECT_LE(run.code, 1) << testing::PrintToString(run);
  const std::vector<Seen> steps = StepsOf(out);
  const std::string all = Describe(steps);
  ASSERT_EQ(steps.size(), c.steps.size()) << all;
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].what, c.steps[i].what) << all;
    EXPECT_GE(steps[i].at, c.steps[i].earliest) << all;
    EXPECT_LE(steps[i].at, c.steps[i].latest) << all;
  }
  // Minutes of waiting cost nothing. (The processor's time: of the time on the
  // wall somebody else may have taken a part.)
  const nlohmann::json timing = ReadJson(out + "/timing.json");
  for (const nlohmann::json& phase : timing["phases"]) {
    if (phase["phase"] != "converge") continue;
    EXPECT_LT(phase["routersCpuSeconds"].get<double>() +
                  phase["supervisorCpuSeconds"].get<double>(),
              1.0);
  }
}

TEST_P(Natural, OnTheWallTheStepsAreTheSame) {
  const Case& c = GetParam();
  StartAllNaturalRuns();
  const NaturalRun& natural = natural_[c.name];
  const Result wall = natural.process->Wait();
  EXPECT_LE(wall.code, 1) << testing::PrintToString(wall);
  const std::string out = FreshPath("out");
  const Result run = Quiesce(Flags(c, c.brief, out));
  EXPECT_LE(run.code, 1) << testing::PrintToString(run);
  const std::vector<Seen> steps = StepsOf(out);
  const std::vector<Seen> wall_steps = StepsOf(natural.out);
  EXPECT_EQ(ByNode(steps).size(), 2);
  EXPECT_EQ(ByNode(steps), ByNode(wall_steps));
  // For people: when, virtually and on the wall.
  std::cout << Describe(steps) << "  on the wall:\n" << Describe(wall_steps);
  for (const char* file : {"/fib.csv", "/rib.jsonl"}) {
    EXPECT_EQ(ReadFile(out + file), ReadFile(natural.out + file)) << file;
  }
}

const std::vector<Case>& Cases() {
  static const auto* const cases = new std::vector<Case>{
      {
          .name = "HoldTimerAfterASilentCut",
          .image = "frr",
          .both = " PEER timers $keep $hold\n",
          .events = "event { at_seconds: $cut"
                    " link_down { node: \"r1\" interface: \"eth1\" } }",
          .usual = {{"$keep", "60"}, {"$hold", "180"}, {"$cut", "30"}},
          .brief = {{"$keep", "2"}, {"$hold", "6"}, {"$cut", "12"}},
          .steps = {{"r1 +10.0.2.0/24", 2, 3},
                    {"r2 +10.0.1.0/24", 2, 3},
                    {"r1 -10.0.2.0/24", 182, 184},
                    {"r2 -10.0.1.0/24", 182, 184}},
      },
      {
          .name = "ConnectRetryTowardsALateNode",
          .image = "frr",
          .r1 = " PEER timers connect $retry\n",
          .r2 = " PEER passive\n",
          .events = "event { at_seconds: 9 node_start: \"r2\" }",
          .usual = {{"$retry", "120"}},
          .brief = {{"$retry", "3"}},
          // From 1 s on for 3 s in vain (nobody answers ARP), then again.
          .steps = {{"r2 +10.0.1.0/24", 124, 126},
                    {"r1 +10.0.2.0/24", 124, 126}},
      },
      {
          .name = "RouteMapDelayTimer",
          .image = "frr",
          .r2 = " bgp route-map delay-timer $delay\n"
                " address-family ipv4 unicast\n  PEER route-map ALL out\n"
                " exit-address-family\n",
          .usual = {{"$delay", "600"}},
          .brief = {{"$delay", "5"}},
          .steps = {{"r2 +10.0.1.0/24", 2, 3}, {"r1 +10.0.2.0/24", 600, 601}},
          // Nothing tells from outside that somebody waits so long.
          .flags = {"--quiet=10m"},
      },
      {
          .name = "GracefulRestartThatDoesNotCome",
          .image = "frr",
          .both = " bgp graceful-restart\n"
                  " bgp graceful-restart restart-time $restart\n"
                  " bgp graceful-restart rib-stale-time $rib\n",
          .r2 = " bgp graceful-restart preserve-fw-state\n",
          .events = "event { at_seconds: $kill"
                    " process_kill { node: \"r2\" process: \"bgpd\" } }",
          .usual = {{"$restart", "120"}, {"$rib", "200"}, {"$kill", "6"}},
          .brief = {{"$restart", "3"}, {"$rib", "6"}, {"$kill", "12"}},
          .steps = {{"r1 +10.0.2.0/24", 2, 3},
                    {"r2 +10.0.1.0/24", 2, 3},
                    {"r1 -10.0.2.0/24", 126, 127},
                    {"r2 -10.0.1.0/24", 206, 207}},
      },
      {
          .name = "GracefulRestartInTime",
          .image = "frr",
          .both = " bgp graceful-restart\n",
          .r2 = " bgp graceful-restart preserve-fw-state\n",
          .events = "event { at_seconds: $kill"
                    " process_kill { node: \"r2\" process: \"bgpd\" } }"
                    "event { at_seconds: $back"
                    " process_start { node: \"r2\" process: \"bgpd\" } }",
          .usual = {{"$kill", "6"}, {"$back", "100"}},
          .brief = {{"$kill", "12"}, {"$back", "14"}},
          // r1's route stays. r2's own are swept by zebra when bgpd is back
          // (the same on the wall).
          .steps = {{"r1 +10.0.2.0/24", 2, 3},
                    {"r2 +10.0.1.0/24", 2, 3},
                    {"r2 -10.0.1.0/24", 101, 102},
                    {"r2 +10.0.1.0/24", 102, 103}},
      },
      {
          .name = "LongLivedGracefulRestart",
          .image = "frr",
          .both = " bgp graceful-restart\n"
                  " bgp graceful-restart restart-time $restart\n"
                  " bgp graceful-restart rib-stale-time $rib\n"
                  " bgp long-lived-graceful-restart stale-time $stale\n",
          .r2 = " bgp graceful-restart preserve-fw-state\n",
          .events = "event { at_seconds: $kill"
                    " process_kill { node: \"r2\" process: \"bgpd\" } }",
          .usual = {{"$restart", "120"},
                    {"$rib", "500"},
                    {"$stale", "1000"},
                    {"$kill", "6"}},
          .brief = {{"$restart", "2"},
                    {"$rib", "3"},
                    {"$stale", "4"},
                    {"$kill", "12"}},
          .steps = {{"r1 +10.0.2.0/24", 2, 3},
                    {"r2 +10.0.1.0/24", 2, 3},
                    {"r2 -10.0.1.0/24", 506, 507},
                    {"r1 -10.0.2.0/24", 1126, 1127}},
      },
      {
          // Nothing is set: 5 s with some chance in it.
          .name = "BirdsConnectDelay",
          .image = "bird",
          .steps = {{"r2 +10.0.1.0/24", 3, 6}, {"r1 +10.0.2.0/24", 3, 6}},
      },
      {
          .name = "BirdTowardsALateNode",
          .image = "bird",
          .r1 = "connect delay time $delay;\n",
          .r2 = "passive;\n",
          .events = "event { at_seconds: $start node_start: \"r2\" }",
          .usual = {{"$delay", "5"}, {"$start", "30"}},
          .brief = {{"$delay", "1"}, {"$start", "9"}},
          .steps = {{"r1 +10.0.2.0/24", 31, 41}, {"r2 +10.0.1.0/24", 31, 41}},
      },
      {
          .name = "BirdsGracefulRestartThatDoesNotCome",
          .image = "bird",
          .both = "connect delay time $delay; graceful restart on;\n"
                  "graceful restart time $restart;\n",
          .events = "event { at_seconds: 8"
                    " process_kill { node: \"r2\" process: \"bird\" } }",
          .usual = {{"$delay", "5"}, {"$restart", "120"}},
          .brief = {{"$delay", "1"}, {"$restart", "3"}},
          // What r2's kernel has stays there: nobody sweeps it.
          .steps = {{"r2 +10.0.1.0/24", 3, 6},
                    {"r1 +10.0.2.0/24", 3, 6},
                    {"r1 -10.0.2.0/24", 128, 132}},
      },
      {
          // It was not told (-R) that it starts again and says so: r1 drops
          // what it has kept and takes the same again.
          .name = "BirdsGracefulRestartInTime",
          .image = "bird",
          .both = "connect delay time $delay; graceful restart on;\n",
          .events = "event { at_seconds: 8"
                    " process_kill { node: \"r2\" process: \"bird\" } }"
                    "event { at_seconds: $back"
                    " process_start { node: \"r2\" process: \"bird\" } }",
          .usual = {{"$delay", "5"}, {"$back", "100"}},
          .brief = {{"$delay", "1"}, {"$back", "10"}},
          .steps = {{"r2 +10.0.1.0/24", 3, 6},
                    {"r1 +10.0.2.0/24", 3, 6},
                    {"r2 -10.0.1.0/24", 100, 101},
                    {"r1 -10.0.2.0/24", 100, 106},
                    {"r2 +10.0.1.0/24", 100, 106},
                    {"r1 +10.0.2.0/24", 100, 106}},
      },
      {
          .name = "BirdsLongLivedGracefulRestart",
          .image = "bird",
          .both = "connect delay time $delay; graceful restart on;\n"
                  "graceful restart time $restart;\n"
                  "long lived graceful restart on;\n"
                  "long lived stale time $stale;\n",
          .events = "event { at_seconds: 8"
                    " process_kill { node: \"r2\" process: \"bird\" } }",
          .usual = {{"$delay", "5"}, {"$restart", "120"}, {"$stale", "1000"}},
          .brief = {{"$delay", "1"}, {"$restart", "2"}, {"$stale", "4"}},
          .steps = {{"r2 +10.0.1.0/24", 3, 6},
                    {"r1 +10.0.2.0/24", 3, 6},
                    {"r1 -10.0.2.0/24", 1128, 1132}},
      },
  };
  return *cases;
}

INSTANTIATE_TEST_SUITE_P(Timers, Natural, testing::ValuesIn(Cases()),
                         [](const testing::TestParamInfo<Case>& c) {
                           return c.param.name;
                         });

}  // namespace
}  // namespace quiesce::system_test
