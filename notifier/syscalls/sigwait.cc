// rt_sigtimedwait(2) (kernel/signal.c:do_sigtimedwait).
#include <cerrno>

#include "notifier/guest/thread_access.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {

Outcome SysRtSigtimedwait(Call& call) {
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(2));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  if (!IsTimedWait(call, *timeout)) return Outcome::Native();
  ErrnoOr<uint64_t> wanted = call.memory->ReadValue<uint64_t>(call.Addr(0));
  if (!wanted.ok()) return Outcome::Fail(wanted.error());
  // The kernel takes the signal off the queue and writes the siginfo.
  if (PendingSignals(call.tid) & *wanted) return Outcome::Native();
  const Nanos deadline = DeadlineOf(call, *timeout);
  if (call.kernel->now() >= deadline) return Outcome::Fail(EAGAIN);
  return Outcome::Park(deadline);
}

}  // namespace quiesce
