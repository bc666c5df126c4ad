// Where a guest's process uses one open file: the descriptors that name it and
// the entries it has in the process's epoll sets (proc_pid_fdinfo(5)). What
// other processes hold is not looked for.
#ifndef QUIESCE_NOTIFIER_GUEST_FILE_USES_H_
#define QUIESCE_NOTIFIER_GUEST_FILE_USES_H_

#include <sys/types.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "notifier/base/unique_fd.h"

namespace quiesce {

struct EpollEntry {
  int set;  // the guest's descriptor of the epoll set
  int fd;   // the descriptor it was added under
  uint32_t events;
  uint64_t data;
  uint64_t inode;  // of the file, as it was then
};

struct FileUses {
  std::vector<int> descriptors;
  std::vector<EpollEntry> entries;
};

// The uses of the socket `fd` of the thread `tid`. Empty if either is gone.
FileUses UsesOfSocket(pid_t tid, int fd);

// What the epoll set `set` of the thread `tid` holds.
std::vector<EpollEntry> EntriesOfSet(pid_t tid, int set);

// Adds our `file` to epoll sets, of which `first` is our duplicate, just as
// the guest itself would have added it under `second.fd`. One that does not
// take it is left without.
void AddToEpollSets(int file,
                    const std::vector<std::pair<UniqueFd, EpollEntry>>& where);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_FILE_USES_H_
