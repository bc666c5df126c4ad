#include "supervisor/report/usage.h"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/process_children.h"

namespace quiesce {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void AddUp(const MemoryUsage& more, MemoryUsage* sum) {
  sum->rss_kib += more.rss_kib;
  sum->pss_kib += more.pss_kib;
  sum->private_kib += more.private_kib;
  sum->file_kib += more.file_kib;
}

absl::Status Gone(pid_t pid) {
  return absl::NotFoundError(absl::StrCat("process ", pid, " is gone"));
}

}  // namespace

namespace {

// Two fields of /proc/PID/stat added up, counted from behind the name: pid
// (comm) state ppid ... (fs/proc/array.c:do_task_stat).
absl::StatusOr<absl::Duration> AddTimes(absl::string_view stat, size_t first,
                                        size_t second,
                                        int64_t ticks_per_second) {
  size_t end = stat.rfind(')');
  if (end == absl::string_view::npos) {
    return absl::InvalidArgumentError("not a /proc/PID/stat");
  }
  std::vector<absl::string_view> fields =
      absl::StrSplit(stat.substr(end + 1), ' ', absl::SkipEmpty());
  int64_t one = 0, other = 0;
  if (fields.size() < 15 || !absl::SimpleAtoi(fields[first], &one) ||
      !absl::SimpleAtoi(fields[second], &other)) {
    return absl::InvalidArgumentError("not a /proc/PID/stat");
  }
  return absl::Seconds(1) * (one + other) / ticks_per_second;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseReapedTime(absl::string_view stat,
                                               int64_t ticks_per_second) {
  return AddTimes(stat, 13, 14, ticks_per_second);  // cutime, cstime
}

absl::StatusOr<absl::Duration> ParseSystemTime(absl::string_view stat,
                                               int64_t ticks_per_second) {
  return AddTimes(stat, 12, 14, ticks_per_second);  // stime, cstime
}

absl::StatusOr<MemoryUsage> ParseSmapsRollup(absl::string_view text) {
  MemoryUsage usage;
  bool found = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    std::vector<absl::string_view> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint64_t kib = 0;
    if (words.size() != 3 || words[2] != "kB" ||
        !absl::SimpleAtoi(words[1], &kib)) {
      continue;
    }
    if (words[0] == "Rss:") usage.rss_kib = kib;
    if (words[0] == "Private_Clean:" || words[0] == "Private_Dirty:") {
      usage.private_kib += kib;
    }
    if (words[0] == "Pss_File:") usage.file_kib = kib;
    if (words[0] == "Pss:") {
      usage.pss_kib = kib;
      found = true;
    }
  }
  if (!found) return absl::InvalidArgumentError("not a smaps_rollup");
  return usage;
}

absl::StatusOr<CpuUsage> CpuOf(pid_t pid) {
  CpuUsage usage;
  clockid_t clock;
  struct timespec now;
  if (clock_getcpuclockid(pid, &clock) != 0 ||
      clock_gettime(clock, &now) != 0) {
    return Gone(pid);
  }
  usage.own = absl::DurationFromTimespec(now);
  std::string stat = ReadAll(absl::StrCat("/proc/", pid, "/stat"));
  if (stat.empty()) return Gone(pid);
  ASSIGN_OR_RETURN(usage.reaped, ParseReapedTime(stat, sysconf(_SC_CLK_TCK)));
  ASSIGN_OR_RETURN(usage.system, ParseSystemTime(stat, sysconf(_SC_CLK_TCK)));
  return usage;
}

absl::StatusOr<MemoryUsage> MemoryOf(pid_t pid) {
  std::string text = ReadAll(absl::StrCat("/proc/", pid, "/smaps_rollup"));
  // A zombie has none.
  if (text.empty()) return Gone(pid);
  return ParseSmapsRollup(text);
}

int64_t SwitchesOf(pid_t pid, int* threads) {
  int64_t sum = 0;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat("/proc/", pid, "/task"), gone)) {
    if (threads != nullptr) ++*threads;
    const std::string text = ReadAll(entry.path() / "schedstat");
    int64_t number = 0;
    if (absl::SimpleAtoi(text.substr(text.rfind(' ') + 1), &number)) {
      sum += number;
    }
  }
  return sum;
}

int DescriptorsOf(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator all(
      absl::StrCat("/proc/", pid, "/fd"), gone);
  return gone ? 0 : static_cast<int>(std::distance(begin(all), end(all)));
}

KernelMemoryUsage ParseMeminfo(absl::string_view text) {
  KernelMemoryUsage usage;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    int64_t kib = 0;
    if (words.size() != 3 || !absl::SimpleAtoi(words[1], &kib)) continue;
    if (words[0] == "SUnreclaim:") usage.slab_kib = kib;
    if (words[0] == "PageTables:") usage.page_tables_kib = kib;
    if (words[0] == "KernelStack:") usage.stacks_kib = kib;
    if (words[0] == "Percpu:") usage.percpu_kib = kib;
  }
  return usage;
}

KernelMemoryUsage KernelMemoryNow() {
  return ParseMeminfo(ReadAll("/proc/meminfo"));
}

TreeUsage UsageOf(absl::Span<const pid_t> roots, WithMemory with_memory) {
  TreeUsage usage;
  std::vector<pid_t> todo(roots.begin(), roots.end());
  while (!todo.empty()) {
    const pid_t pid = todo.back();
    todo.pop_back();
    // Before the parent's own clock is read: a child that dies in between is in
    // its reaped time and gone when its turn comes, so nothing counts twice.
    std::vector<pid_t> children = ChildrenOf(pid);
    absl::StatusOr<CpuUsage> cpu = CpuOf(pid);
    if (!cpu.ok()) continue;
    NamedUsage& named = usage.by_name[std::string(absl::StripSuffix(
        ReadAll(absl::StrCat("/proc/", pid, "/comm")), "\n"))];
    ++usage.processes;
    ++named.processes;
    usage.cpu += cpu->total();
    named.cpu += cpu->total();
    usage.system += cpu->system;
    usage.switches += SwitchesOf(pid, &usage.threads);
    if (with_memory == WithMemory::kYes) {
      absl::StatusOr<MemoryUsage> memory = MemoryOf(pid);
      const int descriptors = DescriptorsOf(pid);
      usage.descriptors += descriptors;
      named.descriptors += descriptors;
      if (memory.ok()) {
        AddUp(*memory, &usage.memory);
        AddUp(*memory, &named.memory);
      }
    }
    todo.insert(todo.end(), children.begin(), children.end());
  }
  return usage;
}

}  // namespace quiesce
