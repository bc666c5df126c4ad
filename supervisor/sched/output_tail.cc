#include "supervisor/sched/output_tail.h"

#include <deque>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"

namespace quiesce {

std::string OutputTail(const ProcessSpec& process) {
  constexpr size_t kLines = 10;
  std::deque<std::string> last;
  std::set<std::string> paths;
  for (const StdioSpec* stdio : {&process.stdout_to, &process.stderr_to}) {
    if (stdio->kind == StdioSpec::Kind::kFile) paths.insert(stdio->path);
  }
  for (const std::string& path : paths) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      last.push_back(std::move(line));
      if (last.size() > kLines) last.pop_front();
    }
  }
  std::string result;
  if (last.empty()) return result;
  result = "\n  its last output:";
  for (const std::string& line : last) absl::StrAppend(&result, "\n    ", line);
  return result;
}

}  // namespace quiesce
