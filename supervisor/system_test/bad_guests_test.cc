// A guest that misbehaves harms nobody but its own node: the other nodes
// converge, or the run ends and names the one that is at fault.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

constexpr char kHead[] =
    "# proto-file: proto/topology.proto\n"
    "# proto-message: quiesce.proto.Topology\n";

struct BadGuest {
  Result run;
  std::string out;
  std::string log;  // what the guest printed
};

// Two BIRD routers with a session, and the guest on a link to the first.
BadGuest RunBeside(const std::string& mode, const Words& more = {}) {
  const std::string path = FreshPath("net.textproto");
  WriteFile(
      path,
      absl::StrCat(kHead,
                   "node { name: \"r1\" image: \"bird\""
                   " interface { name: \"lo\" address: \"10.0.1.1/24\" }"
                   " interface { name: \"eth1\" address: \"172.16.0.0/31\" }"
                   " interface { name: \"eth2\" address: \"172.16.0.2/31\" }"
                   " bgp { asn: 65001 network: \"10.0.1.0/24\""
                   " neighbor { peer: \"r2\" } } }\n"
                   "node { name: \"r2\" image: \"bird\""
                   " interface { name: \"lo\" address: \"10.0.2.1/24\" }"
                   " interface { name: \"eth1\" address: \"172.16.0.1/31\" }"
                   " bgp { asn: 65002 network: \"10.0.2.0/24\""
                   " neighbor { peer: \"r1\" } } }\n"
                   "node { name: \"bad\" image: \"",
                   GuestImage("unruly", {mode}),
                   "\" interface { name: \"eth1\" address: \"172.16.0.3/31\" }"
                   " default_gateway: \"172.16.0.2\" }\n"
                   "link { a { node: \"r1\" interface: \"eth1\" }"
                   " b { node: \"r2\" interface: \"eth1\" } }\n"
                   "link { a { node: \"r1\" interface: \"eth2\" }"
                   " b { node: \"bad\" interface: \"eth1\" } }\n"));
  BadGuest result;
  result.out = FreshPath("out");
  Words flags = {"--topo=file:" + path, "--out=" + result.out,
                 "--activation_bound=1s"};
  flags.insert(flags.end(), more.begin(), more.end());
  result.run = Quiesce(flags);
  result.log = ReadFile(result.out + "/nodes/bad/unruly.log");
  return result;
}

class BadGuests : public testing::Test {
 protected:
  void SetUp() override {
    NEED_IMAGE("bird");
    AdoptOrphans();
  }
  void TearDown() override { EXPECT_TRUE(NobodyLeft()); }

  // The others do not notice it. What the run has left is in `out`.
  BadGuest ExpectConverged(const std::string& mode, const std::string& printed,
                           const Words& more = {}) {
    BadGuest bad = RunBeside(mode, more);
    EXPECT_EQ(bad.run.code, 0) << testing::PrintToString(bad.run);
    EXPECT_TRUE(Contains(bad.log, printed)) << bad.log.substr(0, 1000);
    if (bad.run.code != 0) return bad;
    const nlohmann::json summary = ReadJson(bad.out + "/summary.json");
    EXPECT_EQ(summary["sessionsEstablished"], 2);
    EXPECT_EQ(summary["pairsReachable"], 2);
    return bad;
  }

  // The summary says of the guest's node that `what` happened.
  void ExpectWarned(const BadGuest& bad, const std::string& what) {
    const std::string warnings =
        ReadJson(bad.out + "/summary.json")["warnings"].dump();
    EXPECT_TRUE(Contains(warnings, what)) << warnings;
  }

  // The run ends and says who it was.
  BadGuest ExpectNamed(const std::string& mode, const std::string& why,
                       const Words& more = {}) {
    BadGuest bad = RunBeside(mode, more);
    EXPECT_EQ(bad.run.code, 5) << testing::PrintToString(bad.run);
    EXPECT_TRUE(Contains(bad.run.err, "node bad: unruly")) << bad.run.err;
    EXPECT_TRUE(Contains(bad.run.err, why)) << bad.run.err;
    return bad;
  }
};

constexpr size_t kMostOutput = 64 << 20;

