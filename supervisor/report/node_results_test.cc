#include "supervisor/report/node_results.h"

#include <linux/rtnetlink.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

NodeResults Some() {
  NodeResults results{NodeFib("r1"), {}, {}, {}};
  FibEntry entry;
  entry.network = *IpPrefix::Parse("10.0.1.0/24");
  entry.next_hops = {{*IpAddress::Parse("172.16.0.1"), "eth1", 2},
                     {IpAddress(), "eth2", 1}};
  entry.protocol = RTPROT_BGP;
  entry.metric = 20;
  results.fib.Add(entry);
  entry.vrf = "red";
  entry.network = *IpPrefix::Parse("fd00::/64");
  entry.next_hops.clear();
  entry.type = RouteType::kThrow;
  results.fib.Add(entry);
  results.fib.AddAddress("eth1", *IpPrefix::Parse("172.16.0.0/31"));
  results.fib.AddRule({AF_INET6, 7, "from all lookup 254"});
  results.fib.Finish();
  RibRow row;
  row.node = "r1";
  row.vrf = "red";
  row.network = *IpPrefix::Parse("10.0.1.0/24");
  row.status = "BEST";
  row.next_hop = "172.16.0.1";
  row.protocol = "bgp";
  row.as_path = "1 {2,3}";
  row.metric = 4;
  row.local_pref = 5;
  row.communities = {"1:2", "3:4"};
  row.origin_type = "igp";
  row.originator_id = "1.1.1.1";
  row.received_from_ip = "2.2.2.2";
  row.cluster_list = {"3.3.3.3"};
  row.weight = 6;
  results.paths = {row};
  results.sessions = {
      {"r1", "red", "172.16.0.1", 65002, 65001, "bgp1", "Established"}};
  results.answers = {{"r1", {"ip", "rule"}, 256, "\xff"}};
  return results;
}

TEST(NodeResults, ComeBackAsTheyWent) {
  const NodeResults before = Some();
  proto::NodeResults words;
  ResultsToProto(before, &words);
  const absl::StatusOr<NodeResults> after = ResultsFromProto("r1", words);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->paths, before.paths);
  EXPECT_EQ(after->sessions, before.sessions);
  EXPECT_EQ(after->answers, before.answers);
  EXPECT_EQ(after->fib.rules(), before.fib.rules());
  std::string fibs[2];
  const NodeFib* const nodes[] = {&before.fib, &after->fib};
  for (int i = 0; i < 2; ++i) {
    WriteFibJsonl({nodes[i]}, [&](absl::string_view text) {
      fibs[i].append(text.data(), text.size());
    });
  }
  EXPECT_FALSE(fibs[0].empty());
  EXPECT_EQ(fibs[0], fibs[1]);
  // What the tables do not show: local routes, weights, addresses.
  proto::NodeResults again;
  ResultsToProto(*after, &again);
  EXPECT_EQ(words.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(words.route_size(), 2);
  EXPECT_EQ(words.address_size(), 1);
}

TEST(NodeResults, RefuseWhatIsNone) {
  proto::NodeResults words;
  ResultsToProto(Some(), &words);
  words.mutable_route(0)->set_network("nowhere");
  EXPECT_FALSE(ResultsFromProto("r1", words).ok());
  ResultsToProto(Some(), &words);
  words.mutable_route(0)->set_network("10.0.0.0/8");
  words.mutable_route(0)->set_type(99);
  EXPECT_FALSE(ResultsFromProto("r1", words).ok());
}

}  // namespace
}  // namespace quiesce
