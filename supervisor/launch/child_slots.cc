#include "supervisor/launch/child_slots.h"

#include <sys/mman.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"

namespace quiesce {

absl::StatusOr<std::unique_ptr<ChildSlots>> ChildSlots::Create() {
  constexpr size_t kBytes = sizeof(ChildSlot) * kChildSlots;
  std::unique_ptr<ChildSlots> slots(new ChildSlots());
  slots->memfd_ = UniqueFd(memfd_create("quiesce-slots", MFD_CLOEXEC));
  if (!slots->memfd_.valid() || ftruncate(slots->memfd_.get(), kBytes) != 0) {
    return ErrnoStatus("memfd of the child slots");
  }
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                      slots->memfd_.get(), 0);
  if (memory == MAP_FAILED) return ErrnoStatus("mapping the child slots");
  slots->memory_ = static_cast<ChildSlot*>(memory);
  return slots;
}

ChildSlots::~ChildSlots() {
  if (memory_ != nullptr) munmap(memory_, sizeof(ChildSlot) * kChildSlots);
}

absl::StatusOr<int> ChildSlots::Take() {
  for (int i = 0; i < kChildSlots; ++i) {
    if (taken_[i]) continue;
    taken_[i] = true;
    return i;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the node has ", kChildSlots, " processes of ours already"));
}

}  // namespace quiesce
