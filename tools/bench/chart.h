// A chart of lines, drawn as SVG.
#ifndef QUIESCE_TOOLS_BENCH_CHART_H_
#define QUIESCE_TOOLS_BENCH_CHART_H_

#include <string>
#include <utility>
#include <vector>

namespace quiesce {

struct ChartLine {
  std::string name;
  std::vector<std::pair<double, double>> points;  // in order of x
  bool dashed = false;                            // without marks
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  // Both axes; points that are not positive are then left out.
  bool logarithmic = false;
  std::vector<ChartLine> lines;
};

// A complete SVG document. Linear axes begin at 0.
std::string SvgOf(const Chart& chart);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_CHART_H_
