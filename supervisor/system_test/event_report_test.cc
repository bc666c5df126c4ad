// What a run tells of its events: events.jsonl, transients.jsonl.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

using Json = nlohmann::json;

std::vector<Json> LinesOf(const std::string& path) {
  std::vector<Json> lines;
  for (const std::string& line : Lines(ReadFile(path))) {
    lines.push_back(Json::parse(line));
  }
  return lines;
}

// A ring of four, r1 - r2 - r3 - r4, to which this happens.
std::string Ring(const std::string& image, const std::string& events) {
  const std::string net = FreshPath("net.textproto");
  const Result dump =
      Quiesce({"--topo=ring:4", "--image=" + image, "--dump_topology"});
  WriteFile(net, absl::StrCat("# proto-file: proto/topology.proto\n"
                              "# proto-message: quiesce.proto.Topology\n",
                              dump.out, events));
  return "--topo=file:" + net;
}

constexpr char kEvents[] = R"(
  event { at_convergence: 1 link_down { node: "r1" interface: "eth1" } }
  event {
    at_seconds: 1000
    link_up { node: "r1" interface: "eth1" }
  }
  event {
    at_seconds: 1000
    interface_down { node: "r3" interface: "eth1" }
  }
  event { at_seconds: 1001 node_stop: "r2" }
  event { at_convergence: 3 node_start: "r2" }
)";

class EventReports : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { NEED_IMAGE(GetParam()); }
  std::string RunRing(const Words& more) {
    const std::string out = FreshPath("out");
    Words flags = {Ring(GetParam(), kEvents), "--out=" + out};
    flags.insert(flags.end(), more.begin(), more.end());
    const Result run = Quiesce(flags);
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    return out;
  }
};

TEST_P(EventReports, TellWhatEachMomentHasChanged) {
  const std::string out = RunRing({"--transients"});
  const std::vector<Json> events = LinesOf(out + "/events.jsonl");
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(ReadJson(out + "/summary.json")["disturbances"], 4);

  // A silent cut: found out by the hold timer, and nobody is lost.
  EXPECT_EQ(events[0]["events"], Json({1}));
  EXPECT_EQ(events[0]["what"],
            Json({"link_down { node: \"r1\" interface: \"eth1\" }"}));
  EXPECT_EQ(events[0]["converged"], true);
  EXPECT_EQ(events[0]["routesChanged"], 6);
  EXPECT_EQ(events[0]["lost"].size(), 0);
  EXPECT_EQ(events[0]["pairsReachable"], 12);
  EXPECT_GE(events[0]["fibSeconds"], 80);
  EXPECT_LE(events[0]["fibSeconds"], 245);
  EXPECT_EQ(events[0]["fib"][0]["node"], "r1");
  EXPECT_EQ(events[0]["fib"][0]["network"], "10.0.1.0/24");
  EXPECT_EQ(
      events[0]["fib"][0]["before"],
      absl::StrCat("via 172.16.0.1 dev eth1 proto b",
                   GetParam() == "frr" ? "gp metric 20" : "ird metric 32"));
  EXPECT_GE(events[0]["rib"].size(), 6);

  // Two at once, and no time to find out what they mean.
  EXPECT_EQ(events[1]["events"], Json({2, 3}));
  EXPECT_EQ(events[1]["atSeconds"], 1000);
  EXPECT_EQ(events[1]["converged"], false);
  bool lost = false;
  for (const Json& pair : events[1]["lost"]) {
    lost |= pair["source"] == "r1" && pair["destination"] == "r2" &&
            pair["dispositions"] == Json({"NO_ROUTE"});
  }
  EXPECT_TRUE(lost) << events[1]["lost"];

  EXPECT_EQ(events[2]["events"], Json({4}));
  EXPECT_EQ(events[2]["converged"], true);
  EXPECT_EQ(events[2]["pairsReachable"], 6);

  EXPECT_EQ(events[3]["gained"].size(), 6);
  EXPECT_EQ(events[3]["pairsReachable"], 12);

  // Until the hold timers had run out, packets went into the cut.
  const std::vector<Json> transients = LinesOf(out + "/transients.jsonl");
  EXPECT_EQ(ReadJson(out + "/summary.json")["transients"], transients.size());
  bool into_the_cut = false;
  for (const Json& transient : transients) {
    if (transient["source"] != "r1" || transient["destination"] != "r2" ||
        transient["event"] != 1 ||
        transient["disposition"] != "NEIGHBOR_UNREACHABLE") {
      continue;
    }
    EXPECT_EQ(transient["fromSeconds"], events[0]["atSeconds"]);
    EXPECT_EQ(transient["witness"], Json({"r1"}));
    const double lasted = transient["untilSeconds"].get<double>() -
                          transient["fromSeconds"].get<double>();
    EXPECT_GE(lasted, 80);
    EXPECT_LE(lasted, 245);
    into_the_cut = true;
  }
  EXPECT_TRUE(into_the_cut);
  for (const Json& transient : transients) {
    EXPECT_TRUE(transient.contains("untilRound")) << transient;  // all is well
  }
}

