#include "tools/bench/chart.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace quiesce {
namespace {

constexpr double kWidth = 640, kHeight = 400;
constexpr double kLeft = 80, kRight = 20, kTop = 40, kBottom = 60;
// Told apart by the colour-blind, too (Okabe and Ito).
constexpr const char* kColours[] = {"#d55e00", "#0072b2", "#009e73",
                                    "#cc79a7", "#e69f00", "#56b4e9"};

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

// One axis: what it shows, and where on the paper.
class Axis {
 public:
  Axis(bool logarithmic, double from, double to)
      : logarithmic_(logarithmic), from_(from), to_(to) {}

  void Include(double value) {
    if (logarithmic_ && value <= 0) return;
    least_ = empty_ ? value : std::min(least_, value);
    most_ = empty_ ? value : std::max(most_, value);
    empty_ = false;
  }
  // To be called when all is included.
  void Settle() {
    if (logarithmic_) {
      least_ = empty_ ? 1 : std::pow(10, std::floor(std::log10(least_)));
      most_ = empty_ ? 10 : std::pow(10, std::ceil(std::log10(most_)));
      if (most_ <= least_) most_ = 10 * least_;
      for (double at = least_; at <= most_ * 1.001; at *= 10) {
        ticks_.push_back(at);
      }
      return;
    }
    least_ = 0;
    if (most_ <= 0) most_ = 1;
    const double rough = most_ / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (double factor : {5, 2, 1}) {
      if (factor * power >= rough) step = factor * power;
    }
    most_ = step * std::ceil(most_ / step);
    for (int i = 0; i * step <= most_ * 1.001; ++i) ticks_.push_back(i * step);
  }
  bool Shows(double value) const { return !logarithmic_ || value > 0; }
  double At(double value) const {
    const double part =
        logarithmic_ ? std::log(value / least_) / std::log(most_ / least_)
                     : (value - least_) / (most_ - least_);
    return from_ + part * (to_ - from_);
  }
  const std::vector<double>& ticks() const { return ticks_; }

 private:
  const bool logarithmic_;
  const double from_, to_;
  double least_ = 0, most_ = 0;
  bool empty_ = true;
  std::vector<double> ticks_;
};

std::string Text(double x, double y, absl::string_view more,
                 absl::string_view text) {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y,
                         more, Escaped(text));
}

std::string Stroke(double x1, double y1, double x2, double y2,
                   absl::string_view colour) {
  return absl::StrFormat(
      "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n",
      x1, y1, x2, y2, colour);
}

std::string Frame(const Chart& chart, const Axis& x, const Axis& y) {
  std::string svg;
  for (double tick : x.ticks()) {
    const double at = x.At(tick);
    svg += Stroke(at, kTop, at, kHeight - kBottom, "#ddd");
    svg += Text(at, kHeight - kBottom + 18, "text-anchor=\"middle\"",
                absl::StrFormat("%g", tick));
  }
  for (double tick : y.ticks()) {
    const double at = y.At(tick);
    svg += Stroke(kLeft, at, kWidth - kRight, at, "#ddd");
    svg += Text(kLeft - 6, at + 4, "text-anchor=\"end\"",
                absl::StrFormat("%g", tick));
  }
  svg += Stroke(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom,
                "#000");
  svg += Stroke(kLeft, kTop, kLeft, kHeight - kBottom, "#000");
  svg += Text(kWidth / 2, 22, "text-anchor=\"middle\" font-weight=\"bold\"",
              chart.title);
  svg += Text((kLeft + kWidth - kRight) / 2, kHeight - 16,
              "text-anchor=\"middle\"", chart.x_label);
  const double middle = (kTop + kHeight - kBottom) / 2;
  svg += Text(20, middle,
              absl::StrFormat("text-anchor=\"middle\" "
                              "transform=\"rotate(-90 20 %.1f)\"",
                              middle),
              chart.y_label);
  return svg;
}

std::string Line(const ChartLine& line, absl::string_view colour, const Axis& x,
                 const Axis& y) {
  std::string path, marks;
  for (const auto& [px, py] : line.points) {
    if (!x.Shows(px) || !y.Shows(py)) continue;
    absl::StrAppendFormat(&path, "%s%.1f,%.1f", path.empty() ? "" : " ",
                          x.At(px), y.At(py));
    absl::StrAppendFormat(
        &marks, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
        x.At(px), y.At(py), colour);
  }
  // Many points are a curve of their own.
  if (line.dashed || line.points.size() > 20) marks.clear();
  return absl::StrFormat(
             "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" "
             "stroke-width=\"1.5\"%s/>\n",
             path, colour, line.dashed ? " stroke-dasharray=\"5 4\"" : "") +
         marks;
}

}  // namespace

std::string SvgOf(const Chart& chart) {
  Axis x(chart.logarithmic, kLeft, kWidth - kRight);
  Axis y(chart.logarithmic, kHeight - kBottom, kTop);
  for (const ChartLine& line : chart.lines) {
    for (const auto& [px, py] : line.points) {
      x.Include(px);
      y.Include(py);
    }
  }
  x.Settle();
  y.Settle();
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
      kWidth, kHeight);
  svg += Frame(chart, x, y);
  double legend = kTop + 14;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    const char* colour = kColours[i % std::size(kColours)];
    svg += Line(chart.lines[i], colour, x, y);
    svg += Stroke(kLeft + 10, legend - 4, kLeft + 34, legend - 4, colour);
    svg += Text(kLeft + 40, legend, "", chart.lines[i].name);
    legend += 16;
  }
  return svg + "</svg>\n";
}

}  // namespace quiesce
