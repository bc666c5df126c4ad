// A node whose power failed is started again: it knows nothing of its former
// life, its neighbours find that out as they would from Linux, and everything
// comes back.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// r1 - r2 - r3; r2 does what the events say.
std::string Line(const Words& images, const std::string& events) {
  std::string text =
      "# proto-file: proto/topology.proto\n"
      "# proto-message: quiesce.proto.Topology\n"
      "name: \"restart\"\n";
  const auto node = [&](int n, const std::string& neighbors,
                        const std::string& interfaces) {
    absl::StrAppend(&text, "node { name: \"r", n, "\" image: \"",
                    images[n % images.size()],
                    "\" interface { name: \"lo\" address: \"10.0.", n,
                    ".1/24\" } ", interfaces, " bgp { asn: 6500", n,
                    " network: \"10.0.", n, ".0/24\" ", neighbors, " } }\n");
  };
  node(1, "neighbor { peer: \"r2\" }",
       "interface { name: \"eth1\" address: \"172.16.0.0/31\" }");
  node(2, "neighbor { peer: \"r1\" } neighbor { peer: \"r3\" }",
       "interface { name: \"eth1\" address: \"172.16.0.1/31\" }"
       "interface { name: \"eth2\" address: \"172.16.0.2/31\" }");
  node(3, "neighbor { peer: \"r2\" }",
       "interface { name: \"eth1\" address: \"172.16.0.3/31\" }");
  text +=
      "link { a { node: \"r1\" interface: \"eth1\" }"
      " b { node: \"r2\" interface: \"eth1\" } }\n"
      "link { a { node: \"r2\" interface: \"eth2\" }"
      " b { node: \"r3\" interface: \"eth1\" } }\n";
  const std::string path = FreshPath("net.textproto");
  WriteFile(path, text + events);
  return "--topo=file:" + path;
}

struct Case {
  std::string name;
  Words images;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Restart : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    for (const std::string& image : GetParam().images) NEED_IMAGE(image);
  }
  void RunLine(const std::string& events) {
    out_ = FreshPath("out");
    recording_ = FreshPath("recording");
    flags_ = {Line(GetParam().images, events), "--message_log=out"};
    Words flags = flags_;
    flags.push_back("--out=" + out_);
    flags.push_back("--record=" + recording_);
    const Result run = Quiesce(flags);
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    for (const std::string& line : Lines(ReadFile(out_ + "/messages.jsonl"))) {
      messages_.push_back(nlohmann::json::parse(line));
    }
  }
  // All sessions are up, all routes there.
  void ExpectEverythingBack() {
    const nlohmann::json summary = ReadJson(out_ + "/summary.json");
    EXPECT_EQ(summary["converged"], true);
    EXPECT_EQ(summary["sessionsEstablished"], 4);
    EXPECT_EQ(summary["pairsReachable"], 6);
  }
  // When r2, stopped at 100 s, said that it knows nothing of a session that
  // `node` keeps alive; in seconds, -1: never. (Where both ends call each other
  // in the beginning, FRR resets one of the two connections.)
  double ResetTo(const std::string& node) const {
    for (const nlohmann::json& message : messages_) {
      const double sent = message["sent"].get<int64_t>() / 1e9;
      if (message["kind"] == "rst" && message["from"] == "r2" &&
          message["to"] == node && sent > 100) {
        return sent;
      }
    }
    return -1;
  }
  void ExpectTwoEmulatorsAgree() {
    const std::string out = FreshPath("out");
    flags_.push_back("--out=" + out);
    flags_.push_back("--emulators=2");
    const Result run = Quiesce(flags_);
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    for (const char* file : {"messages.jsonl", "summary.json", "fib.csv"}) {
      EXPECT_TRUE(ReadFile(out_ + "/" + file) == ReadFile(out + "/" + file))
          << file;
    }
  }

  Words flags_;
  std::string out_, recording_;
  std::vector<nlohmann::json> messages_;
};

