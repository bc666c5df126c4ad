#include "supervisor/launch/host_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

constexpr char kMemory[] = "memory_kib";

// -1: there is no such file, or it holds no number ("max").
int64_t ReadNumber(const std::string& path) {
  std::ifstream in(path);
  int64_t value = -1;
  in >> value;
  return in ? value : -1;
}

// Processes and threads that there are, from the fourth field of /proc/loadavg.
int64_t RunningTasks() {
  std::ifstream in("/proc/loadavg");
  double load;
  std::string tasks;
  in >> load >> load >> load >> tasks;
  const size_t slash = tasks.find('/');
  return slash == std::string::npos ? 0 : atol(tasks.c_str() + slash + 1);
}

// The directories of our control group (version 2) and those around it.
std::vector<std::string> ControlGroups() {
  std::ifstream in("/proc/self/cgroup");
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);) {
    if (!absl::StartsWith(line, "0::/")) continue;
    for (std::string path = line.substr(3); path.size() > 1;
         path.resize(path.rfind('/'))) {
      result.push_back(absl::StrCat("/sys/fs/cgroup", path));
      if (path.rfind('/') == 0) break;
    }
  }
  return result;
}

void Lower(int64_t limit, const std::string& where, const std::string& remedy,
           HostLimit* to) {
  if (limit < 0 || (to->limit >= 0 && to->limit <= limit)) return;
  to->limit = limit;
  to->where = where;
  to->remedy = remedy;
}

HostLimit Descriptors(int64_t needed) {
  HostLimit result{"descriptors", "open descriptors", needed};
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max == RLIM_INFINITY) return result;
  Lower(files.rlim_max, "the hard limit",
        "raise it (ulimit -Hn, limits.conf, fs.nr_open), let several processes "
        "share the nodes (--emulators=2), or run fewer nodes",
        &result);
  return result;
}

HostLimit Tasks(int64_t needed) {
  HostLimit result{"tasks", "processes and threads", needed};
  const int64_t running = RunningTasks();
  for (const char* name : {"pid_max", "threads-max"}) {
    const int64_t most = ReadNumber(absl::StrCat("/proc/sys/kernel/", name));
    if (most < 0) continue;
    Lower(std::max<int64_t>(0, most - running),
          absl::StrCat("room below kernel.", name),
          absl::StrCat("sysctl -w kernel.", name, "=4194304"), &result);
  }
  for (const std::string& group : ControlGroups()) {
    const int64_t most = ReadNumber(absl::StrCat(group, "/pids.max"));
    if (most < 0) continue;
    const int64_t has = ReadNumber(absl::StrCat(group, "/pids.current"));
    Lower(std::max<int64_t>(0, most - has), absl::StrCat("room in ", group),
          absl::StrCat("echo max > ", group, "/pids.max"), &result);
  }
  return result;
}

// Memory that the host could give without swapping (MemAvailable of
// proc_meminfo(5)); -1 if it does not say.
int64_t MemoryAvailableKib() {
  std::ifstream in("/proc/meminfo");
  for (std::string line; std::getline(in, line);) {
    if (absl::StartsWith(line, "MemAvailable:")) {
      return atol(line.c_str() + line.find(':') + 1);
    }
  }
  return -1;
}

HostLimit Memory(int64_t needed_kib) {
  HostLimit result{kMemory, "of memory", needed_kib};
  Lower(MemoryAvailableKib(), "what the host has available",
        "run fewer nodes, or run them where there is more", &result);
  for (const std::string& group : ControlGroups()) {
    const int64_t bytes = ReadNumber(absl::StrCat(group, "/memory.max"));
    Lower(bytes < 0 ? -1 : bytes / 1024,
          absl::StrCat("what ", group, " may have"),
          absl::StrCat("echo max > ", group, "/memory.max"), &result);
  }
  return result;
}

std::string Grouped(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(at, ",");
  }
  return text;
}

}  // namespace

std::string HostLimit::ToString() const {
  const auto amount = [&](int64_t number) {
    return name == kMemory ? absl::StrFormat("%.1f GiB", number / 1048576.0)
                           : Grouped(number);
  };
  std::string text = absl::StrCat(amount(needed), " ", noun);
  if (limit >= 0) absl::StrAppend(&text, "; ", where, " is ", amount(limit));
  return text;
}

std::vector<HostLimit> CompareWithHost(const ResourceNeeds& needs) {
  std::vector<HostLimit> limits = {Descriptors(needs.descriptors),
                                   Tasks(needs.tasks),
                                   Memory(needs.memory_kib)};
  for (const char* kind : {"mnt", "pid", "uts", "ipc", "net"}) {
    HostLimit limit{absl::StrCat(kind, "_namespaces"),
                    absl::StrCat("namespaces (", kind, ")"), needs.namespaces};
    const std::string name = absl::StrCat("user.max_", kind, "_namespaces");
    Lower(ReadNumber(absl::StrCat("/proc/sys/user/max_", kind, "_namespaces")),
          name, absl::StrCat("sysctl -w ", name, "=65536"), &limit);
    limits.push_back(std::move(limit));
  }
  return limits;
}

}  // namespace quiesce
