#include "supervisor/report/event_report.h"

#include "gtest/gtest.h"

namespace quiesce {
namespace {

NodeFib Fib(const std::string& node, const std::vector<std::string>& networks,
            const std::string& gateway) {
  NodeFib fib(node);
  for (const std::string& network : networks) {
    FibEntry entry;
    entry.network = *IpPrefix::Parse(network);
    entry.next_hops = {{*IpAddress::Parse(gateway), "eth1"}};
    entry.protocol = 186;
    fib.Add(entry);
  }
  fib.Finish();
  return fib;
}

// From a to b, and back.
ReachabilityReport Pairs(bool there, bool back) {
  ReachabilityReport report;
  report.originators = {"a", "b"};
  for (uint32_t source : {0, 1}) {
    PairResult pair;
    pair.source = source;
    pair.destination = 1 - source;
    pair.prefixes = 1;
    pair.reached = source == 0 ? there : back;
    pair.fate = pair.reachable() ? kAccepted : kLoop | kNoRoute;
    report.pairs.push_back(pair);
  }
  return report;
}

TEST(FillDifferences, CountsAndNames) {
  const std::vector<NodeFib> fibs = {
      Fib("a", {"10.0.1.0/24", "10.0.2.0/24"}, "1.1.1.1"),
      Fib("b", {"10.0.3.0/24"}, "1.1.1.1")};
  const std::vector<NodeFib> later = {
      Fib("a", {"10.0.2.0/24", "10.0.4.0/24"}, "1.1.1.2"),
      Fib("b", {"10.0.3.0/24"}, "1.1.1.1")};
  RibRow path;
  path.node = "a";
  path.network = *IpPrefix::Parse("10.0.4.0/24");
  path.status = "BEST";
  const ReachabilityReport before = Pairs(true, false);
  const ReachabilityReport after = Pairs(false, true);
  EventReport report;
  report.set_messages(7);
  FillDifferences({fibs, {}, before}, {later, {path}, after}, &report);
  EXPECT_EQ(report.messages(), 7);
  EXPECT_EQ(report.routes_gained(), 1);
  EXPECT_EQ(report.routes_lost(), 1);
  EXPECT_EQ(report.routes_changed(), 1);
  EXPECT_EQ(report.fib_size(), 3);
  EXPECT_EQ(report.rib_size(), 1);
  EXPECT_EQ(report.pairs_reachable(), 1);
  ASSERT_EQ(report.lost_size(), 1);
  EXPECT_EQ(report.lost(0).source(), "a");
  ASSERT_EQ(report.lost(0).dispositions_size(), 2);
  ASSERT_EQ(report.gained_size(), 1);
  EXPECT_EQ(report.gained(0).source(), "b");

  const std::string text = DescribeDifferences(report);
  for (const char* line :
       {"  a lost 10.0.1.0/24 via 1.1.1.1 dev eth1 proto bgp\n",
        "  a changed 10.0.2.0/24 via 1.1.1.1 dev eth1 proto bgp -> "
        "via 1.1.1.2 dev eth1 proto bgp\n",
        "  a gained 10.0.4.0/24 via 1.1.1.2 dev eth1 proto bgp\n",
        "  a no longer reaches b: NO_ROUTE, LOOP\n",
        "  b now reaches a: ACCEPTED\n",
        "  routes: 1 gained, 1 lost, 1 changed; RIB: 1 networks; pairs: 1 "
        "lost, 1 gained\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(FillDifferences, NothingIsNothing) {
  const std::vector<NodeFib> fibs = {Fib("a", {"10.0.1.0/24"}, "1.1.1.1")};
  const ReachabilityReport pairs = Pairs(true, true);
  EventReport report;
  FillDifferences({fibs, {}, pairs}, {fibs, {}, pairs}, &report);
  EXPECT_EQ(report.fib_size() + report.rib_size() + report.lost_size() +
                report.gained_size(),
            0);
  EXPECT_EQ(report.pairs_reachable(), 2);
}

}  // namespace
}  // namespace quiesce