// Before the hold timers have run out: what the neighbours send next for the
// old sessions is answered by RST.
TEST_P(Restart, OldSessionsAreReset) {
  RunLine(
      "event { at_seconds: 100 node_stop: \"r2\" }"
      "event { at_seconds: 110 node_start: \"r2\" }");
  ExpectEverythingBack();
  for (const char* node : {"r1", "r3"}) {
    // By the first keepalive at the latest.
    EXPECT_GE(ResetTo(node), 110) << node;
    EXPECT_LE(ResetTo(node), 110 + 90) << node;
  }
  // Sessions of the second life have numbers of their own.
  bool new_life = false;
  for (const nlohmann::json& message : messages_) {
    if (message["kind"] != "syn" || message["from"] != "r2") continue;
    const bool late = message["sent"].get<int64_t>() >= 110'000'000'000;
    const std::string session = message["session"];
    EXPECT_EQ(session.rfind("r2:10000000", 0) == 0, late) << session;
    new_life |= late;
  }
  EXPECT_TRUE(new_life);
}

// After they have: nobody remembers.
TEST_P(Restart, ComesBackAfterTheNetworkHasDoneWithoutIt) {
  RunLine(
      "event { at_convergence: 1 node_stop: \"r2\" }"
      "event { at_convergence: 2 node_start: \"r2\" }");
  ExpectEverythingBack();
}

// Two lives are one recording, and come out the same.
TEST_P(Restart, IsReplayed) {
  RunLine(
      "event { at_seconds: 100 node_stop: \"r2\" }"
      "event { at_seconds: 110 node_start: \"r2\" }");
  for (const char* node : {"r1", "r2"}) {
    const Result run =
        system_test::Run({Data("tools/replay"), "--out=" + FreshPath("replay"),
                          node, recording_});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  }
}

TEST_P(Restart, TwoEmulatorsAgree) {
  RunLine(
      "event { at_seconds: 100 node_stop: \"r2\" }"
      "event { at_seconds: 110 node_start: \"r2\" }");
  ExpectTwoEmulatorsAgree();
}

// Only the daemon of r2 is lost and started again, the node stays.
TEST_P(Restart, AProcessIsStartedAgain) {
  const Words& images = GetParam().images;
  const std::string daemon = absl::StrCat(
      "{ node: \"r2\" process: \"",
      images[2 % images.size()] == "frr" ? "bgpd" : "bird", "\" }");
  RunLine(absl::StrCat("event { at_seconds: 100 process_kill ", daemon,
                       " } event { at_seconds: 110 process_start ", daemon,
                       " }"));
  ExpectEverythingBack();
  const Result replay = system_test::Run(
      {Data("tools/replay"), "--out=" + FreshPath("replay"), "r2", recording_});
  EXPECT_EQ(replay.code, 0) << testing::PrintToString(replay);
  ExpectTwoEmulatorsAgree();
}

// What r1 sees of its cable follows what r2 does with the other end, and a
// reboot forgets that it was down.
TEST_P(Restart, AnInterfaceIsDownAndTheNodeReboots) {
  RunLine(
      "event { at_seconds: 100"
      "  interface_down { node: \"r2\" interface: \"eth1\" } }"
      "event { at_seconds: 105 node_stop: \"r2\" }"
      "event { at_seconds: 110 node_start: \"r2\" }");
  ExpectEverythingBack();
  const Result replay = system_test::Run(
      {Data("tools/replay"), "--out=" + FreshPath("replay"), "r1", recording_});
  EXPECT_EQ(replay.code, 0) << testing::PrintToString(replay);
  ExpectTwoEmulatorsAgree();
}

// When a session of FRR is reset, bgpd's I/O thread polls the socket without
// rest until its main thread has closed it, and that needs its turn.
INSTANTIATE_TEST_SUITE_P(Routers, Restart,
                         testing::Values(Case{"Bird", {"bird"}},
                                         Case{"Frr", {"frr"}},
                                         Case{"Mixed", {"frr", "bird"}}),
                         [](const testing::TestParamInfo<Case>& c) {
                           return c.param.name;
                         });

}  // namespace
}  // namespace quiesce::system_test
