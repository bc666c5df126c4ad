#include "tools/bench/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::HasSubstr;

TEST(Comparison, IsOfThePhaseAfterStartUp) {
  Measurement without, with;
  without.phases = {{"start", 5}, {"converge", 4}};
  with.phases = {{"start", 9}, {"converge", 2.5}};
  without.routers_start_cpu_seconds = 3;
  without.routers_cpu_seconds = 5;
  with.routers_start_cpu_seconds = 4;
  with.routers_cpu_seconds = 8;
  without.runtime_converge_cpu_seconds = 1;
  with.runtime_converge_cpu_seconds = 1.25;
  const std::string line = ComparisonLine("--shards=2", without, with);
  EXPECT_THAT(line, HasSubstr("with --shards=2: "));
  EXPECT_THAT(line, HasSubstr("wall 2.50 s for 4.00 (0.62x, -1.50 s)"));
  EXPECT_THAT(line, HasSubstr("routers' CPU 4.00 s for 2.00 (2.00x, +2.00 s)"));
  EXPECT_THAT(line, HasSubstr("supervisor's 1.25 s for 1.00 (1.25x, +0.25 s)"));
}

}  // namespace
}  // namespace quiesce