TEST_P(EventReports, AreTheSameBytesHoweverTheRunIsDivided) {
  const std::string one = RunRing({"--shards=1"});
  const std::string two = RunRing({"--emulators=2"});
  const std::string events = ReadFile(one + "/events.jsonl");
  EXPECT_NE(events, "");
  EXPECT_TRUE(events == ReadFile(two + "/events.jsonl"));
}

// Questions between events are part of what a node is given.
TEST_P(EventReports, AreReplayed) {
  const std::string recording = FreshPath("recording");
  RunRing({"--record=" + recording});
  for (const char* node : {"r2", "r3"}) {
    const Result run =
        system_test::Run({Data("tools/replay"), "--out=" + FreshPath("replay"),
                          node, recording});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  }
}

TEST_P(EventReports, CanBeLeftOut) {
  const std::string out = RunRing({"--event_reports=false"});
  for (const std::string& file : FilesBelow(out)) {
    EXPECT_NE(file, "events.jsonl");
  }
}

// Whatever fails at random comes back, and nobody keeps anything of it.
TEST_P(EventReports, FlapsLeaveNothingBehind) {
  const auto last_sample = [](const Words& more, const std::string& out) {
    Words flags = {"--topo=ring:4", "--image=" + GetParam(), "--out=" + out,
                   "--quiet=10m", "--sample=3m"};
    flags.insert(flags.end(), more.begin(), more.end());
    const Result run = Quiesce(flags);
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    const Json samples = ReadJson(out + "/timing.json")["samples"];
    EXPECT_GE(samples.size(), 3);
    return samples.back();
  };
  const Json calm = last_sample({}, FreshPath("out"));
  const std::string out = FreshPath("out");
  const Json flapped = last_sample({"--flaps=every=60s,for=2h,seed=2"}, out);
  constexpr int kFlaps = 119;
  EXPECT_EQ(ReadJson(out + "/summary.json")["disturbances"], 2 * kFlaps);
  EXPECT_EQ(LinesOf(out + "/events.jsonl").size(), 2 * kFlaps);
  EXPECT_EQ(flapped["sessionEnds"], 8);
  EXPECT_EQ(flapped["routersProcesses"], calm["routersProcesses"]);
  EXPECT_EQ(flapped["routersDescriptors"], calm["routersDescriptors"]);
  // How many threads it has a file of is up to the host; less than one a flap.
  EXPECT_LT(flapped["supervisorDescriptors"],
            calm["supervisorDescriptors"].get<int>() + kFlaps / 2);
}

INSTANTIATE_TEST_SUITE_P(Images, EventReports, testing::Values("frr", "bird"),
                         [](const testing::TestParamInfo<std::string>& c) {
                           return c.param;
                         });

}  // namespace
}  // namespace quiesce::system_test
