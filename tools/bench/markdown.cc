#include "tools/bench/markdown.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

std::string Line(const std::vector<std::string>& row,
                 const std::vector<size_t>& widths) {
  std::string line = "|";
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = i < row.size() ? row[i] : "";
    const std::string blank(widths[i] - cell.size(), ' ');
    absl::StrAppend(&line, " ", i == 0 ? cell + blank : blank + cell, " |");
  }
  return line + "\n";
}

}  // namespace

std::string MarkdownTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    if (widths.size() < row.size()) widths.resize(row.size(), 3);
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    text += Line(rows[r], widths);
    if (r > 0) continue;
    text += "|";
    for (size_t i = 0; i < widths.size(); ++i) {
      absl::StrAppend(&text, " ", std::string(widths[i] - 1, '-'),
                      i == 0 ? "- |" : ": |");
    }
    text += "\n";
  }
  return text;
}

std::string Figure(double number) {
  if (std::abs(number) < 10) return absl::StrFormat("%.2f", number);
  if (std::abs(number) < 1000) return absl::StrFormat("%.1f", number);
  const std::string digits = absl::StrFormat("%.0f", std::abs(number));
  std::string text = number < 0 ? "-" : "";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace quiesce
