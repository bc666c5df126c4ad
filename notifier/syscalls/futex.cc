// futex(2) waits with a timeout (kernel/futex/waitwake.c:futex_wait).
//
// The waiter is parked, not queued in the kernel, so a FUTEX_WAKE finds nobody;
// what tells us is the word: every waker changes it before it wakes (a wake
// without a change may be missed until the timeout).
#include <linux/futex.h>

#include <cerrno>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {

Outcome SysFutex(Call& call) {
  World& world = call.kernel->world();
  const int operation = call.Int(1);
  const int command = operation & FUTEX_CMD_MASK;
  if (!world.VirtualTime() ||
      (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) ||
      call.Addr(3) == GuestAddr::kNull) {
    return Outcome::Native();
  }
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(3));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  if (command == FUTEX_WAIT_BITSET && static_cast<uint32_t>(call.args[5]) == 0)
    return Outcome::Fail(EINVAL);
  if (call.args[0] % 4 != 0) return Outcome::Fail(EINVAL);
  ErrnoOr<uint32_t> word = call.memory->ReadValue<uint32_t>(call.Addr(0));
  if (!word.ok()) return Outcome::Fail(word.error());
  if (*word != static_cast<uint32_t>(call.args[2])) {
    return call.resumed() ? Outcome::Value(0) : Outcome::Fail(EAGAIN);
  }
  Nanos deadline;
  if (command == FUTEX_WAIT) {
    deadline = DeadlineOf(call, *timeout);
  } else if (operation & FUTEX_CLOCK_REALTIME) {
    deadline = timeout->length - world.RealtimeOffset();
  } else {
    deadline = timeout->length;
  }
  if (call.kernel->now() >= deadline) return Outcome::Fail(ETIMEDOUT);
  return Outcome::Park(deadline, AfterSignal::kRestart);
}

}  // namespace quiesce
