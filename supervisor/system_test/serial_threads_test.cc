// A node's threads take turns: one runs until it blocks, then the next, in an
// order that is the same every time. Shown on threads that race for a log
// without a lock, and on the threads of bgpd and gobgpd. With realtime
// priorities only; without them threads interrupt each other as anywhere.
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// Ordinary programs that never rest, one for each core and one more.
class Load {
 public:
  Load() {
    for (unsigned i = 0; i <= std::thread::hardware_concurrency(); ++i) {
      hogs_.push_back(std::make_unique<Process>(
          Words{"/bin/sh", "-c", "while :; do :; done"}));
    }
  }

 private:
  std::vector<std::unique_ptr<Process>> hogs_;
};

// What the racers print in a network of their own.
std::string Race(const std::string& image, const Words& more = {}) {
  const std::string net = FreshPath("net.textproto");
  WriteFile(net, absl::StrCat("# proto-file: proto/topology.proto\n"
                              "# proto-message: quiesce.proto.Topology\n"
                              "node { name: \"r1\" image: \"",
                              image, "\" }\n"));
  const std::string out = FreshPath("out");
  Words flags = {"--topo=file:" + net, "--out=" + out};
  flags.insert(flags.end(), more.begin(), more.end());
  const Result run = Quiesce(flags);
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  return ReadFile(out + "/nodes/r1/racers.log");
}

TEST(SerialThreads, NobodyIsInterrupted) {
  const Words lines = Lines(Race(GuestImage("racers", {})));
  ASSERT_GT(lines.size(), 100);
  EXPECT_EQ(lines.back(), "lost 0");
  std::set<std::string> racers;
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    const Words words = absl::StrSplit(lines[i], ' ');
    ASSERT_EQ(words.size(), 2) << lines[i];
    racers.insert(words[0]);
    // Whole bursts only; who does not block after one goes on with the next.
    EXPECT_EQ(std::stoi(words[1]) % 10, 0) << lines[i];
  }
  EXPECT_EQ(racers.size(), 6);
}

TEST(SerialThreads, TheSameEveryTime) {
  const std::string image = GuestImage("racers", {});
  const std::string first = Race(image);
  EXPECT_EQ(Race(image), first);
  const Load load;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Race(image), first);
}

// Where threads are held, races are lost: those that the seed says.
TEST(HeldThreads, LoseRacesAsTheSeedSays) {
  const std::string image = GuestImage("racers", {"calls"});
  EXPECT_EQ(Lines(Race(image)).back(), "lost 0");
  const std::string first = Race(image, {"--threads=random:seed=1"});
  EXPECT_NE(Lines(first).back(), "lost 0");
  EXPECT_EQ(Race(image, {"--threads=random:seed=1"}), first);
  EXPECT_NE(Race(image, {"--threads=random:seed=2"}), first);
}

// What was lost in a run is lost when a node of it is run again.
TEST(HeldThreads, AreHeldAgainInAReplay) {
  NEED_IMAGE("frr");
  const std::string recording = FreshPath("recording");
  const Result run =
      Quiesce({"--topo=star:4", "--threads=random:seed=3",
               "--record=" + recording, "--out=" + FreshPath("out")});
  EXPECT_TRUE(Contains(run.out, "converged")) << testing::PrintToString(run);
  for (const char* node : {"r1", "r2"}) {
    const Result replay =
        system_test::Run({Data("tools/replay"), "--out=" + FreshPath("replay"),
                          node, recording});
    EXPECT_EQ(replay.code, 0) << testing::PrintToString(replay);
  }
}

TEST(HeldThreads, WhatIsNoOrderIsSaid) {
  for (const char* wrong : {"often", "random:seed=0", "random:seed=x"}) {
    const Result run =
        Quiesce({"--topo=line:2", absl::StrCat("--threads=", wrong)});
    EXPECT_EQ(run.code, 2) << wrong;
    EXPECT_TRUE(Contains(run.err, "turns and random:seed=S")) << run.err;
  }
}

// FRR, BIRD and GoBGP in a row; every call of every thread.
std::string TraceOfDaemons() {
  const std::string trace = FreshPath("trace");
  const Result run =
      Quiesce({"--topo=file:" + Data("testdata/topologies/mixed.textproto"),
               "--trace=" + trace, "--out=" + FreshPath("out")});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  return ReadFile(trace);
}

TEST(SerialThreads, OfDaemonsMakeTheSameCallsInTheSameOrder) {
  for (const char* image : {"frr", "bird", "gobgp"}) NEED_IMAGE(image);
  const std::string first = TraceOfDaemons();
  // [r1/bgpd:6] is a thread.
  for (const char* daemon : {"r1/bgpd", "r3/gobgpd"}) {
    std::set<std::string> threads;
    for (const std::string& line : Lines(first)) {
      if (line.find(daemon) != 1) continue;
      threads.insert(line.substr(0, line.find(']')));
    }
    EXPECT_GE(threads.size(), 3) << daemon;
  }
  const auto expect_same = [&] {
    const std::string other = TraceOfDaemons();
    if (other == first) return;
    const Words a = Lines(first), b = Lines(other);
    size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
    ADD_FAILURE() << "line " << at + 1 << ":\n"
                  << (at < a.size() ? a[at] : "(end)") << "\n"
                  << (at < b.size() ? b[at] : "(end)");
  };
  expect_same();
  const Load load;
  for (int i = 0; i < 2; ++i) expect_same();
}

}  // namespace
}  // namespace quiesce::system_test
