// The supervisor's view of the page that a node's children report into.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_CHILD_SLOTS_H_
#define QUIESCE_SUPERVISOR_LAUNCH_CHILD_SLOTS_H_

#include <sys/types.h>

#include <array>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/child.h"

namespace quiesce {

// What is remembered of a process from Spawn() to its ExitReport.
struct SpawnRecord {
  int slot = -1;
  std::string name;
  std::string program;  // argv[0]
  pid_t pid = -1;
  bool failed = false;  // Spawn() said so already: no report
};

// Owns the memory and says which slots are taken. One shard's.
class ChildSlots {
 public:
  static absl::StatusOr<std::unique_ptr<ChildSlots>> Create();
  ~ChildSlots();
  ChildSlots(const ChildSlots&) = delete;
  ChildSlots& operator=(const ChildSlots&) = delete;

  int memfd() const { return memfd_.get(); }
  void CloseMemfd() { memfd_.Reset(); }

  // A free slot; ResourceExhausted when kChildSlots processes live.
  absl::StatusOr<int> Take();
  void Free(int slot) { taken_[slot] = false; }
  const ChildSlot& slot(int index) const { return memory_[index]; }

  // Living spawned processes by their number in the node.
  std::map<pid_t, SpawnRecord> records;

 private:
  ChildSlots() = default;

  UniqueFd memfd_;
  ChildSlot* memory_ = nullptr;
  std::array<bool, kChildSlots> taken_{};
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_CHILD_SLOTS_H_
