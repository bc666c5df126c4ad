#include "supervisor/report/fib_change.h"

#include <linux/rtnetlink.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

struct Row {
  std::string network;
  std::vector<std::string> gateways;  // each behind eth1; none: on the link
  RouteType type = RouteType::kUnicast;
};

NodeFib Fib(const std::vector<Row>& rows) {
  NodeFib fib("r1");
  for (const Row& row : rows) {
    FibEntry entry;
    entry.network = *IpPrefix::Parse(row.network);
    entry.protocol = RTPROT_BGP;
    entry.metric = 20;
    entry.type = row.type;
    for (const std::string& gateway : row.gateways) {
      entry.next_hops.push_back({*IpAddress::Parse(gateway), "eth1"});
    }
    if (row.gateways.empty()) entry.next_hops.push_back({{}, "eth1"});
    fib.Add(entry);
  }
  fib.Finish();
  return fib;
}

TEST(CompareFibs, GainedLostAndOtherwise) {
  const std::vector<FibChange> changes =
      CompareFibs(Fib({{"10.0.1.0/24", {"10.9.0.1"}},
                       {"10.0.2.0/24", {"10.9.0.1"}},
                       {"10.0.3.0/24", {"10.9.0.1", "10.9.0.2"}},
                       {"10.0.4.0/24", {"10.9.0.1"}}}),
                  Fib({{"10.0.0.0/24", {}},
                       {"10.0.1.0/24", {"10.9.0.1"}},
                       {"10.0.3.0/24", {"10.9.0.2"}},
                       {"10.0.4.0/24", {}, RouteType::kBlackhole}}));
  ASSERT_EQ(changes.size(), 4);
  EXPECT_EQ(changes[0].network, "10.0.0.0/24");
  EXPECT_EQ(changes[0].before, "");
  EXPECT_EQ(changes[0].after, "dev eth1 proto bgp metric 20");
  EXPECT_EQ(changes[1].network, "10.0.2.0/24");
  EXPECT_EQ(changes[1].before, "via 10.9.0.1 dev eth1 proto bgp metric 20");
  EXPECT_EQ(changes[1].after, "");
  EXPECT_EQ(changes[2].before,
            "via 10.9.0.1 dev eth1 proto bgp metric 20; "
            "via 10.9.0.2 dev eth1 proto bgp metric 20");
  EXPECT_EQ(changes[2].after, "via 10.9.0.2 dev eth1 proto bgp metric 20");
  EXPECT_EQ(changes[3].after, "blackhole proto bgp metric 20");
  EXPECT_EQ(changes[3].node, "r1");
  EXPECT_EQ(changes[3].vrf, "default");
}

TEST(CompareFibs, OwnAddressesAreNoRoutes) {
  EXPECT_TRUE(
      CompareFibs(Fib({}), Fib({{"10.0.0.1/32", {}, RouteType::kLocal}}))
          .empty());
}

TEST(FibLog, ALineForEachChange) {
  std::string text;
  FibLog log(
      [&](absl::string_view line) { text.append(line.data(), line.size()); });
  log.Update(5, Fib({{"10.0.1.0/24", {"10.9.0.1"}}}));
  log.Update(6, Fib({{"10.0.1.0/24", {"10.9.0.1"}}}));
  log.Update(7, Fib({}));
  const std::string route = "\"via 10.9.0.1 dev eth1 proto bgp metric 20\"";
  EXPECT_EQ(text,
            "{\"time\":5,\"node\":\"r1\",\"vrf\":\"default\","
            "\"network\":\"10.0.1.0/24\",\"before\":\"\",\"after\":" +
                route +
                "}\n"
                "{\"time\":7,\"node\":\"r1\",\"vrf\":\"default\","
                "\"network\":\"10.0.1.0/24\",\"before\":" +
                route + ",\"after\":\"\"}\n");
}

}  // namespace
}  // namespace quiesce
