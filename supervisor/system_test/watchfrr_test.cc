// FRR as a router runs it: a daemon that dies is missed by watchfrr, which
// starts it again by Debian's own scripts, all in virtual time.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

// The moment of the first line that has `part`, "00:00:20"; "" if none has it.
std::string When(const std::string& log, const std::string& part) {
  for (const std::string& line : Lines(log)) {
    if (Contains(line, part)) return line.substr(sizeof("2026/01/01"), 8);
  }
  return "";
}

TEST(Watchfrr, StartsADaemonAgainThatWasKilled) {
  NEED_IMAGE("frr-watchfrr");
  NEED_IMAGE("frr");
  const std::string image = FreshPath("killed.textproto");
  WriteFile(image, absl::StrCat(
                       ReadFile(Data("testdata/images/frr-watchfrr.textproto")),
                       "process { name: \"killer\" restart: ONCE"
                       " argv: \"/bin/sh\" argv: \"-c\""
                       " argv: \"sleep 20; exec killall -9 bgpd\""
                       " capability: \"CAP_KILL\" }\n"));
  const std::string out = FreshPath("out");
  const Result run =
      Quiesce({absl::StrCat("--topo=line:n=2,images=", image, "+frr"),
               "--out=" + out, "--message_log=out"});
  ASSERT_EQ(run.code, 0) << testing::PrintToString(run);
  const std::string log = ReadFile(out + "/nodes/r1/watchfrr.log");
  EXPECT_EQ(When(log, "bgpd state -> down : unexpected read error"), "00:00:20")
      << log;
  EXPECT_EQ(When(log, "watchfrr.sh restart bgpd"), "00:00:25") << log;
  EXPECT_EQ(When(log, "restart zebra"), "") << log;
  // The neighbour, whose connection was reset, was called a second time.
  bool reset = false, again = false;
  for (const std::string& line : Lines(ReadFile(out + "/messages.jsonl"))) {
    const auto message = nlohmann::json::parse(line);
    if (message["kind"] == "synack") again |= reset;
    if (message["kind"] == "rst" || message["kind"] == "fin") {
      reset |= message["sent"] >= int64_t{20'000'000'000};
    }
  }
  EXPECT_TRUE(again);
  const auto summary = ReadJson(out + "/summary.json");
  EXPECT_EQ(summary["sessionsEstablished"], 2) << summary;
}

}  // namespace
}  // namespace quiesce::system_test