TEST_F(BadGuests, IgnoresSignals) { ExpectConverged("ignore_signals", ""); }
TEST_F(BadGuests, PassesGarbage) {
  ExpectConverged("garbage", "garbage is over");
}
TEST_F(BadGuests, OpensAllSockets) {
  ExpectConverged("sockets", "many sockets: Too many open files\n");
}
TEST_F(BadGuests, OpensMoreSocketsThanThereMayBe) {
  ExpectWarned(ExpectConverged("all_sockets",
                               "many sockets: Too many open files in system\n"),
               "socket(2) has failed with ENFILE");
}
// A node may have as many sockets as an eighth of our descriptors, and every
// other one takes one of those: twenty nodes want more than all.
TEST_F(BadGuests, TakeAllDescriptorsTogether) {
  const std::string image = GuestImage("unruly", {"all_sockets"});
  std::string topology = kHead;
  for (int i = 1; i <= 20; ++i) {
    absl::StrAppend(&topology, "node { name: \"bad", i, "\" image: \"", image,
                    "\" }\n");
  }
  const std::string path = FreshPath("net.textproto");
  WriteFile(path, topology);
  Words command = {"/bin/sh", "-c", "ulimit -n 1000; exec \"$@\"", "sh"};
  for (const std::string& word : SupervisorCommand(
           {"--topo=file:" + path, "--out=" + FreshPath("out")})) {
    command.push_back(word);
  }
  const Result run = Process(command).Wait();
  EXPECT_EQ(run.code, 4) << testing::PrintToString(run);
  EXPECT_TRUE(Contains(run.err, "out of descriptors: ")) << run.err;
  EXPECT_TRUE(Contains(run.err, "the hard limit is 1000")) << run.err;
  EXPECT_TRUE(Contains(run.err, "remedy: raise")) << run.err;
}
TEST_F(BadGuests, FillsItsDisk) {
  // Where pages are dear, a disk takes more than a second to fill.
  const BadGuest bad = ExpectConverged("fill_disk", "a full disk: No space",
                                       {"--activation_bound=30s"});
  EXPECT_TRUE(Contains(bad.log, "no more files: No space")) << bad.log;
}
TEST_F(BadGuests, PrintsTooMuch) {
  const BadGuest bad = ExpectConverged("long_output", "and another thing");
  EXPECT_EQ(bad.log.size(), kMostOutput);
  ExpectWarned(bad, "output was cut");
}
TEST_F(BadGuests, WritesToWhoNeverReads) {
  ExpectConverged("flood_stream", "accepted 1");
}
TEST_F(BadGuests, FloodsItsNeighbour) {
  ExpectWarned(ExpectConverged("flood_neighbour", "datagrams are out"),
               "datagrams were dropped");
}
TEST_F(BadGuests, ForksUntilItMayNot) {
  ExpectConverged("children", "no more children");
}
TEST_F(BadGuests, MakesManyThreads) {
  ExpectConverged("threads", "threads are over");
}
TEST_F(BadGuests, EndsItsMainThread) {
  ExpectConverged("leave_thread", "the other one is here");
}
TEST_F(BadGuests, SpinsUntilTheClockMoves) {
  ExpectConverged("spin_clock", "the clock has moved");
}
TEST_F(BadGuests, ConnectsWithoutEnd) {
  const BadGuest bad = RunBeside("connect");
  EXPECT_EQ(bad.run.code, 3) << testing::PrintToString(bad.run);
  EXPECT_TRUE(Contains(bad.run.err, "  bad still changes\n")) << bad.run.err;
}
TEST_F(BadGuests, Crashes) { ExpectNamed("crash", "SIGSEGV"); }
TEST_F(BadGuests, CrashesLater) { ExpectNamed("crash_later", "time is up"); }
TEST_F(BadGuests, Spins) { ExpectNamed("spin", "without coming to rest"); }
TEST_F(BadGuests, SpinsWithoutRealtime) {
  ExpectNamed("spin", "without coming to rest", {"--realtime=false"});
}
TEST_F(BadGuests, PrintsWithoutEnd) {
  const BadGuest bad = ExpectNamed("chatter", "without coming to rest");
  EXPECT_LE(bad.log.size(), kMostOutput);
}
TEST_F(BadGuests, FloodsTheNetwork) {
  ExpectNamed("flood_datagrams", "without coming to rest");
}
TEST_F(BadGuests, IsAForkBomb) {
  ExpectNamed("fork_bomb", "without coming to rest");
}

}  // namespace
}  // namespace quiesce::system_test
