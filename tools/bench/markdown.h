// Tables in Markdown whose columns also stand below each other in a terminal.
#ifndef QUIESCE_TOOLS_BENCH_MARKDOWN_H_
#define QUIESCE_TOOLS_BENCH_MARKDOWN_H_

#include <string>
#include <vector>

namespace quiesce {

// The first row is the head; rows that are shorter get empty cells. The first
// column is flush left, the others right.
std::string MarkdownTable(const std::vector<std::vector<std::string>>& rows);

// With as many places as tell something: "0.12", "12.3", "1,234".
std::string Figure(double number);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MARKDOWN_H_
