#include "tools/bench/scoreboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Two routers and two hosts; under us 9 CPU seconds in 5 seconds, on the kernel
// 24 in 20.
BenchRow SomeRow() {
  BenchRow row;
  row.topology = "star";
  row.image = "frr";
  row.nodes = 4;
  row.speakers = 2;
  row.links = 3;
  row.prefixes = 2;
  row.kernel_start_cpu_seconds = 2;
  Measurement kernel;
  kernel.phases = {{"create", 8}, {"converge", 12}};
  kernel.converged_seconds = 20;
  kernel.routers_cpu_seconds = 22;
  kernel.runtime_cpu_seconds = 2;
  kernel.memory_peak_mib = 2048;
  kernel.memory_mean_mib = 2048;
  kernel.kernel_memory_peak_mib = 2048;
  kernel.kernel_memory_mean_mib = 2048;
  kernel.samples = 5;
  kernel.rib_paths = 70;
  Measurement ours = kernel;
  ours.phases = {{"start", 2}, {"converge", 3}};
  ours.converged_seconds = 5;
  ours.routers_cpu_seconds = 8;
  ours.routers_start_cpu_seconds = 2;
  ours.runtime_cpu_seconds = 1;
  ours.runtime_converge_cpu_seconds = 0.75;
  ours.messages = 1000;
  ours.memory_peak_mib = 768;
  ours.memory_mean_mib = 256;
  ours.kernel_memory_peak_mib = 512;
  ours.kernel_memory_mean_mib = 512;
  row.kernel = {kernel};
  row.ours = {ours};
  return row;
}

TEST(Scoreboard, RuntimesStandBesideEachOther) {
  const std::string table = DetailTables({SomeRow()}, 2);
  EXPECT_THAT(table, HasSubstr("## star frr\n\n4 nodes (2 with BGP), 3 links, "
                               "2 prefixes, 70 RIB paths\n"));
  const auto line = [&](const std::string& label, const std::string& cells) {
    const size_t at = table.find("| " + label + " ");
    ASSERT_NE(at, std::string::npos) << label;
    std::string text = table.substr(at, table.find('\n', at) - at);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    EXPECT_THAT(text, testing::EndsWith(cells)) << label;
  };
  line("wall s, from nothing to converged", "|20.0|5.00|4.00x|");
  line("all CPU s", "|24.0|9.00|2.67x|");
  // 22 - 2 * 2 and 8 - 2.
  line("routers' CPU s after their start", "|18.0|6.00|3.00x|");
  line("memory MiB a node, peak", "|512.0|192.0|2.67x|");
  line("kernel memory MiB a node, peak", "|512.0|128.0|4.00x|");
  line("nodes per GiB", "|2.00|8.00|4.00x|");
  line("nodes per GiB, kernel memory included", "|1.00|4.00|4.00x|");
  line("nodes per GiB without BGP-free hosts", "|1.00|4.00|4.00x|");
  line("nodes per second on the wall", "|0.20|0.80|4.00x|");
  line("CPU use, of all cores", "|0.60|0.90||");
  line("nodes per second, weighted by CPU use", "|0.33|0.89|2.67x|");
  line("the same, % of the routers'", "|-|12.5||");
  line("the same, us a message", "|-|750.0||");
  line("last-level cache misses", "|notavailable|notavailable||");
  EXPECT_THAT(table, HasSubstr("ours, wall s by phase: start 2.00, converge"));
}

TEST(Scoreboard, SummaryHasARatioBelowBoth) {
  const std::string table = SummaryTable({SomeRow()}, 2);
  EXPECT_THAT(table, HasSubstr("| star frr |"));
  EXPECT_THAT(table, HasSubstr("better by |"));
  BenchRow alone = SomeRow();
  alone.kernel.clear();
  EXPECT_THAT(SummaryTable({alone}, 2), Not(HasSubstr("better by |")));
}

TEST(Scoreboard, FailuresAndWhatWasNotSampledAreShown) {
  BenchRow row = SomeRow();
  row.ours.clear();
  row.kernel[0].samples = 0;
  row.failures = {"ours, run 1: exit code 3"};
  const std::string table = DetailTables({row}, 2);
  EXPECT_THAT(table, HasSubstr("FAILED: ours, run 1: exit code 3"));
  EXPECT_THAT(table, Not(HasSubstr("nodes per GiB")));
}

TEST(Scoreboard, JsonHasEveryRunAndTheRatios) {
  BenchRow row = SomeRow();
  row.ours[0].samples_of_memory = {{0.5, {10, 1}}};
  row.ours[0].cache_misses = 77;
  const auto json = nlohmann::json::parse(BenchJson({row}, 2));
  const auto& network = json["networks"][0];
  EXPECT_EQ(network["rib_paths"], 70);
  EXPECT_EQ(network["ours_better_by"]["converged_wall_seconds"], 4);
  EXPECT_TRUE(network["kernel"]["medians"]["cache_misses"].is_null());
  EXPECT_EQ(network["ours"]["medians"]["cache_misses"], 77);
  const auto& run = network["ours"]["runs"][0];
  EXPECT_EQ(run["phases"]["converge"], 3);
  EXPECT_EQ(run["memory_peak_mib"], 768);
  EXPECT_EQ(run["memory_seconds_user_mib_kernel_mib"][0][1], 10);
}

TEST(Scoreboard, CostsAreOfOneNode) {
  BenchRow row;
  row.nodes = 2;
  Measurement run;
  run.programs = {{"bgpd", 250, 10, 5, 24}};
  run.runtime_cpu_seconds = 1;
  run.runtime_converge_cpu_seconds = 0.5;
  run.runtime_pss_mib = 2;
  run.descriptors = 50;
  run.slab_mib = 2;
  run.page_tables_mib = 1;
  run.other_kernel_mib = 1;
  row.ours = {run};
  const std::string table = CostTable({row});
  EXPECT_THAT(table, HasSubstr("slab 1.00 MiB, page tables 0.50, stacks and "
                               "per-cpu data 0.50"));
  EXPECT_THAT(table, HasSubstr("250.00     10.00         5.00         24.0"));
  // 1 s of the supervisor's, half of it after the start; 50 descriptors.
  EXPECT_THAT(table, HasSubstr("250.00      1.00                      25.0"));
}

}  // namespace
}  // namespace quiesce
