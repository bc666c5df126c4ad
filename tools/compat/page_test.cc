#include "tools/compat/page.h"

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

TEST(CompatibilityPageTest, IsWhatTheTablesSay) {
  std::stringstream kept;
  kept << std::ifstream("docs/compatibility.md").rdbuf();
  EXPECT_EQ(kept.str(), CompatibilityPage(SyscallTable(), NetlinkMessageTypes(),
                                          OptionTable()))
      << "print it anew: bazel run //tools/compat > docs/compatibility.md";
}

TEST(CompatibilityPageTest, NamesEveryRow) {
  const std::string page =
      CompatibilityPage(SyscallTable(), NetlinkMessageTypes(), OptionTable());
  for (const SyscallRow& row : SyscallTable()) {
    EXPECT_TRUE(absl::StrContains(page, absl::StrCat("| `", row.name, "` |")));
  }
  EXPECT_TRUE(absl::StrContains(
      page, "| `poll` | time if timeout ≠ 0, timeout ≠ -1; strict | full |"));
  EXPECT_TRUE(absl::StrContains(
      page, "| `ioctl` | network if request & 0xff00 = 0x8900; strict if"));
  EXPECT_TRUE(absl::StrContains(
      page, "| `recvfrom` | network if address ≠ NULL; strict |"));
}

}  // namespace
}  // namespace quiesce
