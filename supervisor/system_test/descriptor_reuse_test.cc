// FRR's issue 17507, as docs/debugging.md has it: looks for a seed with which
// bgpd's I/O thread throws out a descriptor that is used again while it polls,
// and runs the deaf router again, alone. Takes minutes, so it is run by hand.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

constexpr int kSeeds = 200;

Words Flags(int seed, const std::string& out) {
  return {"--topo=star:n=24", "--shards=1",
          absl::StrCat("--threads=random:seed=", seed), "--out=" + out};
}

// The neighbour of r1 that waits for an answer to its OPEN for ever; "" if
// there is none.
std::string WhoWaits(const std::string& out) {
  const nlohmann::json summary = ReadJson(out + "/summary.json");
  for (const nlohmann::json& down : summary["sessionsDown"]) {
    if (down["node"] != "r1" && down["state"] == "OpenSent") {
      return down["node"];
    }
  }
  return "";
}

// The hub's calls in which the I/O thread polls a number, the main thread gets
// that number for a connection, and the I/O thread never polls it again.
bool ShowsReuse(const Words& trace) {
  for (size_t i = 0; i < trace.size(); ++i) {
    if (!absl::StartsWith(trace[i], "[r1/bgpd:6] accept(")) continue;
    const size_t number = trace[i].find("]) = ");
    if (number == std::string::npos) continue;
    const std::string fd =
        absl::StrCat("{fd=", std::stoi(trace[i].substr(number + 5)));
    const auto polls = [&](const std::string& line) {
      return absl::StartsWith(line, "[r1/bgpd:8] ppoll(");
    };
    const auto names = [&](const std::string& line, const char* events) {
      return polls(line) && Contains(line, absl::StrCat(fd, ", ", events));
    };
    const auto accepted = trace.begin() + i;
    const auto before =
        std::find_if(std::make_reverse_iterator(accepted), trace.rend(), polls);
    if (before == trace.rend() || !names(*before, "events=0")) continue;
    if (std::none_of(accepted, trace.end(), [&](const std::string& line) {
          return names(line, "events=");
        })) {
      return true;
    }
  }
  return false;
}

TEST(DescriptorReuse, IsFoundReplayedAndSeen) {
  NEED_IMAGE("frr");
  for (int seed = 101; seed < 101 + kSeeds; ++seed) {
    const std::string out = FreshPath("out");
    if (Quiesce(Flags(seed, out)).code == 0 || WhoWaits(out).empty()) continue;
    const std::string recording = FreshPath("recording");
    const std::string trace = FreshPath("trace");
    Words flags = Flags(seed, FreshPath("out"));
    flags.push_back("--record=" + recording);
    flags.push_back("--trace=" + trace);
    Quiesce(flags);
    const Result replay =
        system_test::Run({Data("tools/replay"), "--out=" + FreshPath("replay"),
                          "r1", recording});
    EXPECT_EQ(replay.code, 0) << testing::PrintToString(replay);
    if (ShowsReuse(Lines(ReadFile(trace)))) {
      std::cout << "seed " << seed << ": " << WhoWaits(out) << " waits\n";
      return;
    }
  }
  FAIL() << "none of " << kSeeds << " seeds";
}

}  // namespace
}  // namespace quiesce::system_test
