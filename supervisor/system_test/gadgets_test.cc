// Networks with one, several and no stable states, under schedules that a seed
// decides.
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

class Gadgets : public testing::Test {
 protected:
  void SetUp() override { NEED_IMAGE("frr"); }

  Result RunGadget(const std::string& name, const std::string& schedule) {
    out_ = FreshPath("out");
    return Quiesce(
        {"--topo=file:" + Data("testdata/topologies/" + name) + ".textproto",
         "--schedule=" + schedule, "--out=" + out_});
  }

  // The rows of fib.csv for one prefix.
  std::string RowsOf(const std::string& prefix) {
    std::string rows;
    for (const std::string& line : Lines(ReadFile(out_ + "/fib.csv"))) {
      if (absl::StrContains(line, "," + prefix + ",")) rows += line + "\n";
    }
    return rows;
  }

  nlohmann::json Summary() { return ReadJson(out_ + "/summary.json"); }

  std::string out_;
};

// r2 goes straight to r1 and r3 through r2, or the reverse.
constexpr char kR2First[] =
    "r2,default,10.0.1.0/24,172.16.0.0,eth1,bgp,20\n"
    "r3,default,10.0.1.0/24,172.16.0.4,eth2,bgp,20\n";
constexpr char kR3First[] =
    "r2,default,10.0.1.0/24,172.16.0.5,eth2,bgp,20\n"
    "r3,default,10.0.1.0/24,172.16.0.2,eth1,bgp,20\n";

TEST_F(Gadgets, DisagreeEndsInEitherOfItsTwoStates) {
  std::set<std::string> states;
  for (int seed = 1; seed <= 6; ++seed) {
    const Result run =
        RunGadget("disagree", absl::StrCat("random:seed=", seed));
    ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
    states.insert(RowsOf("10.0.1.0/24"));
  }
  EXPECT_EQ(states, (std::set<std::string>{kR2First, kR3First}));
}

TEST_F(Gadgets, ASeedRepeatsItsRun) {
  std::string first;
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(RunGadget("disagree", "random:seed=3").code, 0);
    const std::string summary = Summary().dump();
    EXPECT_TRUE(first.empty() || summary == first) << summary << first;
    first = summary;
  }
}

// In step both change their minds for ever; that is noticed, and said.
TEST_F(Gadgets, DisagreeInStepIsKeptOutOfStep) {
  for (const std::string schedule : {"rounds", "fifo"}) {
    const Result run = RunGadget("disagree", schedule);
    ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
    const nlohmann::json summary = Summary();
    EXPECT_EQ(summary["orderDependent"], true) << schedule;
    EXPECT_EQ(summary["schedule"], "random:seed=1");
    EXPECT_TRUE(Contains(run.out, "outcome depends on the order of messages"))
        << run.out;
    const std::string rows = RowsOf("10.0.1.0/24");
    EXPECT_TRUE(rows == kR2First || rows == kR3First) << rows;
  }
}

TEST_F(Gadgets, GoodGadgetEndsInItsOnlyState) {
  for (const std::string schedule :
       {"rounds", "fifo", "random:seed=1", "random:seed=2", "random:seed=3"}) {
    const Result run = RunGadget("good_gadget", schedule);
    ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
    EXPECT_EQ(Summary()["orderDependent"], false) << schedule;
    EXPECT_EQ(Summary()["schedule"], schedule);
    // r3 straight, so r2 through r3, so r1 straight.
    EXPECT_EQ(RowsOf("10.0.0.0/24"),
              "r1,default,10.0.0.0/24,172.16.0.0,eth1,bgp,20\n"
              "r2,default,10.0.0.0/24,172.16.0.9,eth2,bgp,20\n"
              "r3,default,10.0.0.0/24,172.16.0.4,eth1,bgp,20\n")
        << schedule;
  }
}

TEST_F(Gadgets, BadGadgetNeverEndsAndIsNamed) {
  const Result run = RunGadget("bad_gadget", "rounds");
  EXPECT_EQ(run.code, 3) << testing::PrintToString(run);
  const nlohmann::json summary = Summary();
  EXPECT_EQ(summary["converged"], false);
  EXPECT_EQ(summary["stillChanging"],
            (Words{"r1 10.0.0.0/24", "r2 10.0.0.0/24", "r3 10.0.0.0/24"}));
  EXPECT_TRUE(Contains(run.err, "r2 10.0.0.0/24 still changes")) << run.err;
  EXPECT_TRUE(Contains(run.err, "circles")) << run.err;
}

}  // namespace
}  // namespace quiesce::system_test
