#include "tools/bench/memory_group.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"

namespace quiesce {
namespace {

constexpr double kMib = 1024 * 1024;
constexpr absl::Duration kPatience = absl::Seconds(20);

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr char kName[] = "quiesce-bench-";

// Groups that benchmarks have left which were killed.
void RemoveLeftovers(const std::string& place) {
  std::error_code error;
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(place, error)) {
    const std::string name = entry.path().filename();
    if (!absl::StartsWith(name, kName)) continue;
    const pid_t owner = atoi(name.c_str() + strlen(kName));
    if (kill(owner, 0) != 0 && errno == ESRCH) left.push_back(entry.path());
  }
  // Where somebody lives still this fails.
  for (const std::string& directory : left) rmdir(directory.c_str());
}

std::string Parent(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

std::vector<std::string> PlacesForMemoryGroup(absl::string_view own_groups) {
  std::vector<std::string> places;
  for (absl::string_view line :
       absl::StrSplit(own_groups, '\n', absl::SkipEmpty())) {
    // Number, controllers, path.
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (words.size() != 3) continue;
    const std::string path = words[2] == "/" ? "" : words[2];
    for (absl::string_view controller : absl::StrSplit(words[1], ',')) {
      if (controller != "memory") continue;
      places.push_back(absl::StrCat("/sys/fs/cgroup/memory", path));
    }
    if (words[1].empty()) {
      // Version 2: a group with processes hands no controllers down, unless it
      // is the root; then the neighbours of our own count memory.
      places.push_back(absl::StrCat("/sys/fs/cgroup", path));
      if (!path.empty()) {
        places.push_back(absl::StrCat("/sys/fs/cgroup", Parent(path)));
      }
    }
  }
  return places;
}

absl::StatusOr<MemoryNow> ParseMemoryStat(absl::string_view text) {
  MemoryNow now;
  bool found = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    int64_t bytes = 0;
    if (words.size() != 2 || !absl::SimpleAtoi(words[1], &bytes)) continue;
    if (words[0] == "rss" || words[0] == "anon") {
      now.user_mib += bytes / kMib;
      found = true;
    }
    if (words[0] == "shmem") now.user_mib += bytes / kMib;
    if (words[0] == "kernel") now.kernel_mib = bytes / kMib;
  }
  if (!found) return absl::InvalidArgumentError("not a memory.stat");
  return now;
}

absl::StatusOr<MemoryGroup> MemoryGroup::Create() {
  static std::atomic<int> made = 0;
  std::vector<std::string> refusals;
  for (const std::string& place :
       PlacesForMemoryGroup(ReadAll("/proc/self/cgroup"))) {
    RemoveLeftovers(place);
    const std::string directory =
        absl::StrCat(place, "/", kName, getpid(), "-", ++made);
    if (mkdir(directory.c_str(), 0755) != 0) {
      refusals.emplace_back(ErrnoStatus(directory).message());
      continue;
    }
    UniqueFd procs(
        open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    MemoryGroup group(directory, std::move(procs));
    const auto memory = group.Read();
    if (group.procs_.valid() && memory.ok()) return group;
    refusals.push_back(
        absl::StrCat(directory, ": ", std::string(memory.status().message())));
  }
  return absl::NotFoundError(
      absl::StrCat("no memory control group: ", absl::StrJoin(refusals, "; ")));
}

MemoryGroup::~MemoryGroup() {
  if (!procs_.valid()) {
    if (!directory_.empty()) rmdir(directory_.c_str());
    return;
  }
  procs_.Reset();
  const absl::Time deadline = absl::Now() + kPatience;
  while (rmdir(directory_.c_str()) != 0 && errno == EBUSY &&
         absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(10));
  }
}

absl::StatusOr<MemoryNow> MemoryGroup::Read() const {
  ASSIGN_OR_RETURN(MemoryNow now,
                   ParseMemoryStat(ReadAll(directory_ + "/memory.stat")));
  int64_t bytes = 0;
  if (absl::SimpleAtoi(ReadAll(directory_ + "/memory.kmem.usage_in_bytes"),
                       &bytes)) {
    now.kernel_mib = bytes / kMib;
  }
  return now;
}

}  // namespace quiesce
