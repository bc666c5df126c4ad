// Waits for sockets whose readiness is not their placeholder's
// (Socket::Readiness). The kernel cannot do them: it would see the
// placeholder's. So they are answered here, by any clock, and while they are
// parked what they wait for is watched.
//
// Nothing of this is done before a socket has asked for it
// (NodeKernel::CorrectReadiness), but for polls that ask for kOddBits.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_READINESS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_READINESS_H_

#include <poll.h>
#include <sys/epoll.h>

#include "absl/types/span.h"
#include "notifier/base/nanos.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {

// TCP never shows POLLWRBAND, AF_UNIX does; and who asks for POLLPRI waits for
// the first urgent byte, with which the correcting begins.
inline constexpr short kOddBits = POLLPRI | POLLWRBAND;

// Whether a wait that asks for `events` is answered here; else it is Native.
bool IsOurWait(const Call& call, const Timeout& timeout, short events = 0);

// What poll(2) for `events` shows of `file`, a duplicate of the guest's, given
// that it shows `bits` of the placeholder.
short ReadinessOf(NodeKernel& kernel, int file, short events, short bits);

// The same for `count` events that were taken from the guest's epoll set
// `set`. How many are left.
int CorrectEvents(Call& call, int set, int count, epoll_event* events);

// Adds what the guest's signalfds would show it to what poll(2) shows us of
// `fds`, and to `ready` events out of `room` that were taken from `set`. How
// many are ready then.
int AddSignalFds(Call& call, int ready, absl::Span<pollfd> fds);
int AddSignalFds(Call& call, int set, int ready, int room, epoll_event* events);

// The end of an attempt that found none of the guest's `fds` ready.
Outcome ParkWait(Call& call, Nanos deadline, GuestAddr mask,
                 absl::Span<const pollfd> fds);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_READINESS_H_
