// What a thread polls, kept as an epoll set of ours from one poll to the next:
// asking it costs one call, where a duplicate of each descriptor costs two
// apiece. Routers poll the same descriptors again and again.
//
// An epoll set holds no file open, so nobody's hang-up is hidden; a file that
// is closed leaves it. What it cannot tell is that a number has come to mean
// another file. So the calls that bring that about (close, dup2, dup3,
// close_range; execve) are followed, and whatever the process had in sets is
// forgotten then. Where they are not followed, there are no sets.
#ifndef QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_
#define QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "notifier/base/scarce_fd.h"

namespace quiesce {

class PollSets {
 public:
  // The node's processes cannot change a number's meaning unheard from now on;
  // or they can.
  void Follow(bool follow);
  // Two processes share their descriptors (CLONE_FILES): no sets any more.
  void GiveUp();

  // A number of the process's may mean another file once it runs on.
  void Changed(pid_t process) { tables_[process] = ++last_table_; }
  // The same for every process.
  void Changed() { tables_.clear(); }
  // A number for the process's descriptors as they are now; 0: not followed.
  uint64_t TableOf(pid_t process);

  // Whether anything is ready that the thread of that process polls. None if
  // there is no set of just that.
  std::optional<bool> AnyReady(pid_t thread, pid_t process,
                               absl::Span<const pollfd> polled);

  // What the thread polls, with the guest's numbers, and duplicates of that in
  // the same order (-1: there is no such file). It is kept when it is polled
  // for the second time.
  void Learn(pid_t thread, pid_t process, absl::Span<const pollfd> polled,
             absl::Span<const pollfd> duplicates);

  // Gives up what is kept for threads and processes that are gone.
  template <typename ThreadGone, typename ProcessGone>
  void Forget(ThreadGone thread, ProcessGone process) {
    absl::erase_if(sets_, thread);
    absl::erase_if(tables_, process);
  }

 private:
  struct Set {
    std::vector<pollfd> polled;
    uint64_t table = 0;  // the process's as it was then
    bool hopeless = false;
    ScarceFd epoll;  // none: it was polled once

    bool Is(absl::Span<const pollfd> other, uint64_t its_table) const;
  };

  bool followed_ = false;
  bool given_up_ = false;
  absl::flat_hash_map<pid_t, Set> sets_;         // by thread
  absl::flat_hash_map<pid_t, uint64_t> tables_;  // by process
  uint64_t last_table_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_
