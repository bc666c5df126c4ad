// A node is a function: from the recording of a run each node is run alone, and
// says the same as it did among the others.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

Result Replay(const std::string& node, const std::string& recording,
              const Words& more = {}, const RunOptions& options = {}) {
  Words argv = {Data("tools/replay"), "--out=" + FreshPath("replay"), node,
                recording};
  argv.insert(argv.end(), more.begin(), more.end());
  return Run(argv, options);
}

// Runs a network with these flags; the directory of its recording.
std::string Record(const Words& flags) {
  const std::string recording = FreshPath("recording");
  Words all = {"--record=" + recording, "--out=" + FreshPath("out")};
  all.insert(all.end(), flags.begin(), flags.end());
  const Result run = Quiesce(all);
  EXPECT_TRUE(Contains(run.out, "converged")) << testing::PrintToString(run);
  return recording;
}

Words NodesOf(const std::string& recording) {
  Words nodes;
  for (const std::string& file : FilesBelow(recording)) {
    const size_t end = file.rfind(".steps");
    if (end != std::string::npos) nodes.push_back(file.substr(0, end));
  }
  return nodes;
}

void ExpectEachNodeRepeatsItself(const std::string& recording, size_t count) {
  const Words nodes = NodesOf(recording);
  EXPECT_EQ(nodes.size(), count);
  for (const std::string& node : nodes) {
    const Result run = Replay(node, recording);
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
    EXPECT_TRUE(Contains(run.out, "the same in")) << run.out;
  }
}

