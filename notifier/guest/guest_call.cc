#include "notifier/guest/guest_call.h"

#include <cerrno>
#include <utility>
#include <vector>

#include "notifier/guest/file_uses.h"

namespace quiesce {

int GuestCall::Replace(int guest_fd, int fd) {
  if (listener == nullptr) return ENOSYS;
  // Before the old file is closed, and its entries go with it.
  const FileUses uses = UsesOfSocket(tid, guest_fd);
  if (uses.descriptors.empty()) return EBADF;
  for (int number : uses.descriptors) {
    if (int error =
            listener->Replace(id, fd, number, CloseOnExec(tid, number))) {
      return error;
    }
  }
  std::vector<std::pair<UniqueFd, EpollEntry>> sets;
  for (const EpollEntry& entry : uses.entries) {
    auto set = files->Duplicate(entry.set);
    if (set.ok()) sets.emplace_back(std::move(*set), entry);
  }
  AddToEpollSets(fd, sets);
  return 0;
}

}  // namespace quiesce
