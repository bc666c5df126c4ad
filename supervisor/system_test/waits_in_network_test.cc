// The system-call cases about waiting and clocks once more, as a node of a
// network: there plain reads and writes are not intercepted, and the clock
// jumps from one timer to the next. And with guests' pages of zeroes dropped
// whenever they rest, which takes threads out of their waits.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

struct Case {
  std::string guest;
  std::string differs;  // cases; why, testdata/guests/BUILD.bazel says
  std::string zero_pages = "drop";
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.guest; }

class WaitsInNetwork : public testing::TestWithParam<Case> {};

TEST_P(WaitsInNetwork, AsNatively) {
  const auto& [guest, differs, zero_pages] = GetParam();
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
  const Result run = Quiesce({"--topo=file:" + net, "--out=" + out,
                              "--quiet=10m", "--zero_pages=" + zero_pages});
  // A guest ends when it is through, which a daemon would not.
  EXPECT_EQ(run.code, 5) << testing::PrintToString(run);
  const std::string log =
      ReadFile(absl::StrCat(out, "/nodes/r1/", guest, ".log"));
  EXPECT_TRUE(Contains(log, " ok, 0 not ok, ")) << log;
  EXPECT_FALSE(Contains(log, "# 0 ok")) << log;
}

constexpr char kAtEveryRest[] = "drop_at_every_rest";

INSTANTIATE_TEST_SUITE_P(
    Guests, WaitsInNetwork,
    testing::Values(
        Case{"clocks", "ProcessorTimeGrowsWithWork"}, Case{"signal_masks", ""},
        Case{"signal_masks", "", kAtEveryRest},
        Case{"wait_native", "SemaphoreOperationTimeout"},
        Case{"wait_native", "SemaphoreOperationTimeout", kAtEveryRest},
        Case{"wait_poll", ""}, Case{"wait_poll", "", kAtEveryRest},
        Case{"wait_renumbered", ""},
        Case{"wait_sleep", "FutexWokenWithoutChange"},
        Case{"wait_sleep", "FutexWokenWithoutChange", kAtEveryRest},
        Case{"wait_socket", ""}, Case{"wait_socket", "", kAtEveryRest},
        Case{"wait_timers", ""}, Case{"wait_timers", "", kAtEveryRest},
        // Zeroes do take memory where they are kept, and natively.
        Case{"zero_memory", "", "keep"},
        Case{"zero_memory", "ZeroesTakeMemory", "drop"},
        Case{"zero_memory", "ZeroesTakeMemory", kAtEveryRest}),
    [](const testing::TestParamInfo<Case>& c) {
      return c.param.zero_pages == "drop"
                 ? c.param.guest
                 : c.param.guest + "_" + c.param.zero_pages;
    });

}  // namespace
}  // namespace quiesce::system_test
