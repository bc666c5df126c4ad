#include "tools/bench/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr char kKernel[] = R"({
  "wall_seconds": {"create": 0.5, "start": 1.5, "converge": 4, "quiet": 3,
                   "read": 1, "stop": 1},
  "cpu_seconds": {"routers": 10, "routers_system": 4, "builder": 2},
  "switches": {"routers": 70100},
  "pss_kib": {"total": 40960, "mean": 20480, "max": 20480, "file": 3072},
  "rib_paths": 40})";

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
  "supervisorPssKib": "2048", "pssMibPerNode": 5, "filePssKib": "4096",
  "nodes": [{"node": "a"}, {"node": "b"}],
  "resources": [{"name": "descriptors", "used": "50", "estimated": "60"},
                {"name": "memory_kib", "used": "2048", "estimated": "3072"}],
  "programs": [
    {"program": "bgpd", "processes": 2, "startCpuSeconds": 0.5,
     "pssKib": "20480", "privateKib": "10240", "descriptors": 48}],
  "kernelMemory": {"slabKib": "2048", "pageTablesKib": "1024",
                   "stacksKib": "512", "percpuKib": "512"}})";

constexpr char kSummary[] = R"({
  "messages": "1000", "activations": "500", "ribPaths": "40"})";

TEST(Measurement, KernelsQuietWindowIsNotCounted) {
  auto run = ParseKernelTiming(kKernel);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_THAT(run->phases, ElementsAre(Pair("create", 0.5), Pair("start", 1.5),
                                       Pair("converge", 4)));
  EXPECT_EQ(run->converged_seconds, 6);
  EXPECT_EQ(run->routers_cpu_seconds, 10);
  EXPECT_EQ(run->runtime_cpu_seconds, 2);
  EXPECT_EQ(run->pss_mib_per_node, 20);
  EXPECT_EQ(run->file_pss_mib, 3);
  EXPECT_EQ(run->rib_paths, 40);
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
  EXPECT_EQ(run->file_pss_mib, 4);
  EXPECT_EQ(run->descriptors, 50);
  EXPECT_EQ(run->estimated_descriptors, 60);
  EXPECT_EQ(run->used_memory_mib, 2);
  EXPECT_EQ(run->estimated_memory_mib, 3);
  EXPECT_EQ(run->rib_paths, 40);
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

TEST(Measurement, MemoryIsOfTheTimeUntilConvergence) {
  MemorySamples sampled;
  sampled.samples = {{0, {10, 1}}, {1, {30, 3}}, {3, {90, 9}}};
  sampled.cpu_seconds = 0.25;
  auto run = ParseSupervisorTiming(kOurs, kSummary);  // 2 s
  ASSERT_TRUE(run.ok()) << run.status();
  AddMemory(sampled, /*with_files=*/true, &*run);
  EXPECT_EQ(run->memory_peak_mib, 30);
  EXPECT_EQ(run->memory_mean_mib, 20);
  EXPECT_EQ(run->kernel_memory_peak_mib, 3);
  EXPECT_EQ(run->kernel_memory_mean_mib, 2);
  EXPECT_EQ(run->memory_whole_run_peak_mib, 90);
  EXPECT_EQ(run->samples, 3);
  EXPECT_EQ(run->sampling_cpu_seconds, 0.25);
  AddMemory(sampled, /*with_files=*/false, &*run);
  EXPECT_EQ(run->memory_peak_mib, 34);
  EXPECT_EQ(run->memory_mean_mib, 24);
}

}  // namespace
}  // namespace quiesce
