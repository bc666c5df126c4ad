// Futex waits that are parked. The kernel has not got them in its queues, so a
// FUTEX_WAKE has to look for them here.
#ifndef QUIESCE_NOTIFIER_KERNEL_FUTEX_WAITS_H_
#define QUIESCE_NOTIFIER_KERNEL_FUTEX_WAITS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace quiesce {

class FutexWaits {
 public:
  // Lasts as long as somebody holds it.
  struct Wait {
    pid_t process;
    uint64_t address;  // of the word, in that process
    uint32_t bitset;
    bool woken = false;
  };

  std::shared_ptr<Wait> Add(pid_t process, uint64_t address, uint32_t bitset);

  // Wakes up to `most` that have a bit in common, the oldest first; how many
  // (kernel/futex/waitwake.c:futex_wake). One that was woken before is asleep
  // no longer.
  int Wake(pid_t process, uint64_t address, uint32_t bitset, int most);

 private:
  std::vector<std::weak_ptr<Wait>> waits_;  // by age
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_FUTEX_WAITS_H_
