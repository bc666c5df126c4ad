#include "tools/oracle/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "supervisor/report/fib.h"
#include "supervisor/report/policy_rule.h"
#include "supervisor/report/reachability.h"

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the report writes must be what is read, member for member.
TEST(Results, AnswersAreReadWithoutTimes) {
  Results results;
  ASSERT_TRUE(
      AddAnswersJsonl("{\"Node\":\"r1\",\"Command\":\"show\",\"Exit_Status\":1,"
                      "\"Answer\":\"up 00:00:07\\nup 00:00:09\\n\\n\"}\n",
                      &results)
          .ok());
  EXPECT_THAT((results.answers[{"r1", "", "show"}]),
              ElementsAre("exit status 1", "up -", "up - #2"));
}

TEST(Results, RulesKeepTheirOrder) {
  NodeFib fib("r1");
  fib.AddRule({AF_INET, 10, "from all lookup 7"});
  fib.AddRule({AF_INET, 10, "from all lookup 8"});
  std::string text;
  WriteRulesJsonl({&fib}, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
  });
  Results results;
  ASSERT_TRUE(AddRulesJsonl(text, &results).ok());
  EXPECT_THAT((results.rules[{"r1", "ipv4", "10"}]),
              ElementsAre("1. from all lookup 7", "2. from all lookup 8"));
}

TEST(Results, PairsAreReadBack) {
  ReachabilityReport report;
  report.originators = {"r1", "r2"};
  report.pairs = {{0, 1, kAccepted, 4, 1, 1, 2}};
  std::string text;
  WriteReachabilityJson(report, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
  });
  Results results;
  ASSERT_TRUE(AddReachabilityJson(text, &results).ok());
  const EntryKey key = {"r1", "", "r2"};
  EXPECT_THAT(results.PairTable(results)[key],
              ElementsAre("reaches 1 of 4 prefixes"));
  // By chance two more may be reached, but not three, nor fewer.
  for (const auto& [reached, counts] :
       {std::pair(0, 0), {1, 1}, {2, 1}, {3, 1}, {4, 2}}) {
    Results kernel;
    kernel.pairs[key] = {4, reached, 0};
    EXPECT_THAT(kernel.PairTable(results)[key],
                ElementsAre(absl::StrCat("reaches ", counts, " of 4 prefixes")))
        << reached;
  }
  EXPECT_FALSE(AddReachabilityJson("{}", &results).ok());
}

TEST(Results, ReadsBackWhatTheReportWrites) {
  RibRow row;
  row.node = "r1";
  row.network = *IpPrefix::Parse("10.0.0.0/24");
  row.status = "MULTIPATH";
  row.next_hop = "10.1.0.1";
  row.protocol = "ibgp";
  row.as_path = "1 {2,3}";
  row.metric = 7;
  row.local_pref = 200;
  row.communities = {"1:2", "3:4"};
  row.origin_type = "egp";
  row.originator_id = "9.9.9.9";
  row.received_from_ip = "10.1.0.2";
  row.cluster_list = {"1.1.1.1"};
  row.weight = 5;
  std::vector<RibRow> rows = {row};
  std::string text;
  WriteRibJsonl(rows, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
  });
  Results results;
  ASSERT_TRUE(AddRibJsonl(text, &results).ok());
  EntryKey key = {"r1", "default", "10.0.0.0/24"};
  ASSERT_EQ(results.rib[key].size(), 1);
  EXPECT_EQ(results.rib[key][0], row);

  NodeFib fib("r1");
  FibEntry entry;
  entry.network = row.network;
  entry.next_hops = {{*IpAddress::Parse("10.1.0.1"), "eth1", 1},
                     {*IpAddress::Parse("10.1.0.3"), "eth2", 1}};
  entry.protocol = 186;
  entry.metric = 20;
  fib.Add(entry);
  fib.Finish();
  text.clear();
  WriteFibJsonl({&fib}, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
  });
  ASSERT_TRUE(AddFibJsonl(text, &results).ok());
  EXPECT_THAT(results.FibTable()[key],
              ElementsAre("via 10.1.0.1 dev eth1 proto bgp metric 20",
                          "via 10.1.0.3 dev eth2 proto bgp metric 20"));
}

// Every attribute that the rule compares must show in the line compared.
TEST(Results, EveryAttributeShowsInAPathsLine) {
  RibRow plain;
  plain.status = "BEST";
  std::vector<RibRow> variants(12, plain);
  variants[0].status = "BACKUP";
  variants[1].next_hop = "x";
  variants[2].protocol = "x";
  variants[3].as_path = "x";
  variants[4].metric = 9;
  variants[5].local_pref = 9;
  variants[6].communities = {"x"};
  variants[7].origin_type = "x";
  variants[8].originator_id = "x";
  variants[9].received_from_ip = "x";
  variants[10].cluster_list = {"x"};
  variants[11].weight = 9;
  std::set<std::string> lines = {DescribePath(plain)};
  for (const RibRow& row : variants) lines.insert(DescribePath(row));
  EXPECT_EQ(lines.size(), variants.size() + 1);
}

TEST(Results, TheSamePathTwiceIsNotOnePath) {
  Results results;
  RibRow row;
  EntryKey key = {"r1", "default", "10.0.0.0/24"};
  results.rib[key] = {row, row};
  EXPECT_EQ(results.RibTable()[key].size(), 2);
}

TEST(Results, AnErrorNamesTheLine) {
  Results results;
  absl::Status status = AddFibJsonl("\n{\"Node\":\"a\"}\n", &results);
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2"));
  EXPECT_FALSE(AddRibJsonl("nonsense", &results).ok());
}

TEST(Results, ARunThatLeftNothingIsAnError) {
  EXPECT_FALSE(ReadResults(testing::TempDir()).ok());
}

}  // namespace
}  // namespace quiesce
