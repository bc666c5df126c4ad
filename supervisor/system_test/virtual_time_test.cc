// Minutes of virtual time that cost next to nothing: hold timers, connect
// timers, latencies. FRR with its default timers throughout.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

class VirtualTime : public testing::Test {
 protected:
  void SetUp() override { NEED_IMAGE("frr"); }

  void RunNetwork(const std::string& name) {
    out_ = FreshPath("out");
    run_ = Quiesce(
        {"--topo=file:" + Data("testdata/topologies/" + name) + ".textproto",
         "--message_log=out", "--out=" + out_});
    summary_ = ReadJson(out_ + "/summary.json");
    for (const std::string& line : Lines(ReadFile(out_ + "/messages.jsonl"))) {
      messages_.push_back(nlohmann::json::parse(line));
    }
  }

  static double Seconds(const nlohmann::json& nanos) {
    return nanos.get<int64_t>() / 1e9;
  }

  // When `session` first showed up.
  double FirstOf(const std::string& session) {
    for (const nlohmann::json& message : messages_) {
      if (message["session"] == session) return Seconds(message["sent"]);
    }
    return -1;
  }

  // CPU rather than wall time: the machine may have other work.
  double CpuOf(const std::string& phase) {
    const nlohmann::json timing = ReadJson(out_ + "/timing.json");
    for (const nlohmann::json& p : timing["phases"]) {
      if (p["phase"] == phase) {
        return p["routersCpuSeconds"].get<double>() +
               p["supervisorCpuSeconds"].get<double>();
      }
    }
    return -1;
  }

  std::string out_;
  Result run_;
  nlohmann::json summary_;
  std::vector<nlohmann::json> messages_;
};

TEST_F(VirtualTime, ARunMayEndAtAConvergenceWithoutItsEvents) {
  const std::string out = FreshPath("out");
  const Result run = Quiesce({"--topo=file:" + Data("testdata/topologies/"
                                                    "silent_cut.textproto"),
                              "--convergences=1", "--out=" + out});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_EQ(ReadJson(out + "/summary.json")["sessionsEstablished"], 2);
}

TEST_F(VirtualTime, HoldTimersEndASessionThatNobodyCutDown) {
  RunNetwork("silent_cut");
  EXPECT_EQ(run_.code, 1) << testing::PrintToString(run_);  // no pair reachable
  EXPECT_EQ(summary_["converged"], true);
  EXPECT_EQ(summary_["sessionsEstablished"], 0);
  // Only what each originates itself is left.
  EXPECT_EQ(summary_["pairsReachable"], 0);
  EXPECT_FALSE(Contains(ReadFile(out_ + "/fib.csv"), ",bgp,"));
  // The last keepalive that arrived, and the first attempt after the end.
  double last = -1, again = -1;
  for (const nlohmann::json& message : messages_) {
    const double sent = Seconds(message["sent"]);
    if (message["kind"] == "data" && again < 0) last = sent;
    if (message["kind"] == "icmp" && message["session"] == "r1:2" &&
        again < 0) {
      again = sent;
    }
  }
  EXPECT_GE(again, last + 180);
  EXPECT_LE(again, last + 183);
  EXPECT_GT(summary_["virtualSeconds"], last + 180);
  EXPECT_LT(CpuOf("converge"), 1.0);
}

TEST_F(VirtualTime, ANeighbourThatAppearsLateIsTriedAgainAfter120Seconds) {
  RunNetwork("late_node");
  EXPECT_EQ(run_.code, 0) << testing::PrintToString(run_);
  EXPECT_EQ(summary_["sessionsEstablished"], 2);
  // The first attempt at 1 s; nobody answers for 3 s; 120 s of waiting. r2,
  // there since 10 s, is passive.
  EXPECT_EQ(FirstOf("r1:1"), 1);
  EXPECT_EQ(FirstOf("r1:2"), 124);
  EXPECT_EQ(FirstOf("r2:1"), -1);
  EXPECT_LT(CpuOf("converge"), 1.0);
}

TEST_F(VirtualTime, LatencyIsPartOfTheClock) {
  RunNetwork("slow_link");
  EXPECT_EQ(run_.code, 0) << testing::PrintToString(run_);
  ASSERT_GT(messages_.size(), 10);
  int64_t synack = -1;
  for (const nlohmann::json& message : messages_) {
    const int64_t way =
        message["arrives"].get<int64_t>() - message["sent"].get<int64_t>();
    EXPECT_EQ(way, 50'000'000) << message;
    if (message["kind"] != "synack" || message["session"] != "r1:1") continue;
    synack = message["sent"].get<int64_t>();
  }
  // Answered at once when it has arrived.
  ASSERT_NE(synack, -1);
  EXPECT_EQ(synack, FirstOf("r1:1") * 1e9 + 50'000'000);
}

// Who spins until a clock moves has its clocks moved, all of them, however they
// are read.
TEST(Clocks, AllMoveForWhoSpins) {
  const std::string net = FreshPath("net.textproto");
  WriteFile(net,
            "# proto-file: proto/topology.proto\n"
            "# proto-message: quiesce.proto.Topology\n"
            "node { name: \"r1\" image: \"" +
                GuestImage("clock_spinner", {}) + "\" }\n");
  for (const char* realtime : {"--realtime=true", "--realtime=false"}) {
    const std::string out = FreshPath("out");
    const Result run = Quiesce({"--topo=file:" + net, "--out=" + out, realtime,
                                "--activation_bound=2s"});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    const std::string log = ReadFile(out + "/nodes/r1/clock_spinner.log");
    EXPECT_TRUE(Contains(log, "all have moved\n")) << log;
    EXPECT_FALSE(Contains(log, "goes back")) << log;
  }
}

}  // namespace
}  // namespace quiesce::system_test
