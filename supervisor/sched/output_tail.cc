#include "supervisor/sched/output_tail.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "supervisor/sched/output_bound.h"

namespace quiesce {
namespace {

constexpr size_t kLines = 10;
constexpr std::streamoff kBytes = 4096;  // of each file, at most

std::string LastBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = std::min<std::streamoff>(file.tellg(), kBytes);
  std::string text(size, '\0');
  file.seekg(-size, std::ios::end);
  file.read(text.data(), size);
  text.resize(file.gcount());
  return text;
}

}  // namespace

std::string OutputTail(const ProcessSpec& process) {
  std::vector<std::string> lines;
  for (const std::string& path : OutputFiles(process)) {
    for (const auto line :
         absl::StrSplit(LastBytes(path), '\n', absl::SkipEmpty())) {
      lines.emplace_back(line);
    }
  }
  if (lines.empty()) return "";
  if (lines.size() > kLines) lines.erase(lines.begin(), lines.end() - kLines);
  std::string result = "\n  its last output:";
  for (const std::string& line : lines) {
    absl::StrAppend(&result, "\n    ", line);
  }
  return result;
}

}  // namespace quiesce
