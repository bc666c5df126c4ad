// What the handlers of timed waits share: deadlines and readiness.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_WAIT_UTIL_H_
#define QUIESCE_NOTIFIER_SYSCALLS_WAIT_UTIL_H_

#include <poll.h>
#include <sys/time.h>
#include <time.h>

#include "absl/types/span.h"
#include "notifier/base/errno_or.h"
#include "notifier/base/nanos.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

// A timeout as the guest gave it. Absent means for ever.
struct Timeout {
  bool forever = false;
  Nanos length = 0;  // >= 0
};

// EINVAL as poll_select_set_timeout and get_timespec64 judge it; EFAULT.
// A null address means for ever.
ErrnoOr<Timeout> ReadTimespec(Call& call, GuestAddr address);
ErrnoOr<Timeout> JudgeTimespec(const timespec& time);
// The same for struct timeval: select(2) accepts tv_usec past a second.
ErrnoOr<Timeout> ReadTimeval(Call& call, GuestAddr address);
// poll's and epoll_wait's milliseconds: negative means for ever.
Timeout FromMilliseconds(int milliseconds);

// When a wait of `timeout` that began at call.started ends.
Nanos DeadlineOf(const Call& call, const Timeout& timeout);

// A wait's timeout is the business of virtual time: it is finite and not zero.
// Otherwise the kernel's own answer is right, whatever the clock.
bool IsTimedWait(const Call& call, const Timeout& timeout);

// What is left of the timeout.
timespec RestOf(const Call& call, const Timeout& timeout);
// Writes what is left of the timeout to `address` once the wait is over
// (fs/select.c:poll_select_finish); `unit` is what its last field counts.
Outcome WithRest(Call& call, const Timeout& timeout, GuestAddr address,
                 Nanos unit, Outcome outcome);

// As many descriptors as most waits are about need no allocation.
inline constexpr size_t kFewFds = 16;

// Fills in `revents` of every entry as poll(2) in the guest would, and returns
// how many are not 0. Entries' fd are the guest's numbers.
int PollGuest(Call& call, absl::Span<pollfd> fds);

// True if a signal waits for the thread that the wait's own mask (size bytes at
// `mask`; null: the thread's own mask) would let through: then the kernel must
// run the call, to swap masks and deliver it.
bool SignalWaits(Call& call, GuestAddr mask);

Nanos ToNanos(const timespec& t);
timespec ToTimespec(Nanos t);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_WAIT_UTIL_H_
