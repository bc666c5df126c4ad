// Lets guests copy what their calls point to when they go to sleep to wait for
// the answer. Reaching into another process for it takes a microsecond a call,
// an eighth of all that answering costs.
//
// A BPF program on the scheduler's trace point that runs when a realtime thread
// goes to sleep in a call that may be intercepted. Holds only what is asked for
// by a thread of the same core that the realtime thread runs before: then
// whoever has made a call has gone to sleep in it, and has made no other since.
#ifndef QUIESCE_NOTIFIER_GUEST_CALL_COPIES_H_
#define QUIESCE_NOTIFIER_GUEST_CALL_COPIES_H_

#include <linux/seccomp.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"
#include "notifier/ebpf/trace_program.h"
#include "notifier/guest/copied_memory.h"

namespace quiesce {

class CallCopies {
 public:
  // An error where this kernel has no such thing, or not for us.
  static absl::StatusOr<std::unique_ptr<CallCopies>> Start();

  // Of the call that `notification` tells of; null if there is none. By a
  // thread on core `cpu`, see above.
  const CallCopy* Find(int cpu, const seccomp_notif& notification) const;

 private:
  CallCopies(SharedArray wanted, SharedArray array, UniqueFd link)
      : wanted_(std::move(wanted)),
        array_(std::move(array)),
        link_(std::move(link)),
        copies_(static_cast<const CallCopy*>(array_.memory())) {}

  const SharedArray wanted_;
  const SharedArray array_;
  const UniqueFd link_;  // keeps the program where it is
  const CallCopy* const copies_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_CALL_COPIES_H_
