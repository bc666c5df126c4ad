// What a thread polls, kept as an epoll set of ours from one poll to the next:
// asking it costs one call, where a duplicate of each descriptor costs two
// apiece. Routers poll mostly the same descriptors again and again; a set grows
// by those that are new in a poll, and what is not polled this time is not
// heeded.
//
// An epoll set holds no file open, so nobody's hang-up is hidden; a file that
// is closed leaves it. What it cannot tell is that a number has come to mean
// another file. So the calls that bring that about (close, dup2, dup3,
// close_range; execve) are followed, and such a number's file is not heeded any
// more. Where they are not followed, there are no sets.
#ifndef QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_
#define QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "notifier/base/scarce_fd.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

class PollSets {
 public:
  // A duplicate of that descriptor of the guest's; invalid if there is none.
  using Duplicate = absl::FunctionRef<UniqueFd(int number)>;

  // The node's processes cannot change a number's meaning unheard from now on;
  // or they can.
  void Follow(bool follow);
  // Two processes share their descriptors (CLONE_FILES): no sets any more.
  void GiveUp();

  // That number of the process's may mean another file once it runs on.
  void Changed(pid_t process, int number);
  // The same for all its numbers.
  void Changed(pid_t process) { tables_[process] = ++last_table_; }
  // The same for every process.
  void Changed() { tables_.clear(); }
  // Grows with each Changed() of all the process's numbers; 0: not followed.
  uint64_t TableOf(pid_t process);

  // Whether anything is ready that the thread of that process polls, with the
  // guest's numbers. None where a set cannot tell: a number means no file, or
  // one that is always ready, or no descriptor is left for a set.
  std::optional<bool> AnyReady(pid_t thread, pid_t process,
                               absl::Span<const pollfd> polled,
                               Duplicate duplicate);

  // Gives up what is kept for threads and processes that are gone.
  template <typename ThreadGone, typename ProcessGone>
  void Forget(ThreadGone thread, ProcessGone process) {
    absl::erase_if(sets_, thread);
    absl::erase_if(tables_, process);
  }

 private:
  struct Member {
    uint32_t serial = 0;  // tells it from what had its number before
    uint16_t events = 0;  // of the epoll set's
    uint16_t asked = 0;   // by the last poll
  };
  struct Set {
    pid_t process = 0;
    uint64_t table = 0;  // the process's as it was then
    ScarceFd epoll;
    bool refused = false;  // there was no room for it
    uint32_t last_serial = 0;
    absl::flat_hash_map<int, Member> members;  // by number
    std::vector<pollfd> polled;                // last
    std::optional<bool> covered;  // all of that by `members`, if that is known
  };

  static bool Cover(Set& set, absl::Span<const pollfd> polled,
                    Duplicate duplicate);
  static bool Add(Set& set, const pollfd& entry, Duplicate duplicate);

  bool followed_ = false;
  bool given_up_ = false;
  absl::flat_hash_map<pid_t, Set> sets_;         // by thread
  absl::flat_hash_map<pid_t, uint64_t> tables_;  // by process
  uint64_t last_table_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_POLL_SETS_H_
