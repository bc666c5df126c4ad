#include "supervisor/report/fib_of_stack.h"

#include "gtest/gtest.h"
#include "supervisor/report/fate.h"
#include "supervisor/report/forwarding.h"

namespace quiesce {
namespace {

IpPrefix P(absl::string_view text) { return *IpPrefix::Parse(text); }
IpAddress A(absl::string_view text) { return *IpAddress::Parse(text); }

// A router with two links, 10.0.I.0/31 on ethI.
class FibOfStackTest : public testing::Test {
 protected:
  FibOfStackTest() {
    EXPECT_TRUE(stack_.SetUp(1).ok());
    for (int i : {0, 1}) {
      std::string n = std::to_string(i);
      link_[i] =
          stack_.AddEthernet("eth" + n, {2, 0, 0, 0, 0, uint8_t(i)}, 1500);
      EXPECT_TRUE(stack_.AddAddress(link_[i], P("10.0." + n + ".0/31")).ok());
      EXPECT_TRUE(stack_.SetUp(link_[i]).ok());
    }
  }
  void Add(absl::string_view network, std::vector<Hop> hops,
           uint8_t type = RTN_UNICAST, uint32_t table = RT_TABLE_MAIN,
           uint32_t nexthop = 0) {
    Route route;
    route.destination = P(network);
    route.type = type;
    route.table = table;
    route.protocol = RTPROT_BGP;
    route.priority = 20;
    route.hops = std::move(hops);
    route.nexthop_id = nexthop;
    NetResult result = stack_.NewRoute(route, NLM_F_CREATE | NLM_F_EXCL);
    EXPECT_TRUE(result.ok()) << result.error << " " << result.message;
  }
  static Hop Via(absl::string_view gateway, int oif) {
    Hop hop;
    hop.gateway = A(gateway);
    hop.oif = oif;
    return hop;
  }
  std::string Csv() const {
    NodeFib fib = FibOfStack("r", stack_);
    const NodeFib* fibs[] = {&fib};
    std::string text;
    WriteFibCsv(fibs, [&text](absl::string_view s) { text += std::string(s); });
    return text.substr(text.find('\n') + 1);
  }

  Stack stack_;
  int link_[2];
};

constexpr char kConnected[] =
    "r,default,10.0.0.0/31,,eth0,connected,0\n"
    "r,default,10.0.1.0/31,,eth1,connected,0\n";

TEST_F(FibOfStackTest, ConnectedAndMultipath) {
  EXPECT_EQ(Csv(), kConnected);
  Add("10.9.0.0/24", {Via("10.0.1.1", link_[1]), Via("10.0.0.1", link_[0])});
  EXPECT_EQ(Csv(), std::string(kConnected) +
                       "r,default,10.9.0.0/24,10.0.0.1,eth0,bgp,20\n"
                       "r,default,10.9.0.0/24,10.0.1.1,eth1,bgp,20\n");
}

TEST_F(FibOfStackTest, NexthopObjectsAreResolved) {
  for (uint32_t id : {1, 2}) {
    NexthopObject object;
    object.id = id;
    object.family = AF_INET;
    object.hop = Via(id == 1 ? "10.0.0.1" : "10.0.1.1", link_[id - 1]);
    ASSERT_TRUE(stack_.NewNexthop(object, NLM_F_CREATE).ok());
  }
  NexthopObject group;
  group.id = 3;
  group.is_group = true;
  group.members = {{1, 1}, {2, 1}};
  ASSERT_TRUE(stack_.NewNexthop(group, NLM_F_CREATE).ok());
  NexthopObject hole;
  hole.id = 4;
  hole.family = AF_INET;
  hole.blackhole = true;
  ASSERT_TRUE(stack_.NewNexthop(hole, NLM_F_CREATE).ok());
  Add("10.9.0.0/24", {}, RTN_UNICAST, RT_TABLE_MAIN, 3);
  Add("10.9.1.0/24", {}, RTN_UNICAST, RT_TABLE_MAIN, 4);
  EXPECT_EQ(Csv(), std::string(kConnected) +
                       "r,default,10.9.0.0/24,10.0.0.1,eth0,bgp,20\n"
                       "r,default,10.9.0.0/24,10.0.1.1,eth1,bgp,20\n"
                       "r,default,10.9.1.0/24,discard,null_interface,bgp,20\n");
}

TEST_F(FibOfStackTest, BlackholesAndOtherTables) {
  Add("10.9.0.0/24", {}, RTN_BLACKHOLE);
  Add("10.9.1.0/24", {Via("10.0.0.1", link_[0])}, RTN_UNICAST, 10);
  EXPECT_EQ(Csv(), std::string(kConnected) +
                       "r,default,10.9.0.0/24,discard,null_interface,bgp,20\n"
                       "r,table 10,10.9.1.0/24,10.0.0.1,eth0,bgp,20\n");
}

TEST_F(FibOfStackTest, ALinkThatIsDownTakesItsRoutesAlong) {
  Add("10.9.0.0/24", {Via("10.0.0.1", link_[0])});
  ASSERT_TRUE(stack_.SetUp(link_[0], false).ok());
  EXPECT_EQ(Csv(), "r,default,10.0.1.0/31,,eth1,connected,0\n");
}

TEST_F(FibOfStackTest, TheWalkSeesWhatTheStackHolds) {
  Add("10.9.0.0/24", {Via("10.0.0.1", link_[0])});
  Stack other;
  ASSERT_TRUE(other.SetUp(1).ok());
  int link = other.AddEthernet("eth0", {2, 0, 0, 0, 1, 0}, 1500);
  ASSERT_TRUE(other.AddAddress(link, P("10.0.0.1/31")).ok());
  ASSERT_TRUE(other.SetUp(link).ok());
  ASSERT_TRUE(other.AddAddress(1, P("10.9.0.1/24")).ok());
  NodeFib a = FibOfStack("a", stack_), b = FibOfStack("b", other);
  const NodeFib* fibs[] = {&a, &b};
  const NetworkLink links[] = {{"a", "eth0", "b", "eth0"}};
  auto plane = Forwarding::Create(fibs, links);
  ASSERT_TRUE(plane.ok());
  Forwarding::Graph graph;
  plane->Fill(A("10.9.0.1"), &graph);
  EXPECT_EQ(Analyse(graph, 1).fate[0], kAccepted);
  plane->Fill(A("10.0.0.1"), &graph);
  EXPECT_EQ(Analyse(graph, 1).fate[0], kAccepted);
  plane->Fill(A("127.0.0.1"), &graph);
  EXPECT_EQ(Analyse(graph, 0).fate[0], kAccepted);
}

}  // namespace
}  // namespace quiesce
