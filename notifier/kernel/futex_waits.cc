#include "notifier/kernel/futex_waits.h"

namespace quiesce {

std::shared_ptr<FutexWaits::Wait> FutexWaits::Add(pid_t process,
                                                  uint64_t address,
                                                  uint32_t bitset) {
  std::erase_if(waits_, [](const auto& wait) { return wait.expired(); });
  auto wait = std::make_shared<Wait>(Wait{process, address, bitset});
  waits_.push_back(wait);
  return wait;
}

int FutexWaits::Wake(pid_t process, uint64_t address, uint32_t bitset,
                     int most) {
  int woken = 0;
  for (const auto& weak : waits_) {
    if (woken >= most) break;
    const std::shared_ptr<Wait> wait = weak.lock();
    if (wait == nullptr || wait->woken || wait->process != process ||
        wait->address != address || !(wait->bitset & bitset)) {
      continue;
    }
    wait->woken = true;
    ++woken;
  }
  return woken;
}

}  // namespace quiesce
