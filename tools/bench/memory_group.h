// A memory control group for one run: what is started in it and all that comes
// of that is counted together, shared pages once and kernel memory too, for the
// price of reading two small files (Documentation/admin-guide/cgroup-v1/
// memory.rst, cgroup-v2.rst). Nothing is limited.
#ifndef QUIESCE_TOOLS_BENCH_MEMORY_GROUP_H_
#define QUIESCE_TOOLS_BENCH_MEMORY_GROUP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"
#include "tools/bench/memory_now.h"

namespace quiesce {

class MemoryGroup {
 public:
  // A new group beside or below this process's own, which counts memory.
  // NotFound says why there can be none.
  static absl::StatusOr<MemoryGroup> Create();
  // Removes it, as soon as the last process in it has gone.
  ~MemoryGroup();
  MemoryGroup(MemoryGroup&&) = default;
  MemoryGroup& operator=(MemoryGroup&&) = delete;

  // A process that writes "0" to this descriptor is in the group from then on.
  int procs() const { return procs_.get(); }
  absl::StatusOr<MemoryNow> Read() const;
  const std::string& directory() const { return directory_; }

 private:
  MemoryGroup(std::string directory, UniqueFd procs)
      : directory_(std::move(directory)), procs_(std::move(procs)) {}

  std::string directory_;
  UniqueFd procs_;
};

// Directories in which a group may be made by the text of /proc/self/cgroup,
// the best first, with the file systems mounted as they usually are.
std::vector<std::string> PlacesForMemoryGroup(absl::string_view own_groups);

// memory.stat of version 1 or 2. Of version 1 kernel memory is not in it.
absl::StatusOr<MemoryNow> ParseMemoryStat(absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_BENCH_MEMORY_GROUP_H_
