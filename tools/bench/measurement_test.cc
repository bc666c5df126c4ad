#include "tools/bench/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char kKernel[] = R"({
  "wall_seconds": {"create": 0.5, "start": 1.5, "converge": 4, "quiet": 3,
                   "read": 1, "stop": 1},
  "cpu_seconds": {"routers": 10, "routers_system": 4, "builder": 2},
  "switches": {"routers": 70100},
  "pss_kib": {"total": 40960, "mean": 20480, "max": 20480}})";

// proto3 JSON: 64-bit integers are strings.
constexpr char kOurs[] = R"({
  "phases": [
    {"phase": "prepare", "wallSeconds": 0.25, "routersCpuSeconds": 0,
     "supervisorCpuSeconds": 0.25, "routersSystemSeconds": 0,
     "routersSwitches": "0", "supervisorSwitches": "1"},
    {"phase": "start", "wallSeconds": 0.75, "routersCpuSeconds": 1,
     "supervisorCpuSeconds": 0.25, "routersSystemSeconds": 0.5,
     "routersSwitches": "100", "supervisorSwitches": "50"},
    {"phase": "converge", "wallSeconds": 1, "routersCpuSeconds": 3,
     "supervisorCpuSeconds": 0.5, "routersSystemSeconds": 1.5,
     "routersSwitches": "7000", "supervisorSwitches": "6000"},
    {"phase": "export", "wallSeconds": 9, "routersCpuSeconds": 9,
     "supervisorCpuSeconds": 9, "routersSystemSeconds": 9,
     "routersSwitches": "9", "supervisorSwitches": "9"}],
  "wallSeconds": 11, "routersPssKib": "20480",
  "supervisorPssKib": "2048", "pssMibPerNode": 5,
  "nodes": [{"node": "a"}, {"node": "b"}],
  "resources": [{"name": "descriptors", "used": "50"}],
  "programs": [
    {"program": "bgpd", "processes": 2, "startCpuSeconds": 0.5,
     "pssKib": "20480", "privateKib": "10240", "descriptors": 48}],
  "kernelMemory": {"slabKib": "2048", "pageTablesKib": "1024",
                   "stacksKib": "512", "percpuKib": "512"}})";

constexpr char kSummary[] = R"({"messages": "1000", "activations": "500"})";

TEST(Measurement, KernelsQuietWindowIsNotCounted) {
  auto run = ParseKernelTiming(kKernel);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_THAT(run->phases, ElementsAre(Pair("create", 0.5), Pair("start", 1.5),
                                       Pair("converge", 4)));
  EXPECT_EQ(run->converged_seconds, 6);
  EXPECT_EQ(run->routers_cpu_seconds, 10);
  EXPECT_EQ(run->runtime_cpu_seconds, 2);
  EXPECT_EQ(run->pss_mib_per_node, 20);
}

TEST(Measurement, SupervisorsExportIsNotCounted) {
  auto run = ParseSupervisorTiming(kOurs, kSummary);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->converged_seconds, 2);
  EXPECT_EQ(run->routers_cpu_seconds, 4);
  EXPECT_EQ(run->runtime_cpu_seconds, 1);
  EXPECT_EQ(run->pss_mib_per_node, 5);
  EXPECT_EQ(run->runtime_pss_mib, 2);
  EXPECT_EQ(run->routers_start_cpu_seconds, 1);
  EXPECT_EQ(run->runtime_converge_cpu_seconds, 0.5);
  EXPECT_EQ(run->messages, 1000);
}

TEST(Measurement, WhatIsMissingIsAnErrorAndNotZero) {
  EXPECT_FALSE(ParseKernelTiming("{}").ok());
  EXPECT_FALSE(ParseKernelTiming("").ok());
  EXPECT_FALSE(ParseSupervisorTiming(kKernel, kSummary).ok());
  EXPECT_FALSE(ParseSupervisorTiming(kOurs, "{}").ok());
}

TEST(Measurement, MedianIsTakenOfEachNumber) {
  std::vector<Measurement> runs(3);
  for (int i = 0; i < 3; ++i) {
    runs[i].phases = {{"start", i == 0 ? 9.0 : i}};
    runs[i].routers_cpu_seconds = 3 - i;
  }
  EXPECT_THAT(MedianOf(runs).phases, ElementsAre(Pair("start", 2)));
  EXPECT_EQ(MedianOf(runs).routers_cpu_seconds, 2);
  runs.pop_back();
  EXPECT_EQ(MedianOf(runs).routers_cpu_seconds, 2.5);
}

TEST(Measurement, RatiosAreKernelOverOurs) {
  BenchRow row;
  row.topology = "fattree:k=4";
  row.kernel = {*ParseKernelTiming(kKernel)};
  row.ours = {*ParseSupervisorTiming(kOurs, kSummary)};
  std::string table = BenchTable({row});
  EXPECT_THAT(table, HasSubstr("3.00x"));          // wall 6 / 2
  EXPECT_THAT(table, HasSubstr("2.50x"));          // CPU 10 / 4
  EXPECT_THAT(table, HasSubstr("all CPU 2.40x"));  // 12 / 5
  EXPECT_THAT(table, HasSubstr("4.00x"));          // PSS 20 / 5
  // After a start of 1 s: 9 / 3, and 0.5 of 3.
  EXPECT_THAT(table, HasSubstr("after start-up 3.00x"));
  EXPECT_THAT(table, HasSubstr("supervisor's 0.50 s: 17% of theirs, 500.0 us "
                               "for each of 1000 messages"));
  EXPECT_THAT(table,
              HasSubstr("in the kernel 1.50 s of the routers' CPU; their "
                        "threads switched to 7.0 times a message, 14.0 an "
                        "activation, the supervisor's 6.0 and 12.0"));
  EXPECT_THAT(table, HasSubstr("runtime: 9.00 s, of which in the kernel 3.50 "
                               "s; switched to 70000 times, under us 7000"));
  EXPECT_THAT(BenchJson({row}), HasSubstr("\"converged_wall\": 3.0"));
}

TEST(Measurement, CostsAreOfOneNode) {
  BenchRow row;
  row.nodes = 2;
  row.ours = {*ParseSupervisorTiming(kOurs, kSummary)};
  ASSERT_EQ(row.ours[0].programs.size(), 1);
  const ProgramCost& bgpd = row.ours[0].programs[0];
  EXPECT_EQ(bgpd.program, "bgpd");
  EXPECT_EQ(bgpd.start_cpu_ms, 250);
  EXPECT_EQ(bgpd.pss_mib, 10);
  EXPECT_EQ(bgpd.private_mib, 5);
  EXPECT_EQ(bgpd.descriptors, 24);
  const std::string table = CostTable({row});
  EXPECT_THAT(table, HasSubstr("slab 1.00 MiB, page tables 0.50, stacks and "
                               "per-cpu data 0.50"));
  // 1 s of the supervisor's, half of it after the start; 50 descriptors.
  EXPECT_THAT(table, HasSubstr("250.00      1.00                      25.0"));
}

TEST(Measurement, AFailureIsShownWithoutRatios) {
  BenchRow row;
  row.kernel = {*ParseKernelTiming(kKernel)};
  row.failures = {"ours, run 1: exit code 3"};
  EXPECT_THAT(BenchTable({row}), HasSubstr("FAILED ours, run 1"));
  EXPECT_THAT(BenchTable({row}), Not(HasSubstr("ratio")));
}

}  // namespace
}  // namespace quiesce
