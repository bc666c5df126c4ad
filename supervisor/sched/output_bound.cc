#include "supervisor/sched/output_bound.h"

#include <sys/stat.h>
#include <unistd.h>

namespace quiesce {

std::set<std::string> OutputFiles(const ProcessSpec& process) {
  std::set<std::string> paths;
  for (const StdioSpec* stdio : {&process.stdout_to, &process.stderr_to}) {
    if (stdio->kind == StdioSpec::Kind::kFile) paths.insert(stdio->path);
  }
  return paths;
}

void OutputBound::Add(const ProcessSpec& process) {
  paths_.merge(OutputFiles(process));
}

bool OutputBound::Cut() {
  bool cut = false;
  for (const std::string& path : paths_) {
    struct stat info;
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (static_cast<uint64_t>(info.st_size) <= bytes_) continue;
    // Opened for appending: the next write continues where we cut.
    cut |= truncate(path.c_str(), bytes_) == 0;
  }
  return cut;
}

}  // namespace quiesce
