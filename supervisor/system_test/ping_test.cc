// ping and traceroute inside a network: datagrams go hop by hop through the
// nodes' tables, and what goes wrong comes back as ICMP says.
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

#define EXPECT_SAYS(text, part) \
  EXPECT_TRUE(Contains(text, part)) << "lacks: " << (part) << "\n" << (text)

// h1 - r1 - r2 - r3 - h2, held.
class LongLine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!HasImage("tools")) return;
    out_ = FreshPath("out");
    network_ = std::make_unique<Process>(SupervisorCommand(
        {"--topo=file:" + Data("testdata/topologies/long_line.textproto"),
         "--hold", "--out=" + out_}));
    up_ = network_->WaitFor("Ctrl-C ends it");
  }
  static void TearDownTestSuite() { network_.reset(); }
  void SetUp() override {
    NEED_IMAGE("tools");
    ASSERT_TRUE(up_);
  }

  Result In(const std::string& node, const Words& command) {
    Words words = {node};
    words.insert(words.end(), command.begin(), command.end());
    RunOptions options;
    options.timeout = absl::Seconds(30);
    return Exec(out_, words, options);
  }

  static std::string out_;
  static std::unique_ptr<Process> network_;
  static bool up_;
};
std::string LongLine::out_;
std::unique_ptr<Process> LongLine::network_;
bool LongLine::up_ = false;

TEST_F(LongLine, PingGoesThereAndBack) {
  Result run = In("h1", {"ping", "-n", "-c", "1", "10.0.4.2"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "64 bytes from 10.0.4.2: icmp_seq=1 ttl=61");
  run = In("h1", {"ping", "-n", "-c", "1", "fd00:4::2"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "64 bytes from fd00:4::2: icmp_seq=1 ttl=61");
}

TEST_F(LongLine, TimeRunsOutOnTheWay) {
  Result run = In("h1", {"ping", "-n", "-c", "1", "-t", "2", "10.0.4.2"});
  EXPECT_EQ(run.code, 1) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "From 10.0.2.2 icmp_seq=1 Time to live exceeded");
  run = In("h1", {"ping", "-n", "-c", "1", "-t", "1", "fd00:4::2"});
  EXPECT_SAYS(run.out, "From fd00:1::2 icmp_seq=1 Time exceeded: Hop limit");
  // Round in circles.
  run = In("h1", {"ping", "-n", "-c", "1", "10.8.0.1"});
  EXPECT_SAYS(run.out, "Time to live exceeded");
}

TEST_F(LongLine, NoWayAndNobodyThere) {
  Result run = In("h1", {"ping", "-n", "-c", "1", "10.9.0.1"});
  EXPECT_SAYS(run.out, "From 10.0.2.2 icmp_seq=1 Destination Net Unreachable");
  run = In("h1", {"ping", "-n", "-c", "1", "10.0.4.9"});
  EXPECT_SAYS(run.out, "From 10.0.3.2 icmp_seq=1 Destination Host Unreachable");
}

void ExpectHops(const Result& run, const Words& hops) {
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  int number = 0;
  for (const std::string& hop : hops) {
    EXPECT_SAYS(run.out, " " + std::to_string(++number) + "  " + hop + "  ");
  }
  EXPECT_FALSE(Contains(run.out, "*")) << run.out;
}

TEST_F(LongLine, TracerouteNamesEachHop) {
  const Words four = {"10.0.1.2", "10.0.2.2", "10.0.3.2", "10.0.4.2"};
  const Words six = {"fd00:1::2", "fd00:2::2", "fd00:3::2", "fd00:4::2"};
  ExpectHops(In("h1", {"traceroute", "-n", "10.0.4.2"}), four);
  ExpectHops(In("h1", {"traceroute", "-n", "-U", "10.0.4.2"}), four);
  ExpectHops(In("h1", {"traceroute", "-n", "-I", "10.0.4.2"}), four);
  ExpectHops(In("h1", {"traceroute", "-6", "-n", "fd00:4::2"}), six);
  ExpectHops(In("h1", {"traceroute", "-6", "-n", "-I", "fd00:4::2"}), six);
}

}  // namespace
}  // namespace quiesce::system_test
