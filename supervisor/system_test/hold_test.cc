// A held network, commands inside its nodes, and what happens to it.
#include <signal.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
  // The other end of the cable sees it, whoever has done it.
  EXPECT_SAYS(Exec(out, {"r2", "ip", "link", "show", "eth1"}).out,
              "NO-CARRIER");
  network.Signal(SIGINT);
  network.Wait();
}

TEST(LinkDown, IsFoundAroundByFrr) { ExpectReconvergence("frr"); }
TEST(LinkDown, IsFoundAroundByBird) { ExpectReconvergence("bird"); }

// r1 - r2 - r3 - r4 - r1, held, and what is ordered to happen to it.
class HeldEvents : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    NEED_IMAGE(GetParam());
    network_ = std::make_unique<Process>(SupervisorCommand(
        {"--topo=ring:4", "--image=" + GetParam(), "--hold", "--out=" + out_}));
    ASSERT_TRUE(network_->WaitFor("Ctrl-C ends it"));
  }
  Result Happens(const std::string& event) {
    return Exec(out_, {"--event=" + event});
  }
  // Where a node sends packets for the other prefixes.
  std::string Ways(const std::string& node) {
    std::string ways;
    for (const char* to : {"10.0.1.9", "10.0.3.9"}) {
      ways += Exec(out_, {node, "ip", "route", "get", to}).out;
    }
    return ways;
  }

  const std::string out_ = FreshPath("out");
  std::unique_ptr<Process> network_;
};

TEST_P(HeldEvents, ASilentCutAndItsEnd) {
  const std::string before = Ways("r1");
  const Result cut = Happens("link_down { node: \"r1\" interface: \"eth1\" }");
  EXPECT_EQ(cut.code, 0) << testing::PrintToString(cut);
  EXPECT_SAYS(cut.out, "converged\n");
  EXPECT_SAYS(cut.out, "r1 changed 10.0.1.0/24 via 172.16.0.1 dev eth1");
  EXPECT_SAYS(cut.out, "-> via 172.16.0.6 dev eth2");
  EXPECT_SAYS(cut.out, "0 gained, 0 lost, 6 changed");
  // Nobody was told: the hold timers have found it out.
  double after = 0;
  const size_t at = cut.out.find("of a FIB after ");
  ASSERT_NE(at, std::string::npos) << cut.out;
  after = std::stod(cut.out.substr(at + std::strlen("of a FIB after ")));
  EXPECT_GE(after, 80);  // a third of BIRD's 240 s: by its last keepalive
  EXPECT_LE(after, 245);
  EXPECT_NE(Ways("r1"), before);

  const Result mended = Happens("link_up { node: \"r1\" interface: \"eth1\" }");
  EXPECT_EQ(mended.code, 0) << testing::PrintToString(mended);
  EXPECT_EQ(Ways("r1"), before);
}

TEST_P(HeldEvents, ANodeGoesAndComesBack) {
  const std::string before = Ways("r1");
  const Result gone = Happens("node_stop: \"r2\"");
  EXPECT_EQ(gone.code, 0) << testing::PrintToString(gone);
  EXPECT_SAYS(gone.out, "r1 lost 10.0.1.0/24");
  EXPECT_SAYS(gone.out, "r2 lost 172.16.0.0/31 dev eth1 proto connected");
  const Result command = Exec(out_, {"r2", "true"});
  EXPECT_EQ(command.code, 2);
  EXPECT_SAYS(command.err, "r2 does not run");
  const Result back = Happens("node_start: \"r2\"");
  EXPECT_EQ(back.code, 0) << testing::PrintToString(back);
  EXPECT_SAYS(back.out, "r1 gained 10.0.1.0/24");
  EXPECT_EQ(Ways("r1"), before);
}

TEST_P(HeldEvents, AProcessDiesAndIsStartedAgain) {
  const std::string daemon = GetParam() == "frr" ? "bgpd" : "bird";
  const std::string process = "{ node: \"r2\" process: \"" + daemon + "\" }";
  const Result killed = Happens("process_kill " + process);
  EXPECT_EQ(killed.code, 0) << testing::PrintToString(killed);
  EXPECT_SAYS(killed.out, "r1 lost 10.0.1.0/24");
  const Result started = Happens("process_start " + process);
  EXPECT_EQ(started.code, 0) << testing::PrintToString(started);
  EXPECT_SAYS(started.out, "r1 gained 10.0.1.0/24");
  const Result again = Happens("process_start " + process);
  EXPECT_EQ(again.code, 2);
  EXPECT_SAYS(again.err, "runs already");
}

// The other end of the cable sees that nobody is there, and both go round.
TEST_P(HeldEvents, AnInterfaceGoesDownAndUp) {
  const std::string before = Ways("r1");
  const Result down =
      Happens("interface_down { node: \"r1\" interface: \"eth1\" }");
  EXPECT_EQ(down.code, 0) << testing::PrintToString(down);
  EXPECT_SAYS(down.out, "r1 lost 172.16.0.0/31 dev eth1 proto connected");
  EXPECT_SAYS(down.out, "r1 changed 10.0.1.0/24 via 172.16.0.1 dev eth1");
  EXPECT_SAYS(down.out, "r2 changed 10.0.0.0/24 via 172.16.0.0 dev eth1");
  EXPECT_SAYS(Exec(out_, {"r2", "ip", "link", "show", "eth1"}).out,
              "NO-CARRIER");
  const Result up =
      Happens("interface_up { node: \"r1\" interface: \"eth1\" }");
  EXPECT_EQ(up.code, 0) << testing::PrintToString(up);
  EXPECT_EQ(Ways("r1"), before);
}

