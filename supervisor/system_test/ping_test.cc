// ping and traceroute inside a network: datagrams go hop by hop through the
// nodes' tables, and what goes wrong comes back as ICMP says.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

#define EXPECT_SAYS(text, part) \
  EXPECT_TRUE(Contains(text, part)) << "lacks: " << (part) << "\n" << (text)

// h1 - r1 - r2 - r3 - h2.
class LongLine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (HasImage("tools")) held_ = std::make_unique<HeldNetwork>("long_line");
  }
  static void TearDownTestSuite() { held_.reset(); }
  void SetUp() override {
    NEED_IMAGE("tools");
    ASSERT_TRUE(held_->up());
  }
  Result In(const std::string& node, const Words& command) {
    return held_->In(node, command);
  }

  static std::unique_ptr<HeldNetwork> held_;
};
std::unique_ptr<HeldNetwork> LongLine::held_;

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

// a - b - c - d and e - f, with ways that miss, loop, and lead one way only.
class Islands : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (HasImage("tools")) held_ = std::make_unique<HeldNetwork>("islands");
  }
  static void TearDownTestSuite() { held_.reset(); }
  void SetUp() override {
    NEED_IMAGE("tools");
    ASSERT_TRUE(held_->up());
    report_ = ReadJson(held_->out() + "/reachability.json");
    for (const auto& pair : report_["pairs"]) {
      if (!pair["Reachable"]) continue;
      reached_.emplace(pair["Source"], pair["Destination"]);
    }
  }

  // "a" has 10.0.0.1 and fd00::1 on its lo; its other addresses end so, too.
  static std::string AddressOf(char node, int family) {
    return (family == 4 ? "10.0.0." : "fd00::") +
           std::to_string(node - 'a' + 1);
  }
  // What traceroute's output of hops says, as nodes.
  static std::string HopsIn(const std::string& output) {
    std::string hops;
    for (const std::string& line : Lines(output)) {
      const Words words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      int number;
      if (words.size() < 2 || !absl::SimpleAtoi(words[0], &number)) continue;
      hops += words[1].find_first_of(".:") == std::string::npos
                  ? '?'
                  : static_cast<char>('a' + words[1].back() - '1');
    }
    return hops;
  }

  static constexpr char kNodes[] = "abcdef";
  static std::unique_ptr<HeldNetwork> held_;
  nlohmann::json report_;
  std::set<std::pair<std::string, std::string>> reached_;
};
std::unique_ptr<HeldNetwork> Islands::held_;

TEST_F(Islands, PingAgreesWithTheReachabilityReport) {
  int answered = 0, pairs = 0;
  for (const char from : std::string(kNodes)) {
    // One shell for all of a node's, which prints who has answered.
    std::string script;
    for (const char to : std::string(kNodes)) {
      for (int family : {4, 6}) {
        script +=
            absl::StrCat("ping -n -c 1 -W 0.1 -I ", AddressOf(from, family),
                         " ", AddressOf(to, family), " >&2 && echo ",
                         std::string(1, to), family, "\n");
      }
    }
    const std::string source(1, from);
    const Result run = held_->In(source, {"sh", "-c", script});
    for (const char to : std::string(kNodes)) {
      if (from == to) continue;
      ++pairs;
      const std::string destination(1, to);
      const bool both_ways = reached_.contains({source, destination}) &&
                             reached_.contains({destination, source});
      answered += both_ways;
      for (int family : {4, 6}) {
        EXPECT_EQ(Contains(run.out, absl::StrCat(destination, family)),
                  both_ways)
            << source << " to " << destination << ", IPv" << family << "\n"
            << testing::PrintToString(run);
      }
    }
  }
  EXPECT_EQ(pairs, report_["pairs"].size());
  EXPECT_EQ(answered, 12);
  EXPECT_EQ(reached_.size(), 13u);  // b's datagrams reach d, d's do not reach b
}

// All the way where there is one; where there is none, as the report's witness
// goes.
TEST_F(Islands, TracerouteGoesAsTheReachabilityReportSays) {
  std::map<std::pair<std::string, std::string>, std::string> ways;
  for (const auto& failure : report_["failures"]) {
    std::string way;
    for (const std::string node : failure["Witness"]) way += node;
    ways[{failure["Source"], failure["Destination"]}] = way;
  }
  int loops = 0;
  for (const char from : std::string(kNodes)) {
    std::string script;
    for (const char to : std::string(kNodes)) {
      for (const char* how : {"-I", "-U", "-6 -I", "-6 -U"}) {
        const int family = how[1] == '6' ? 6 : 4;
        script += absl::StrCat("traceroute -n -q 1 -w 0.1 -m 6 -s ",
                               AddressOf(from, family), " ", how, " ",
                               AddressOf(to, family), "; echo /\n");
      }
    }
    const std::string source(1, from);
    const Result run = held_->In(source, {"sh", "-c", script});
    const Words traces = absl::StrSplit(run.out, "/\n");
    ASSERT_EQ(traces.size(), 4u * 6 + 1) << run.out;
    for (size_t i = 0; i + 1 < traces.size(); ++i) {
      const std::string destination(1, kNodes[i / 4]);
      if (source == destination) continue;
      const std::string hops = HopsIn(traces[i]);
      const auto witness = ways.find({source, destination});
      if (witness != ways.end()) {
        const std::string way = witness->second.substr(1);
        loops += way.size() > 1;
        EXPECT_EQ(hops.substr(0, way.size()), way) << traces[i] << run.err;
        continue;
      }
      std::string line = "abcdef";
      if (source > destination) std::reverse(line.begin(), line.end());
      const size_t start = line.find(source) + 1;
      std::string way = line.substr(start, line.find(destination) + 1 - start);
      for (char& hop : way) {  // an answer needs a way, too
        if (!reached_.contains({std::string(1, hop), source})) hop = '?';
      }
      EXPECT_EQ(way.back() == '?' ? hops.substr(0, way.size()) : hops, way)
          << traces[i] << run.err;
    }
  }
  EXPECT_EQ(loops, 12);  // to e, from a, b and c, asked four ways
}

}  // namespace
}  // namespace quiesce::system_test
