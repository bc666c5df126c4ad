#include "supervisor/sched/descriptor_watch.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/scarce_fd.h"
#include "notifier/kernel/placeholder.h"

namespace quiesce {

int OpenDescriptors() {
  // Since 6.2 the directory's size is their number (fs/proc/fd.c:
  // proc_readfd_count).
  struct stat info;
  if (stat("/proc/self/fd", &info) == 0 && info.st_size > 0) {
    return static_cast<int>(info.st_size);
  }
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  int count = -3;  // "." and "..", and the directory's own
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

absl::Status DescriptorWatch::Look() {
  const int open = OpenDescriptors();
  const int needed = open - ScarceFd::kept();
  int most = most_.load(std::memory_order_relaxed);
  while (needed > most && !most_.compare_exchange_weak(most, needed)) {
  }
  if (!ReserveWasReached()) return absl::OkStatus();
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return absl::ResourceExhaustedError(absl::StrCat(
      "out of descriptors: ", open, " are open, the hard limit is ",
      files.rlim_cur, " (", kDescriptorReserve,
      " of them for our own work), and a node could not have another socket\n"
      "  remedy: raise the hard limit (ulimit -Hn, limits.conf, fs.nr_open), "
      "let several processes share the nodes (--emulators=2), or run fewer "
      "nodes"));
}

}  // namespace quiesce
