// Which of our sockets a process's descriptor numbers mean, as far as it has
// been looked at: to look again costs three calls of the host. Kept as long as
// no number can come to mean another file unheard (PollSets::TableOf).
#ifndef QUIESCE_NOTIFIER_KERNEL_KNOWN_SOCKETS_H_
#define QUIESCE_NOTIFIER_KERNEL_KNOWN_SOCKETS_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace quiesce {

class KnownSockets {
 public:
  // The cookie behind that number, learnt while the process's table was
  // `table`; 0 if none is known.
  uint64_t Find(pid_t process, uint64_t table, int number) const {
    const auto of_process = processes_.find(process);
    if (of_process == processes_.end() || of_process->second.table != table) {
      return 0;
    }
    const auto found = of_process->second.cookies.find(number);
    return found == of_process->second.cookies.end() ? 0 : found->second;
  }

  void Learn(pid_t process, uint64_t table, int number, uint64_t cookie) {
    OfProcess& known = processes_[process];
    if (known.table != table) known = {table, {}};
    known.cookies[number] = cookie;
  }

  // That number may mean another file from now on.
  void Changed(pid_t process, int number) {
    const auto of_process = processes_.find(process);
    if (of_process != processes_.end())
      of_process->second.cookies.erase(number);
  }
  // Any number of any process.
  void Changed() { processes_.clear(); }

  // Gives up what is kept for processes that are gone.
  template <typename ProcessGone>
  void Forget(ProcessGone gone) {
    absl::erase_if(processes_, gone);
  }

 private:
  struct OfProcess {
    uint64_t table = 0;
    absl::flat_hash_map<int, uint64_t> cookies;
  };
  absl::flat_hash_map<pid_t, OfProcess> processes_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_KNOWN_SOCKETS_H_
