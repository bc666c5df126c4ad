// Several supervisor processes, each with a part of the nodes, come to what one
// comes to: the same bytes, message by message.
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

struct Case {
  std::string name;
  Words images;
  Words flags;
  int code = 0;
  int emulators = 2;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string TopologyFile(const std::string& name) {
  return "--topo=file:" + Data("testdata/topologies/" + name + ".textproto");
}

class Swarm : public testing::TestWithParam<Case> {
 protected:
  // The directory of the results.
  std::string RunWith(int emulators) {
    const std::string out = FreshPath("out");
    Words flags = {absl::StrCat("--emulators=", emulators), "--out=" + out,
                   "--message_log=out"};
    flags.insert(flags.end(), GetParam().flags.begin(), GetParam().flags.end());
    const Result run = Quiesce(flags);
    EXPECT_EQ(run.code, GetParam().code) << testing::PrintToString(run);
    return out;
  }
};

TEST_P(Swarm, LeavesWhatOneEmulatorLeaves) {
  for (const std::string& image : GetParam().images) NEED_IMAGE(image);
  const std::string one = RunWith(1), more = RunWith(GetParam().emulators);
  EXPECT_EQ(FilesBelow(one), FilesBelow(more));
  EXPECT_GT(Lines(ReadFile(one + "/messages.jsonl")).size(), 10);
  for (const std::string& file : FilesBelow(one)) {
    if (file == "timing.json") continue;
    EXPECT_TRUE(ReadFile(one + "/" + file) == ReadFile(more + "/" + file))
        << file;
  }
  // Nobody's part is missing from what was measured.
  EXPECT_EQ(ReadJson(one + "/timing.json")["nodes"].size(),
            ReadJson(more + "/timing.json")["nodes"].size());
  AdoptOrphans();
  EXPECT_TRUE(NobodyLeft());
}

INSTANTIATE_TEST_SUITE_P(
    Networks, Swarm,
    testing::Values(
        Case{"Frr", {"frr"}, {"--topo=ring:4"}},
        // Nothing but journeys over nodes of the other emulator.
        Case{"Multihop", {"frr"}, {TopologyFile("multihop_loopback")}},
        Case{
            "Bird46", {"bird"}, {"--topo=grid:size=3x3,af=46", "--image=bird"}},
        Case{"Mixed", {"frr", "bird", "gobgp"}, {TopologyFile("mixed")}},
        Case{"MixedByThree",
             {"frr", "bird", "gobgp"},
             {TopologyFile("mixed")},
             0,
             3},
        // Multicasts to nodes of the other emulator.
        Case{"Ospf", {"frr"}, {TopologyFile("ospf_ring")}},
        Case{"Isis", {"frr"}, {TopologyFile("isis_triangle")}},
        Case{"Latency", {"frr"}, {TopologyFile("slow_link")}},
        Case{"SilentCut", {"frr"}, {TopologyFile("silent_cut")}, 1},
        // The node that appears is the other emulator's.
        Case{"LateNode", {"frr"}, {TopologyFile("late_node")}},
        Case{"RandomSchedule",
             {"frr"},
             {TopologyFile("disagree"), "--schedule=random:seed=2"}},
        // All agree that it goes round in circles, and on who changes.
        Case{"NeverConverges", {"frr"}, {TopologyFile("bad_gadget")}, 3}),
    [](const testing::TestParamInfo<Case>& c) { return c.param.name; });

TEST(SwarmRecording, IsTheSame) {
  NEED_IMAGE("bird");
  std::string recordings[2];
  for (int i = 0; i < 2; ++i) {
    recordings[i] = FreshPath("recording");
    const Result run = Quiesce(
        {"--topo=ring:3", "--image=bird", "--out=" + FreshPath("out"),
         "--record=" + recordings[i], absl::StrCat("--emulators=", i + 1)});
    EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  }
  EXPECT_EQ(FilesBelow(recordings[0]).size(), 5);
  for (const std::string& file : FilesBelow(recordings[0])) {
    EXPECT_TRUE(ReadFile(recordings[0] + "/" + file) ==
                ReadFile(recordings[1] + "/" + file))
        << file;
  }
}

// b, the second node, is the second emulator's.
std::string TwoGuests(const std::string& image_of_b) {
  const std::string path = FreshPath("net.textproto");
  WriteFile(path,
            "# proto-file: proto/topology.proto\n"
            "# proto-message: quiesce.proto.Topology\n"
            "node { name: \"a\" image: \"host\" }\n"
            "node { name: \"b\" image: \"" +
                image_of_b + "\" }\n");
  return "--topo=file:" + path;
}

TEST(SwarmFailure, OfAnotherEmulatorsNodeIsNamed) {
  AdoptOrphans();
  for (const char* guest : {"crash", "crash_later"}) {
    const Result run = Quiesce({TwoGuests(GuestImage("unruly", {guest})),
                                "--emulators=2", "--out=" + FreshPath("out")});
    EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
    EXPECT_TRUE(Contains(run.err, "node b: unruly")) << run.err;
  }
  EXPECT_TRUE(NobodyLeft());
}

TEST(SwarmFailure, MistakesAreSaidOnce) {
  const Result run = Quiesce({"--topo=line:2", "--emulators=2", "--hold"});
  EXPECT_EQ(run.code, 2);
  EXPECT_TRUE(Contains(run.err, "one emulator")) << run.err;
  EXPECT_EQ(Quiesce({"--topo=line:2", "--emulators=-1"}).code, 2);
}

TEST(SwarmFailure, NobodyOutlivesTheFirst) {
  AdoptOrphans();
  {
    Process run(SupervisorCommand({TwoGuests(GuestImage("unruly", {"spin"})),
                                   "--emulators=2", "--activation_bound=0",
                                   "--out=" + FreshPath("out")}));
    ASSERT_TRUE(run.WaitFor("start"));
  }  // SIGKILL
  EXPECT_TRUE(NobodyLeft());
}

}  // namespace
}  // namespace quiesce::system_test
