#include "supervisor/report/summary.h"

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace quiesce {
namespace {

Summary Sample() {
  Summary summary;
  summary.set_topology("fattree:k=4");
  summary.add_images("frr");
  summary.set_nodes(20);
  summary.set_links(32);
  summary.set_sessions_expected(64);
  summary.set_sessions_established(64);
  summary.set_routes(1234567);
  summary.set_messages(4000000000000);
  summary.set_pairs(56);
  summary.set_pairs_reachable(56);
  summary.set_converged(true);
  return summary;
}

TEST(ReportJson, IsProto3JsonInTheProtosOrder) {
  auto text = ReportJson(Sample());
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, *ReportJson(Sample()));
  auto json = nlohmann::ordered_json::parse(*text);
  EXPECT_EQ(json["topology"], "fattree:k=4");
  EXPECT_EQ(json["sessionsEstablished"], 64);
  EXPECT_EQ(json["messages"], "4000000000000");  // 64 bits are strings
  EXPECT_EQ(json["reason"], "");                 // absent values are shown
  EXPECT_EQ(json["rounds"], 0);
  EXPECT_EQ(json.begin().key(), "topology");
  EXPECT_EQ(text->back(), '\n');
}

TEST(Fill, SessionsThatAreDownAreNamed) {
  BgpSession up, down;
  up.node = down.node = "r1";
  up.remote_ip = "10.0.0.1";
  up.state = "Established";
  down.remote_ip = "10.0.0.2";
  down.remote_as = 65002;
  down.state = "Active";
  Summary summary;
  summary.set_sessions_expected(4);
  FillSessions({up, down}, &summary);
  EXPECT_EQ(summary.sessions_established(), 1);
  EXPECT_EQ(summary.sessions_expected(), 4);
  ASSERT_EQ(summary.sessions_down_size(), 1);
  EXPECT_EQ(summary.sessions_down(0).remote_ip(), "10.0.0.2");
  EXPECT_EQ(summary.sessions_down(0).state(), "Active");
}

TEST(Fill, FibAndReachability) {
  NodeFib fib("r1");
  FibEntry entry;
  entry.network = *IpPrefix::Parse("10.0.0.0/24");
  entry.next_hops = {{*IpAddress::Parse("10.0.0.1"), "e1"},
                     {*IpAddress::Parse("10.0.0.2"), "e2"}};
  fib.Add(entry);
  entry.type = RouteType::kBlackhole;
  entry.network = *IpPrefix::Parse("10.0.1.0/24");
  entry.next_hops.clear();
  fib.Add(entry);
  entry.type = RouteType::kLocal;
  fib.Add(entry);
  fib.Finish();
  Summary summary;
  const NodeFib* fibs[] = {&fib};
  FillFib(fibs, &summary);
  EXPECT_EQ(summary.routes(), 2);
  EXPECT_EQ(summary.next_hops(), 3);
  size_t rows = WriteFibCsv(fibs, [](absl::string_view) {});
  EXPECT_EQ(rows, 3);

  ReachabilityReport report;
  report.originators = {"a", "b"};
  PairResult pair;
  pair.source = 0;
  pair.destination = 1;
  pair.fate = kAccepted | kLoop;
  pair.prefixes = 1;
  report.pairs.push_back(pair);
  FillReachability(report, &summary);
  EXPECT_EQ(summary.pairs(), 1);
  EXPECT_EQ(summary.pairs_reachable(), 0);
  ASSERT_EQ(summary.dispositions_size(), 2);
  EXPECT_EQ(summary.dispositions(1).disposition(), "LOOP");
}

TEST(FinalTable, SaysWhatMatters) {
  Timing timing;
  PhaseTime* phase = timing.add_phases();
  phase->set_phase("boot");
  phase->set_wall_seconds(1.5);
  timing.set_wall_seconds(2.25);
  timing.set_routers_cpu_seconds(3);
  timing.set_pss_mib_per_node(12.5);
  Summary summary = Sample();
  std::string table = FinalTable(summary, timing);
  for (const char* part :
       {"converged", "64 of 64", "1,234,567", "56 of 56", "boot 1.50", "2.25 s",
        "routers 3.00 s", "12.50 MiB a node"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
  EXPECT_EQ(table.find(" \n"), std::string::npos) << table;
  EXPECT_EQ(table.find("LOOP"), std::string::npos);

  summary.set_converged(false);
  summary.set_pairs_reachable(55);
  DispositionCount* loops = summary.add_dispositions();
  loops->set_disposition("LOOP");
  loops->set_pairs(1);
  summary.add_still_changing("r1 10.0.0.0/24");
  summary.add_warnings()->set_what("io_uring_setup: refused");
  table = FinalTable(summary, timing);
  for (const char* part : {"NOT CONVERGED", "LOOP in 1", "r1 10.0.0.0/24",
                           "io_uring_setup: refused"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
}

}  // namespace
}  // namespace quiesce
