#include "tools/oracle/verdict.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "topo/build.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Topology OneNode() {
  proto::Topology words;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(R"pb(node {
                                                           name: "r1"
                                                           bgp { asn: 1 }
                                                         })pb",
                                                    &words));
  BuildOptions options;
  options.default_image = "frr";
  auto topology = BuildTopology(words, options);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *topology;
}

// One network, reached through `gateway`, with a path that fits.
Results Tables(const std::string& gateway) {
  Results results;
  EntryKey key = {"r1", "default", "10.0.0.0/24"};
  results.fib[key] = {{gateway, "eth1", "bgp", 20}};
  RibRow path;
  path.status = "BEST";
  path.received_from_ip = path.next_hop = gateway;
  path.as_path = "2";
  path.protocol = "bgp";
  path.origin_type = "igp";
  results.rib[key] = {path};
  return results;
}

TEST(Verdict, EqualRunsAreEqual) {
  Verdict verdict = Judge(OneNode(), {Tables("10.1.0.1"), Tables("10.1.0.1")},
                          Tables("10.1.0.1"));
  EXPECT_TRUE(verdict.same());
  EXPECT_EQ(verdict.kernel_runs, 2);
  EXPECT_EQ(verdict.rule_misjudged, 0);
  EXPECT_THAT(verdict.ToText(5), HasSubstr("\nequal\n"));
  EXPECT_THAT(verdict.ToText(5), Not(HasSubstr("misjudges")));
}

TEST(Verdict, AnotherAnswerIsADifference) {
  Results kernel = Tables("10.1.0.1"), ours = kernel;
  kernel.answers[{"r1", "", "show"}] = {"master"};
  ours.answers[{"r1", "", "show"}] = {"backup"};
  EXPECT_TRUE(Judge(OneNode(), {kernel}, kernel).same());
  const Verdict verdict = Judge(OneNode(), {kernel}, ours);
  EXPECT_FALSE(verdict.same());
  EXPECT_THAT(verdict.ToText(5), HasSubstr("-master"));
}

TEST(Verdict, AnotherRuleAndAnotherReachAreDifferences) {
  Results kernel = Tables("10.1.0.1");
  kernel.rules[{"r1", "ipv4", "10"}] = {"1. from all lookup 254"};
  kernel.pairs[{"r1", "", "r2"}] = {1, 1, 0};
  Results others = kernel, lost = kernel;
  others.rules.clear();
  lost.pairs[{"r1", "", "r2"}] = {1, 0, 0};
  EXPECT_TRUE(Judge(OneNode(), {kernel}, kernel).same());
  EXPECT_EQ(Judge(OneNode(), {kernel}, others).rules.differences.size(), 1);
  const Verdict verdict = Judge(OneNode(), {kernel}, lost);
  EXPECT_FALSE(verdict.same());
  EXPECT_THAT(verdict.ToText(5), HasSubstr("+reaches 0 of 1 prefixes"));
}

TEST(Verdict, APlantedNextHopIsFoundInBothTables) {
  Verdict verdict = Judge(OneNode(), {Tables("10.1.0.1"), Tables("10.1.0.1")},
                          Tables("10.9.9.9"));
  EXPECT_FALSE(verdict.same());
  std::string text = verdict.ToText(5);
  EXPECT_THAT(text, HasSubstr("-via 10.1.0.1 dev eth1 proto bgp metric 20"));
  EXPECT_THAT(text, HasSubstr("+via 10.9.9.9 dev eth1 proto bgp metric 20"));
  EXPECT_THAT(text, HasSubstr("DIFFERENT"));
  auto json = nlohmann::json::parse(ToJson({verdict}))[0];
  EXPECT_FALSE(json["same"]);
  EXPECT_EQ(json["fib"]["differences"][0]["network"], "10.0.0.0/24");
  EXPECT_EQ(json["rib"]["differences"].size(), 1);
}

TEST(Verdict, APlantedMetricIsFound) {
  Results ours = Tables("10.1.0.1");
  ours.fib.begin()->second[0].metric = 21;
  EXPECT_EQ(Judge(OneNode(), {Tables("10.1.0.1")}, ours).fib.differences.size(),
            1);
}

TEST(Verdict, AmbiguityIsCountedAndShown) {
  Verdict verdict = Judge(OneNode(), {Tables("10.1.0.1"), Tables("10.2.0.1")},
                          Tables("10.2.0.1"));
  EXPECT_TRUE(verdict.same());
  auto json = nlohmann::json::parse(ToJson({verdict}))[0];
  EXPECT_EQ(json["fib"]["ambiguous"], 1);
  EXPECT_EQ(json["rib"]["ambiguous_entries"][0], "r1 10.0.0.0/24");
}

TEST(Verdict, OnlySoManyDifferencesAreShown) {
  Results kernel = Tables("10.1.0.1");
  kernel.fib[{"r1", "default", "10.0.1.0/24"}] = {{"", "eth1", "x", 0}};
  kernel.fib[{"r1", "default", "10.0.2.0/24"}] = {{"", "eth1", "x", 0}};
  std::string text = Judge(OneNode(), {kernel}, Tables("10.1.0.1")).ToText(1);
  EXPECT_THAT(text, HasSubstr("10.0.1.0/24"));
  EXPECT_THAT(text, Not(HasSubstr("10.0.2.0/24")));
  EXPECT_THAT(text, HasSubstr("... and 1 more in the FIB"));
}

TEST(Verdict, TheRuleIsTriedOnTheKernelsOwnRuns) {
  Results odd = Tables("10.1.0.1");
  odd.rib.begin()->second[0].status = "BACKUP";
  Verdict verdict = Judge(OneNode(), {odd}, odd);
  EXPECT_TRUE(verdict.same());
  EXPECT_GT(verdict.rule_misjudged, 0);
  EXPECT_THAT(verdict.ToText(1), HasSubstr("misjudges"));
}

}  // namespace
}  // namespace quiesce
