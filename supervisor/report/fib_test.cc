#include "supervisor/report/fib.h"

#include <linux/rtnetlink.h>

#include "gtest/gtest.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }
IpAddress A(absl::string_view text) { return *IpAddress::Parse(text); }

FibEntry Entry(absl::string_view network, std::vector<NextHop> hops,
               uint8_t protocol, uint32_t metric = 0,
               RouteType type = RouteType::kUnicast) {
  FibEntry entry;
  entry.network = P(network);
  entry.next_hops = std::move(hops);
  entry.protocol = protocol;
  entry.metric = metric;
  entry.type = type;
  return entry;
}

std::string Csv(std::vector<const NodeFib*> nodes) {
  std::string text;
  WriteFibCsv(nodes, [&text](absl::string_view s) { text += std::string(s); });
  return text;
}

std::string Jsonl(std::vector<const NodeFib*> nodes) {
  std::string text;
  WriteFibJsonl(nodes,
                [&text](absl::string_view s) { text += std::string(s); });
  return text;
}

TEST(Fib, CsvHasOneSortedRowPerNextHop) {
  NodeFib b("b"), a("a");
  b.Add(Entry("10.2.0.0/24", {{A("10.0.0.9"), "eth2"}, {A("10.0.0.1"), "eth1"}},
              RTPROT_BGP, 20));
  b.Add(Entry("10.0.0.0/31", {{{}, "eth1"}}, RTPROT_KERNEL));
  b.Add(Entry("10.0.0.0/32", {{{}, "eth1"}}, RTPROT_KERNEL, 0,
              RouteType::kLocal));
  a.Add(Entry("fd00::/64", {{A("fe80::1"), "eth1"}}, 196, 20));
  a.Add(Entry("172.16.0.0/16", {}, RTPROT_BIRD, 32, RouteType::kBlackhole));
  a.Finish();
  b.Finish();
  EXPECT_EQ(Csv({&b, &a}),
            "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric\n"
            "a,default,172.16.0.0/16,discard,null_interface,bird,32\n"
            "a,default,fd00::/64,fe80::1,eth1,static,20\n"
            "b,default,10.0.0.0/31,,eth1,connected,0\n"
            "b,default,10.2.0.0/24,10.0.0.1,eth1,bgp,20\n"
            "b,default,10.2.0.0/24,10.0.0.9,eth2,bgp,20\n");
}

TEST(Fib, JsonlHasTheSameColumns) {
  NodeFib a("a\"b");
  a.Add(Entry("10.2.0.0/24", {{A("10.0.0.9"), "eth2"}}, RTPROT_BGP, 20));
  a.Finish();
  EXPECT_EQ(Jsonl({&a}),
            "{\"Node\":\"a\\\"b\",\"VRF\":\"default\",\"Network\":"
            "\"10.2.0.0/24\",\"Next_Hop\":\"10.0.0.9\","
            "\"Next_Hop_Interface\":\"eth2\",\"Protocol\":\"bgp\","
            "\"Metric\":20}\n");
}

TEST(Fib, TheOrderOfArrivalLeavesNoTrace) {
  std::vector<FibEntry> entries;
  for (int i = 0; i < 200; ++i) {
    std::string net = "10.0." + std::to_string(i * 37 % 256) + ".0/24";
    entries.push_back(Entry(net,
                            {{A("10.0.0." + std::to_string(i % 5 + 1)), "e1"},
                             {A("10.0.0." + std::to_string(i % 7 + 9)), "e2"}},
                            i % 2 ? RTPROT_BGP : RTPROT_STATIC, i % 3));
  }
  entries.push_back(entries[3]);
  entries.back().vrf = "blue";
  NodeFib one("n"), two("n");
  for (const FibEntry& e : entries) one.Add(e);
  for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
    FibEntry e = *it;
    std::reverse(e.next_hops.begin(), e.next_hops.end());
    two.Add(e);
  }
  one.Finish();
  two.Finish();
  EXPECT_EQ(Csv({&one}), Csv({&two}));
  EXPECT_EQ(Jsonl({&one}), Jsonl({&two}));
}

TEST(Fib, SetsAreSharedBetweenRoutes) {
  NodeFib n("n");
  for (int i = 0; i < 100; ++i) {
    n.Add(Entry("10.0." + std::to_string(i) + ".0/24",
                {{A("10.0.0.1"), "e1"}, {A("10.0.0.2"), "e2"}}, RTPROT_BGP));
  }
  n.Finish();
  EXPECT_EQ(n.set_count(), 1);
  EXPECT_EQ(n.routes().size(), 100);
}

TEST(Fib, ProtocolNames) {
  EXPECT_EQ(ProtocolName(RTPROT_KERNEL, RouteType::kUnicast), "connected");
  EXPECT_EQ(ProtocolName(RTPROT_KERNEL, RouteType::kLocal), "local");
  EXPECT_EQ(ProtocolName(RTPROT_BOOT, RouteType::kUnicast), "static");
  EXPECT_EQ(ProtocolName(196, RouteType::kUnicast), "static");
  EXPECT_EQ(ProtocolName(RTPROT_BGP, RouteType::kUnicast), "bgp");
  EXPECT_EQ(ProtocolName(RTPROT_BIRD, RouteType::kUnicast), "bird");
  EXPECT_EQ(ProtocolName(250, RouteType::kUnicast), "250");
}

TEST(Text, Quoting) {
  EXPECT_EQ(JsonString("plain"), "\"plain\"");
  EXPECT_EQ(JsonString("a\"\n\\"), "\"a\\\"\\n\\\\\"");
  EXPECT_EQ(JsonString("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,\"b\""), "\"a,\"\"b\"\"\"");
}

}  // namespace
}  // namespace quiesce
