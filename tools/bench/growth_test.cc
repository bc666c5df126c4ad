#include "tools/bench/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(Growth, PowerIsFound) {
  std::vector<std::pair<double, double>> points;
  for (double x : {10, 80, 300, 5000}) points.emplace_back(x, 3 * x * x);
  const auto law = FitPowerLaw(points);
  ASSERT_TRUE(law.has_value());
  EXPECT_NEAR(law->exponent, 2, 1e-9);
  EXPECT_NEAR(law->factor, 3, 1e-6);
  // What deviates upwards at the end raises it.
  points.back().second *= 2;
  EXPECT_GT(FitPowerLaw(points)->exponent, 2.05);
}

TEST(Growth, NothingIsFittedToTooLittle) {
  EXPECT_FALSE(FitPowerLaw({}).has_value());
  EXPECT_FALSE(FitPowerLaw({{2, 3}}).has_value());
  EXPECT_FALSE(FitPowerLaw({{2, 3}, {2, 4}}).has_value());
  EXPECT_FALSE(FitPowerLaw({{2, 3}, {3, 0}}).has_value());
}

TEST(Growth, TableIsOfEachImageAndRuntime) {
  std::vector<BenchRow> rows;
  for (int k : {1, 2, 4}) {
    BenchRow row;
    row.image = "frr";
    row.nodes = 10 * k;
    row.links = 20 * k * k;
    Measurement run;
    run.rib_paths = 100 * k * k;
    run.converged_seconds = 5 * k;
    run.routers_cpu_seconds = 7 * k * k;
    row.ours = {run};
    rows.push_back(row);
  }
  EXPECT_THAT(
      GrowthPoints(rows, "frr", Runtime::kOurs, NetworkSizes()[0], Costs()[0]),
      ElementsAre(Pair(10, 5), Pair(20, 10), Pair(40, 20)));
  std::string table = GrowthTable(rows);
  table.erase(std::remove(table.begin(), table.end(), ' '), table.end());
  // Per node, link and path.
  EXPECT_THAT(table, HasSubstr("walls|frr|ours|1.00|0.50|0.50|"));
  EXPECT_THAT(table, HasSubstr("routers'CPUs|frr|ours|2.00|1.00|1.00|"));
  EXPECT_THAT(table, Not(HasSubstr("kernel|")));
}

}  // namespace
}  // namespace quiesce
