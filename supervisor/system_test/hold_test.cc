// A held network and commands inside its nodes.
#include <signal.h>

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

#define EXPECT_SAYS(text, part) \
  EXPECT_TRUE(Contains(text, part)) << "lacks: " << (part) << "\n" << (text)

// One held network for all tests that change nothing: FRR and BIRD in a ring.
class Held : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!HasImage("frr") || !HasImage("bird")) return;
    out_ = FreshPath("out");
    RunOptions options;
    options.timeout = absl::Seconds(250);
    network_ = std::make_unique<Process>(
        SupervisorCommand({"--topo=ring:n=4,images=frr+bird,af=46", "--hold",
                           "--out=" + out_}),
        options);
    up_ = network_->WaitFor("Ctrl-C ends it");
  }
  static void TearDownTestSuite() { network_.reset(); }
  void SetUp() override {
    NEED_IMAGE("frr");
    NEED_IMAGE("bird");
    ASSERT_TRUE(up_);
  }

  Result In(const std::string& node, const Words& command,
            const std::string& input = "") {
    Words words = {node};
    words.insert(words.end(), command.begin(), command.end());
    RunOptions options;
    options.input = input;
    options.timeout = absl::Seconds(30);
    return Exec(out_, words, options);
  }

  static std::string out_;
  static std::unique_ptr<Process> network_;
  static bool up_;
};
std::string Held::out_;
std::unique_ptr<Process> Held::network_;
bool Held::up_ = false;

TEST_F(Held, VtyshShowsTheSessions) {
  const Result run = In("r1", {"vtysh", "-c", "show bgp summary json"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "\"state\":\"Established\"");
  EXPECT_FALSE(Contains(run.out, "Active")) << run.out;
}

TEST_F(Held, BirdcShowsTheRoutes) {
  const Result run = In("r2", {"birdc", "show", "route"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  for (const char* prefix : {"10.0.0.0/24", "10.0.2.0/24"}) {
    EXPECT_SAYS(run.out, prefix);
  }
}

TEST_F(Held, IpShowsAddressesAndRoutes) {
  const Result addresses = In("r1", {"ip", "addr"});
  EXPECT_EQ(addresses.code, 0) << testing::PrintToString(addresses);
  EXPECT_SAYS(addresses.out, "172.16.0.");
  EXPECT_SAYS(addresses.out, "eth1");
  const Result routes = In("r1", {"ip", "route"});
  EXPECT_EQ(routes.code, 0) << testing::PrintToString(routes);
  EXPECT_SAYS(routes.out, "10.0.1.0/24");
  EXPECT_SAYS(routes.out, "proto bgp");
  const Result six = In("r1", {"ip", "-6", "route"});
  EXPECT_EQ(six.code, 0) << testing::PrintToString(six);
  EXPECT_SAYS(six.out, "proto bgp");
}

TEST_F(Held, ExitStatusIsPassedOn) {
  EXPECT_EQ(In("r1", {"true"}).code, 0);
  EXPECT_EQ(In("r1", {"sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(In("r1", {"sh", "-c", "kill -TERM $$"}).code, 128 + SIGTERM);
}

TEST_F(Held, StandardInputIsPassedOn) {
  const Result run = In("r1", {"cat"}, "some words\n");
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_EQ(run.out, "some words\n");
}

TEST_F(Held, ErrorsAreStandardError) {
  const Result run = In("r1", {"sh", "-c", "echo out; echo err >&2"});
  EXPECT_EQ(run.out, "out\n");
  EXPECT_EQ(run.err, "err\n");
}

TEST_F(Held, HostnameIsTheNodes) {
  EXPECT_EQ(In("r3", {"cat", "/proc/sys/kernel/hostname"}).out, "r3\n");
}

TEST_F(Held, UnknownNode) {
  const Result run = In("r9", {"true"});
  EXPECT_EQ(run.code, 2);
  EXPECT_SAYS(run.err, "no node is called r9");
}

TEST_F(Held, UnknownCommand) {
  const Result run = In("r1", {"no-such-command"});
  EXPECT_NE(run.code, 0);
  EXPECT_SAYS(run.err, "no-such-command");
  // The network lives on.
  EXPECT_EQ(In("r1", {"true"}).code, 0);
}

TEST_F(Held, InterruptedCommandIsEnded) {
  for (const char* program : {"cat", "vtysh"}) {
    Process command({Data("tools/exec"), "--out=" + out_, "r1", program});
    // Nothing tells that it has started but its next-door neighbour: requests
    // are taken in turn. So it is hit at any time of its life.
    command.Signal(SIGINT);
    EXPECT_EQ(command.Wait().code, 128 + SIGINT);
    EXPECT_EQ(In("r1", {"true"}).code, 0);
  }
}

TEST_F(Held, SleepTakesTime) { EXPECT_EQ(In("r1", {"sleep", "0.2"}).code, 0); }

TEST_F(Held, ManyCommandsInSequence) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(In(absl::StrCat("r", 1 + i % 4), {"true"}).code, 0) << i;
  }
}

TEST(Exec, WithoutANetworkSaysSo) {
  const Result run = Exec(FreshPath("nothing"), {"r1", "true"});
  EXPECT_EQ(run.code, 4);
  EXPECT_SAYS(run.err, "--hold");
}

TEST(Exec, WithoutACommandSaysHow) {
  const Result run = Exec(FreshPath("nothing"), {"r1"});
  EXPECT_EQ(run.code, 2);
  EXPECT_SAYS(run.err, "usage");
}

// A link goes down; the neighbours find another way, and back.
void ExpectReconvergence(const std::string& image) {
  NEED_IMAGE(image);
  const std::string out = FreshPath("out");
  Process network(SupervisorCommand(
      {"--topo=ring:4", "--image=" + image, "--hold", "--out=" + out}));
  ASSERT_TRUE(network.WaitFor("Ctrl-C ends it"));
  const auto route = [&] {
    return Exec(out, {"r1", "ip", "route", "show", "10.0.1.0/24"}).out;
  };
  const std::string direct = route();
  EXPECT_SAYS(direct, "dev eth1");
  const Result down = Exec(out, {"r1", "ip", "link", "set", "eth1", "down"});
  EXPECT_EQ(down.code, 0) << testing::PrintToString(down);
  // Each command lets the network run on while it waits.
  std::string around;
  for (int i = 0; i < 50 && !Contains(around, "dev eth2"); ++i) {
    EXPECT_EQ(Exec(out, {"r1", "sleep", "0.1"}).code, 0);
    around = route();
  }
  EXPECT_SAYS(around, "dev eth2");
  network.Signal(SIGINT);
  network.Wait();
}

TEST(LinkDown, IsFoundAroundByFrr) { ExpectReconvergence("frr"); }
TEST(LinkDown, IsFoundAroundByBird) { ExpectReconvergence("bird"); }

TEST(Hold, EndsOnCtrlC) {
  NEED_IMAGE("bird");
  const std::string out = FreshPath("out");
  Process network(SupervisorCommand(
      {"--topo=ring:3", "--image=bird", "--hold", "--out=" + out}));
  ASSERT_TRUE(network.WaitFor("Ctrl-C ends it"));
  network.Signal(SIGINT);
  // A second Ctrl-C must not be needed.
  EXPECT_EQ(network.Wait().code, 0);
  EXPECT_TRUE(std::filesystem::exists(out + "/summary.json"));
}

}  // namespace
}  // namespace quiesce::system_test