// The steps of a node as replay prints them.
Words StepsOf(const std::string& node, const std::string& recording) {
  const Result run = Replay(node, recording, {"--print"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  return Lines(run.out);
}

int Count(const Words& lines, const std::string& part) {
  int count = 0;
  for (const std::string& line : lines) count += Contains(line, part);
  return count;
}

std::string TopologyFile(const std::string& text) {
  const std::string path = FreshPath("net.textproto");
  WriteFile(path,
            "# proto-file: proto/topology.proto\n"
            "# proto-message: quiesce.proto.Topology\n" +
                text);
  return "--topo=file:" + path;
}

struct Case {
  std::string name;
  Words images;
  Words flags;
  size_t nodes;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Networks : public testing::TestWithParam<Case> {};

TEST_P(Networks, EachNodeAloneRepeatsItself) {
  for (const std::string& image : GetParam().images) NEED_IMAGE(image);
  ExpectEachNodeRepeatsItself(Record(GetParam().flags), GetParam().nodes);
}

TEST_P(Networks, TwoRecordingsAreTheSameBytes) {
  for (const std::string& image : GetParam().images) NEED_IMAGE(image);
  const std::string first = Record(GetParam().flags);
  Words flags = GetParam().flags;
  flags.push_back("--shards=1");
  const std::string second = Record(flags);
  EXPECT_EQ(FilesBelow(first), FilesBelow(second));
  for (const std::string& file : FilesBelow(first)) {
    EXPECT_TRUE(ReadFile(first + "/" + file) == ReadFile(second + "/" + file))
        << file;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Replay, Networks,
    testing::Values(
        Case{"Frr", {"frr"}, {"--topo=ring:3"}, 3},
        Case{"Bird", {"bird"}, {"--topo=ring:3,af=46", "--image=bird"}, 3},
        // With GoBGP, whose threads are many.
        Case{"Mixed",
             {"frr", "bird", "gobgp"},
             {"--topo=file:" + Data("testdata/topologies/mixed.textproto")},
             4},
        // Messages come late, sessions in any order.
        Case{"Random",
             {"frr"},
             {"--topo=file:" + Data("testdata/topologies/disagree.textproto"),
              "--schedule=random:seed=2"},
             3}),
    [](const testing::TestParamInfo<Case>& c) { return c.param.name; });

// Two FRR routers to which everything happens that can.
TEST(Replay, EventsAreInputs) {
  NEED_IMAGE("frr");
  const std::string recording = Record({TopologyFile(R"(
      name: "events"
      options { image: "frr" }
      node {
        name: "r1"
        interface { name: "lo" address: "10.0.1.1/24" }
        interface { name: "eth1" address: "172.16.0.0/31" }
        bgp { asn: 65001 network: "10.0.1.0/24" neighbor { peer: "r2" } }
      }
      node {
        name: "r2"
        interface { name: "lo" address: "10.0.2.1/24" }
        interface { name: "eth1" address: "172.16.0.1/31" }
        bgp { asn: 65002 network: "10.0.2.0/24" neighbor { peer: "r1" } }
      }
      link {
        a { node: "r1" interface: "eth1" } b { node: "r2" interface: "eth1" }
      }
      event { at_seconds: 5 node_start: "r2" }
      event {
        at_convergence: 1
        link_down { node: "r1" interface: "eth1" } carrier: true
      }
      event {
        at_convergence: 2
        link_up { node: "r1" interface: "eth1" } carrier: true
      }
      event { at_convergence: 3 interface_down { node: "r1" interface: "eth1" } }
      event { at_seconds: 700 interface_up { node: "r1" interface: "eth1" } }
      event {
        at_seconds: 1200
        process_kill { node: "r2" process: "bgpd" signal: STOP }
      }
      event {
        at_seconds: 1500
        process_kill { node: "r2" process: "bgpd" signal: CONT }
      }
      event {
        at_seconds: 1800
        address_del {
          node: "r2" interface: "eth1" address: "172.16.0.1/31"
        }
      }
      event {
        at_seconds: 2300
        address_add {
          node: "r2" interface: "eth1" address: "172.16.0.1/31"
        }
      }
      event {
        at_seconds: 2800
        process_kill { node: "r2" process: "bgpd" signal: TERM }
      }
      event { at_seconds: 3300 node_stop: "r2" }
  )")});
  ExpectEachNodeRepeatsItself(recording, 2);
  const Words other = StepsOf("r1", recording);
  EXPECT_EQ(Count(other, "\"carrier\":{"), 2);
  EXPECT_EQ(Count(other, "\"interface\":{"), 2);
  const Words steps = StepsOf("r2", recording);
  EXPECT_EQ(Count(steps, "\"carrier\":{"), 4);
  EXPECT_EQ(Count(steps, "\"address\":{\"ifindex\":2,"), 2);
  EXPECT_EQ(Count(steps, "\"signal\":{\"process\":\"bgpd\",\"number\":19}"), 1);
  EXPECT_EQ(Count(steps, "\"signal\":{\"process\":\"bgpd\",\"number\":15}"), 1);
  EXPECT_EQ(Count(steps, "\"stop\":{}"), 1);
  EXPECT_TRUE(Contains(steps[0], "\"time\":\"5000000000\",\"start\":{}"))
      << steps[0];
}

// When the clock is moved for a guest that spins is up to the host: it has to
// be in the recording.
TEST(Replay, AGuestThatSpinsSeesTheSameClock) {
  const std::string image = GuestImage("unruly", {"spin_clock"});
  const std::string recording =
      Record({TopologyFile("node { name: \"a\" image: \"" + image + "\" }"),
              "--activation_bound=3s"});
  EXPECT_EQ(Count(StepsOf("a", recording), "\"clockStep\":["), 1);
  ExpectEachNodeRepeatsItself(recording, 1);
}

TEST(Replay, ARunThatFailsIsRecordedUpToThere) {
  const std::string image = GuestImage("unruly", {"crash_later"});
  const std::string recording = FreshPath("recording");
  const Result run =
      Quiesce({TopologyFile("node { name: \"a\" image: \"" + image + "\" }"),
               "--record=" + recording, "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  EXPECT_EQ(StepsOf("a", recording).size(), 2);  // its start, and its end
  ExpectEachNodeRepeatsItself(recording, 1);
}

// --- What does not repeat itself is said -------------------------------------

class Changed : public testing::Test {
 protected:
  void SetUp() override {
    NEED_IMAGE("bird");
    recording_ = Record({"--topo=line:2", "--image=bird"});
  }
  void Replace(const std::string& from, const std::string& to) {
    const std::string path = recording_ + "/run.textproto";
    const std::string before = ReadFile(path);
    const std::string after = absl::StrReplaceAll(before, {{from, to}});
    ASSERT_NE(before, after);
    WriteFile(path, after);
  }
  std::string recording_;
};

TEST_F(Changed, ConfigurationDiffersInTheFirstMessageThatShowsIt) {
  Replace("10.0.0.0/24", "10.9.0.0/24");
  const Result run = Replay("r1", recording_);
  EXPECT_EQ(run.code, 1) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.out, "node r1 differs in step ")) << run.out;
  EXPECT_TRUE(Contains(run.out, "recorded: data to 172.16.0.1:")) << run.out;
  EXPECT_TRUE(Contains(run.out, "replayed: data to 172.16.0.1:")) << run.out;
}

TEST_F(Changed, ADaemonThatDoesNotStartIsADifference) {
  Replace("image: \"bird\"",
          "image: \"bird\" config { daemon: \"bird\" content: \"!\" }");
  const Result run = Replay("r1", recording_);
  EXPECT_EQ(run.code, 1) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.out, "step 1 of ")) << run.out;
}

TEST_F(Changed, StepsThatAreDamagedAreRefused) {
  const std::string file = recording_ + "/r1.steps";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const Result run = Replay("r1", recording_);
  EXPECT_EQ(run.code, 2) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, "damaged")) << run.err;
}

TEST_F(Changed, AnotherNodeIsRefused) {
  const Result run = Replay("r9", recording_);
  EXPECT_EQ(run.code, 2) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, "r9")) << run.err;
}

TEST_F(Changed, AnImageThatIsGoneIsTheEnvironmentsFault) {
  RunOptions options;
  options.env = {"QUIESCE_CACHE=/nonexistent"};
  const Result run = Replay("r1", recording_, {}, options);
  EXPECT_EQ(run.code, 4) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, "tools/image bird")) << run.err;
}

TEST(ReplayUsage, IsSaid) {
  Result run = system_test::Run({Data("tools/replay"), "r1"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(Contains(run.err, "usage")) << run.err;
  run = Replay("r1", FreshPath("nothing"));
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(Contains(run.err, "holds no recording")) << run.err;
  run = Quiesce({"--topo=line:2", "--clock=real", "--record=x"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(Contains(run.err, "--record needs")) << run.err;
}

}  // namespace
}  // namespace quiesce::system_test
