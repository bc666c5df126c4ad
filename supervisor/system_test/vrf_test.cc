// Two customers with the same addresses, kept apart by VRFs: FRR and BIRD speak
// BGP in each, and hosts reach their own customer's network.
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

#define EXPECT_SAYS(text, part) \
  EXPECT_TRUE(Contains(text, part)) << "lacks: " << (part) << "\n" << (text)

class Customers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* image : {"frr", "bird", "tools"}) {
      if (!HasImage(image)) return;
    }
    held_ = std::make_unique<HeldNetwork>("vrf_bgp");
  }
  static void TearDownTestSuite() { held_.reset(); }
  void SetUp() override {
    NEED_IMAGE("frr");
    NEED_IMAGE("bird");
    NEED_IMAGE("tools");
    ASSERT_TRUE(held_->up());
  }
  Result In(const std::string& node, const Words& command) {
    return held_->In(node, command);
  }

  static std::unique_ptr<HeldNetwork> held_;
};
std::unique_ptr<HeldNetwork> Customers::held_;

TEST_F(Customers, HaveTablesOfTheirOwn) {
  const std::string fib = ReadFile(held_->out() + "/fib.csv");
  for (const char* row :
       {"pe1,red,10.50.0.0/24,172.16.1.1,eth3,bgp,20\n",
        "pe1,blue,10.50.0.0/24,172.16.1.1,eth4,bgp,20\n",
        "pe1,red,10.60.0.0/24,172.16.0.1,eth1,bgp,20\n",
        "pe1,blue,10.60.0.0/24,172.16.0.1,eth2,bgp,20\n",
        "pe1,red,172.16.0.0/31,,eth1,connected,0\n",
        "pe1,blue,172.16.0.0/31,,eth2,connected,0\n",
        "pe2,red,10.50.0.0/24,172.16.0.0,eth1,bird,32\n",
        "pe2,blue,10.50.0.0/24,172.16.0.0,eth2,bird,32\n",
        "pe2,red,10.99.0.1/32,172.16.0.0,eth1,bird,32\n",
        "ce1,default,10.60.0.0/24,172.16.1.0,eth1,bgp,20\n",
        "ce2,default,10.60.0.0/24,172.16.1.0,eth1,bird,32\n"}) {
    EXPECT_SAYS(fib, row);
  }
  EXPECT_FALSE(Contains(fib, "pe2,blue,10.99.0.1/32")) << fib;
  EXPECT_FALSE(Contains(fib, "pe1,default,10.")) << fib;
}

TEST_F(Customers, AllSessionsAreCounted) {
  const auto summary = ReadJson(held_->out() + "/summary.json");
  EXPECT_EQ(summary["sessionsEstablished"], 8);
  EXPECT_EQ(summary["sessionsExpected"], 8);
}

TEST_F(Customers, HavePathsOfTheirOwn) {
  const std::string rib = ReadFile(held_->out() + "/rib.jsonl");
  for (const char* part :
       {R"({"Node":"pe1","VRF":"red","Network":"10.50.0.0/24")",
        R"({"Node":"pe1","VRF":"blue","Network":"10.50.0.0/24")",
        R"({"Node":"pe2","VRF":"red","Network":"10.50.0.0/24")",
        R"({"Node":"pe2","VRF":"blue","Network":"10.50.0.0/24")"}) {
    EXPECT_SAYS(rib, part);
  }
  EXPECT_SAYS(rib, R"("AS_Path":"65001 65101")");
  EXPECT_SAYS(rib, R"("AS_Path":"65001 65102")");
}

// From the default VRF of a host, over two VRFs, to a router's loopback.
TEST_F(Customers, HostsReachTheirOwn) {
  const Result run = In("h2", {"ping", "-n", "-c", "1", "10.50.0.1"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "64 bytes from 10.50.0.1: icmp_seq=1 ttl=62");
}

TEST_F(Customers, AHostMayHaveAVrfItself) {
  // There is no way yet, and the main table has none either.
  Result run = In("h1", {"ping", "-n", "-c", "1", "-I", "red", "10.50.0.1"});
  EXPECT_NE(run.code, 0) << testing::PrintToString(run);
  run = In("h1",
           {"ip", "route", "add", "default", "via", "10.60.0.1", "vrf", "red"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  run = In("h1", {"ping", "-n", "-c", "1", "-I", "red", "10.50.0.1"});
  EXPECT_EQ(run.code, 0) << testing::PrintToString(run);
  EXPECT_SAYS(run.out, "64 bytes from 10.50.0.1: icmp_seq=1 ttl=62");
  run = In("h1", {"ping", "-n", "-c", "1", "10.50.0.1"});
  EXPECT_NE(run.code, 0) << testing::PrintToString(run);
  run = In("h1", {"traceroute", "-n", "-i", "red", "10.50.0.1"});
  EXPECT_SAYS(run.out, " 1  10.60.0.1 ");
  EXPECT_SAYS(run.out, " 2  172.16.0.0 ");
  EXPECT_SAYS(run.out, " 3  10.50.0.1 ");
}

TEST_F(Customers, Iproute2KnowsThem) {
  Result run = In("h1", {"ip", "vrf", "show"});
  EXPECT_SAYS(run.out, "red");
  EXPECT_SAYS(run.out, "10");
  run = In("h1", {"ip", "rule", "show"});
  EXPECT_SAYS(run.out, "1000:\tfrom all lookup [l3mdev-table]");
  run = In("h1", {"ip", "route", "show", "vrf", "red"});
  EXPECT_SAYS(run.out,
              "10.60.0.0/24 dev eth1 proto kernel scope link src "
              "10.60.0.2");
  run = In("h1", {"ip", "-d", "link", "show", "vrf", "red"});
  EXPECT_SAYS(run.out, "eth1");
  EXPECT_SAYS(run.out, "vrf_slave table 10");
  run = In("h1", {"ip", "-d", "link", "show", "type", "vrf"});
  EXPECT_SAYS(run.out, "vrf table 10");
}

}  // namespace
}  // namespace quiesce::system_test
