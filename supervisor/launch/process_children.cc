#include "supervisor/launch/process_children.h"

#include <dirent.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace quiesce {

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  const std::string tasks = absl::StrCat("/proc/", pid, "/task");
  DIR* directory = opendir(tasks.c_str());
  if (directory == nullptr) return children;
  while (const dirent* entry = readdir(directory)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(entry->d_name[0]))) {
      continue;
    }
    std::ifstream file(absl::StrCat(tasks, "/", entry->d_name, "/children"));
    pid_t child;
    while (file >> child) children.push_back(child);
  }
  closedir(directory);
  return children;
}

std::vector<pid_t> DescendantsOf(pid_t pid) {
  std::vector<pid_t> result;
  std::vector<pid_t> parents = {pid};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const pid_t child : ChildrenOf(parent)) {
      result.push_back(child);
      parents.push_back(child);
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace quiesce
