// The system-call cases about waiting and clocks once more, as a node of a
// network: there plain reads and writes are not intercepted, and the clock
// jumps from one timer to the next.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

struct Case {
  std::string guest;
  std::string differs;  // cases; why, testdata/guests/BUILD.bazel says
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.guest; }

class WaitsInNetwork : public testing::TestWithParam<Case> {};

TEST_P(WaitsInNetwork, AsNatively) {
  const auto& [guest, differs] = GetParam();
  const std::string net = FreshPath("net.textproto");
  const std::string image =
      GuestImage("testdata/guests/" + guest,
                 differs.empty() ? Words() : Words{"--differs=" + differs});
  WriteFile(net, absl::StrCat("# proto-file: proto/topology.proto\n"
                              "# proto-message: quiesce.proto.Topology\n"
                              "node { name: \"r1\" image: \"",
                              image, "\" }\n"));
  const std::string out = FreshPath("out");
  // Longer than the guest itself waits for a case that hangs.
  const Result run =
      Quiesce({"--topo=file:" + net, "--out=" + out, "--quiet=10m"});
  // A guest ends when it is through, which a daemon would not.
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  const std::string log =
      ReadFile(absl::StrCat(out, "/nodes/r1/", guest, ".log"));
  EXPECT_TRUE(Contains(log, " ok, 0 not ok, ")) << log;
  EXPECT_FALSE(Contains(log, "# 0 ok")) << log;
}

INSTANTIATE_TEST_SUITE_P(
    Guests, WaitsInNetwork,
    testing::Values(Case{"clocks", "ProcessorTimeGrowsWithWork"},
                    Case{"signal_masks", ""},
                    Case{"wait_native", "SemaphoreOperationTimeout"},
                    Case{"wait_poll", ""}, Case{"wait_renumbered", ""},
                    Case{"wait_sleep", "FutexWokenWithoutChange"},
                    Case{"wait_timers", ""}),
    [](const testing::TestParamInfo<Case>& c) { return c.param.guest; });

}  // namespace
}  // namespace quiesce::system_test