// Without its address r1 does not answer for the session any more.
TEST_P(HeldEvents, AnAddressGoesAndComesBack) {
  const std::string before = Ways("r1");
  const std::string words =
      " { node: \"r1\" interface: \"eth1\" address: \"172.16.0.0/31\" }";
  const Result gone = Happens("address_del" + words);
  EXPECT_EQ(gone.code, 0) << testing::PrintToString(gone);
  EXPECT_SAYS(gone.out, "r1 lost 172.16.0.0/31 dev eth1 proto connected");
  EXPECT_SAYS(gone.out, "r2 changed 10.0.0.0/24 via 172.16.0.0 dev eth1");
  const Result back = Happens("address_add" + words);
  EXPECT_EQ(back.code, 0) << testing::PrintToString(back);
  EXPECT_EQ(Ways("r1"), before);
  const Result again = Happens("address_add" + words);
  EXPECT_EQ(again.code, 2);
  EXPECT_SAYS(again.err, "Address already assigned");
}

// It keeps its sockets but says nothing, so the neighbours' hold timers end its
// sessions; it goes on where it was, and finds that out.
TEST_P(HeldEvents, AProcessIsStoppedAndGoesOn) {
  const std::string before = Ways("r1");
  const std::string daemon = GetParam() == "frr" ? "bgpd" : "bird";
  const std::string words = "process_kill { node: \"r2\" process: \"" + daemon;
  const Result stopped = Happens(words + "\" signal: STOP }");
  EXPECT_EQ(stopped.code, 0) << testing::PrintToString(stopped);
  EXPECT_SAYS(stopped.out, "r1 lost 10.0.1.0/24");
  EXPECT_FALSE(Contains(stopped.out, "r2 lost")) << stopped.out;
  const Result goes_on = Happens(words + "\" signal: CONT }");
  EXPECT_EQ(goes_on.code, 0) << testing::PrintToString(goes_on);
  EXPECT_SAYS(goes_on.out, "r1 gained 10.0.1.0/24");
  EXPECT_EQ(Ways("r1"), before);
}

INSTANTIATE_TEST_SUITE_P(Images, HeldEvents, testing::Values("frr", "bird"),
                         [](const testing::TestParamInfo<std::string>& c) {
                           return c.param;
                         });

TEST_F(Held, EventsThatMakeNoSenseChangeNothing) {
  const std::string before = In("r1", {"ip", "route"}).out;
  for (const auto& [event, complaint] :
       std::vector<std::pair<std::string, std::string>>{
           {"node_stop: \"r9\"", "no node 'r9'"},
           {"link_down { node: \"r1\" interface: \"lo\" }", "no link at r1"},
           {"explode: true", "no field named \"explode\""},
           {"carrier: true", "what happens"},
           {"node_start: \"r1\"", "runs already"},
           {"process_kill { node: \"r1\" process: \"ed\" }", "no process ed"},
           {"process_kill { node: \"r1\" process: \"bgpd\" signal: EDIT }",
            "\"EDIT\""},
           {"interface_down { node: \"r1\" interface: \"eth9\" }",
            "it has lo, eth1, eth2"},
           {"address_add { node: \"r1\" interface: \"lo\" address: \"10\" }",
            "such as 10.0.0.1/24"},
           {"address_del { node: \"r1\" interface: \"lo\" "
            "address: \"10.9.9.9/32\" }",
            "Address not found"},
           {"node_stop: \"r1\" at_seconds: 9", "happens now"}}) {
    const Result run = Exec(out_, {"--event=" + event});
    EXPECT_EQ(run.code, 2) << event;
    EXPECT_SAYS(run.err, complaint);
    EXPECT_EQ(run.out, "") << event;
  }
  EXPECT_EQ(In("r1", {"ip", "route"}).out, before);
}

// Who is killed leaves the way into the network behind.
TEST(Hold, ItsDirectoryServesAgainWhenItWasKilled) {
  NEED_IMAGE("bird");
  const std::string out = FreshPath("out");
  Process network(SupervisorCommand(
      {"--topo=ring:3", "--image=bird", "--hold", "--out=" + out}));
  ASSERT_TRUE(network.WaitFor("Ctrl-C ends it"));
  network.Signal(SIGKILL);
  network.Wait();
  EXPECT_TRUE(std::filesystem::exists(out + "/control"));
  const Result again =
      Quiesce({"--topo=ring:3", "--image=bird", "--out=" + out});
  EXPECT_EQ(again.code, 0) << testing::PrintToString(again);
  EXPECT_FALSE(std::filesystem::exists(out + "/control"));
}

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
