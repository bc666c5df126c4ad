#include "tools/kernel_runtime/kernel_fib.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "absl/status/status.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

std::string Jsonl(NodeFib& fib) {
  fib.Finish();
  std::string text;
  WriteFibJsonl({&fib}, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
  });
  return text;
}

// As iproute2 6.1 prints what zebra 8.4.4 installed.
TEST(KernelFib, ReadsARouteThroughANexthopObject) {
  NodeFib fib("r1");
  ASSERT_TRUE(
      AddIpRouteJson(
          R"([{"type":"1","dst":"10.0.2.0/24","nhid":8,"gateway":"10.9.0.2",
               "dev":"e1","protocol":"186","scope":"0","metric":20,"flags":[],
               "nh_info":{"id":8,"gateway":"10.9.0.2","dev":"e1",
                          "scope":"253","protocol":"11","flags":[]}},
              {"type":"1","dst":"10.9.0.0/24","dev":"e1","protocol":"2",
               "scope":"253","prefsrc":"10.9.0.1","flags":[]}])",
          AF_INET, &fib)
          .ok());
  EXPECT_EQ(Jsonl(fib),
            R"({"Node":"r1","VRF":"default","Network":"10.0.2.0/24",)"
            R"("Next_Hop":"10.9.0.2","Next_Hop_Interface":"e1",)"
            R"("Protocol":"bgp","Metric":20})"
            "\n"
            R"({"Node":"r1","VRF":"default","Network":"10.9.0.0/24",)"
            R"("Next_Hop":"","Next_Hop_Interface":"e1",)"
            R"("Protocol":"connected","Metric":0})"
            "\n");
}

TEST(KernelFib, OtherTablesAreNamedAndTheLocalOneIsLeftOut) {
  NodeFib fib("r1");
  ASSERT_TRUE(AddIpRouteJson(
                  R"([{"type":"1","dst":"default","gateway":"10.9.0.2",
                       "dev":"e1","table":"10000","protocol":"193","flags":[]},
                      {"type":"2","dst":"10.9.0.1","dev":"e1","table":"255",
                       "protocol":"2","scope":"254","flags":[]},
                      {"type":"1","dst":"10.9.0.0/24","dev":"e1",
                       "table":"254","protocol":"2","flags":[]}])",
                  AF_INET, &fib)
                  .ok());
  fib.Finish();
  ASSERT_EQ(fib.routes().size(), 2);
  EXPECT_EQ(fib.vrf_name(fib.routes()[0].vrf), "default");
  EXPECT_EQ(fib.vrf_name(fib.routes()[1].vrf), "table 10000");
}

TEST(KernelFib, ReadsEveryNextHopOfAMultipathRoute) {
  NodeFib fib("r1");
  ASSERT_TRUE(
      AddIpRouteJson(
          R"([{"type":"1","dst":"10.0.2.0/24","protocol":"12","metric":32,
               "nexthops":[{"gateway":"10.9.0.2","dev":"e1","weight":1},
                           {"via":{"family":"inet6","host":"fe80::1"},
                            "dev":"e2","weight":3}]}])",
          AF_INET, &fib)
          .ok());
  fib.Finish();
  ASSERT_EQ(fib.routes().size(), 1);
  auto hops = fib.next_hops(fib.routes()[0].next_hops);
  ASSERT_EQ(hops.size(), 2);
  EXPECT_EQ(hops[0].gateway.ToString(), "10.9.0.2");
  EXPECT_EQ(hops[1].gateway.ToString(), "fe80::1");
  EXPECT_EQ(hops[1].weight, 3);
}

TEST(KernelFib, DefaultAndHostRoutesHaveALength) {
  NodeFib fib("r1");
  ASSERT_TRUE(
      AddIpRouteJson(
          R"([{"type":"1","dst":"default","gateway":"fd00::1","dev":"e1",
               "protocol":"3"},
              {"type":"1","dst":"fd00::9","dev":"e1","protocol":"2"}])",
          AF_INET6, &fib)
          .ok());
  std::string text = Jsonl(fib);
  EXPECT_THAT(text, HasSubstr(R"("Network":"::/0")"));
  EXPECT_THAT(text, HasSubstr(R"("Network":"fd00::9/128")"));
}

TEST(KernelFib, LinkLocalAndMulticastNetworksAreLeftOut) {
  NodeFib fib("r1");
  ASSERT_TRUE(AddIpRouteJson(
                  R"([{"type":"1","dst":"fe80::/64","dev":"e1","protocol":"2",
               "metric":256},
              {"type":"1","dst":"fd00::/64","dev":"e1","protocol":"2",
               "metric":256},
              {"type":"5","dst":"ff00::/8","dev":"e1","protocol":"2"}])",
                  AF_INET6, &fib)
                  .ok());
  fib.Finish();
  ASSERT_EQ(fib.routes().size(), 1);
  EXPECT_EQ(fib.routes()[0].network.ToString(), "fd00::/64");
}

TEST(KernelFib, ABlackholeNeedsNoDevice) {
  NodeFib fib("r1");
  ASSERT_TRUE(
      AddIpRouteJson(R"([{"type":"6","dst":"10.0.0.0/8","protocol":"4"}])",
                     AF_INET, &fib)
          .ok());
  EXPECT_THAT(Jsonl(fib), HasSubstr(R"("Next_Hop":"discard")"));
}

TEST(KernelFib, NothingPrintedIsAnEmptyTable) {
  NodeFib fib("r1");
  EXPECT_TRUE(AddIpRouteJson("", AF_INET, &fib).ok());
  EXPECT_TRUE(AddIpRouteJson("[ ]", AF_INET, &fib).ok());
  EXPECT_EQ(Jsonl(fib), "");
}

TEST(KernelFib, AnErrorShowsTheRoute) {
  for (const char* bad :
       {R"([{"type":"1","dst":"10.0.0.0/99","protocol":"2"}])",
        R"([{"type":"77","dst":"10.0.0.0/8","protocol":"2"}])",
        R"([{"type":"1","dst":"10.0.0.0/8","protocol":"bgp"}])",
        R"([{"type":"1","dst":"10.0.0.0/8"}])",
        R"([{"type":"1","dst":"10.0.0.0/8","protocol":"2","dev":7}])"}) {
    NodeFib fib("r1");
    absl::Status status = AddIpRouteJson(bad, AF_INET, &fib);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("\"dst\"")) << bad;
  }
}

}  // namespace
}  // namespace quiesce
