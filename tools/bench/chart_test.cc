#include "tools/bench/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Chart, LinearAxesBeginAtNothing) {
  Chart chart{"Memory & more", "s", "MiB"};
  chart.lines = {{"ours", {{5, 50}, {10, 100}}}};
  const std::string svg = SvgOf(chart);
  // The plane is 540 wide from 80 on, and 300 high above 340.
  EXPECT_THAT(svg, HasSubstr("points=\"350.0,190.0 620.0,40.0\""));
  EXPECT_THAT(svg, HasSubstr("Memory &amp; more"));
  EXPECT_THAT(svg, HasSubstr(">ours<"));
  EXPECT_THAT(svg, HasSubstr("<circle"));
}

TEST(Chart, LogarithmicAxesSpanDecades) {
  Chart chart{"Growth", "nodes", "s", /*logarithmic=*/true};
  chart.lines = {{"ours", {{10, 1}, {100, 10}, {0, 5}}, /*dashed=*/true}};
  const std::string svg = SvgOf(chart);
  EXPECT_THAT(svg, HasSubstr("points=\"80.0,340.0 620.0,40.0\""));
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray"));
  EXPECT_THAT(svg, Not(HasSubstr("<circle")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(Chart, OfNothingIsEmptyAndWhole) {
  const std::string svg = SvgOf(Chart{"None", "x", "y", true});
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace quiesce
