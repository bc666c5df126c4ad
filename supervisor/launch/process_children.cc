#include "supervisor/launch/process_children.h"

#include <dirent.h>

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

}  // namespace quiesce
