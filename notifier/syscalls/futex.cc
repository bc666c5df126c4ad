// futex(2) waits with a timeout (kernel/futex/waitwake.c:futex_wait).
//
// The waiter is parked, not queued in the kernel, so a FUTEX_WAKE finds nobody
// there. What tells us is the word: every waker changes it before it wakes. And
// where one program runs alone, the wake itself is looked at; in networks,
// where that would cost too much, one without a change is missed until the
// timeout.
#include <linux/futex.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

Outcome Wake(Call& call, uint32_t bitset) {
  const int most = std::max(1, call.Int(2));
  const int woken =
      call.kernel->futex_waits().Wake(call.tgid, call.args[0], bitset, most);
  // Others may wait in the kernel.
  return woken == most ? Outcome::Value(woken) : Outcome::Native();
}

// kernel/futex/pi.c:futex_lock_pi, with a timeout. The lock is the kernel's to
// give; who waits here is not among those it knows of, so its owner opens it by
// the word alone, or hands it to one of those.
Outcome LockPi(Call& call, int command) {
  ErrnoOr<Timeout> until = ReadTimespec(call, call.Addr(3));
  if (!until.ok()) return Outcome::Fail(until.error());
  ErrnoOr<uint32_t> word = call.memory->ReadValue<uint32_t>(call.Addr(0));
  if (!word.ok() || (*word & FUTEX_TID_MASK) == 0) return Outcome::Native();
  const bool realtime =
      command == FUTEX_LOCK_PI || (call.Int(1) & FUTEX_CLOCK_REALTIME);
  const Nanos deadline =
      until->length - (realtime ? call.kernel->realtime_offset() : 0);
  if (call.kernel->now() >= deadline) return Outcome::Fail(ETIMEDOUT);
  return Outcome::Park(deadline);
}

// FUTEX_WAIT gives a length, FUTEX_WAIT_BITSET a point in time.
Nanos DeadlineOfWait(const Call& call, const Timeout& timeout) {
  const int operation = call.Int(1);
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT) {
    return DeadlineOf(call, timeout);
  }
  return operation & FUTEX_CLOCK_REALTIME
             ? timeout.length - call.kernel->realtime_offset()
             : timeout.length;
}

// A wait with a timeout whose word is as it was.
bool WaitsOn(Call& call) {
  const auto& wait = *static_cast<const FutexWaits::Wait*>(call.held.get());
  if (wait.woken) return false;
  const ErrnoOr<uint32_t> word = call.memory->ReadValue<uint32_t>(call.Addr(0));
  return word.ok() && *word == static_cast<uint32_t>(call.args[2]);
}

}  // namespace

Outcome SysFutex(Call& call) {
  World& world = call.kernel->world();
  const int operation = call.Int(1);
  const int command = operation & FUTEX_CMD_MASK;
  const bool any = command == FUTEX_WAIT || command == FUTEX_WAKE;
  const uint32_t bitset =
      any ? FUTEX_BITSET_MATCH_ANY : static_cast<uint32_t>(call.args[5]);
  if (world.VirtualTime() &&
      (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET)) {
    return Wake(call, bitset);
  }
  if (world.VirtualTime() && call.Addr(3) != GuestAddr::kNull &&
      (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2)) {
    return LockPi(call, command);
  }
  if (!world.VirtualTime() ||
      (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) ||
      call.Addr(3) == GuestAddr::kNull) {
    return Outcome::Native();
  }
  auto wait = std::static_pointer_cast<FutexWaits::Wait>(call.held);
  if (wait != nullptr && wait->woken) return Outcome::Value(0);
  if (!call.resumed()) {
    ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(3));
    if (!timeout.ok()) return Outcome::Fail(timeout.error());
    if (bitset == 0) return Outcome::Fail(EINVAL);
    if (call.args[0] % 4 != 0) return Outcome::Fail(EINVAL);
    call.scratch = DeadlineOfWait(call, *timeout);
  }
  ErrnoOr<uint32_t> word = call.memory->ReadValue<uint32_t>(call.Addr(0));
  if (!word.ok()) return Outcome::Fail(word.error());
  if (*word != static_cast<uint32_t>(call.args[2])) {
    return call.resumed() ? Outcome::Value(0) : Outcome::Fail(EAGAIN);
  }
  const Nanos deadline = static_cast<Nanos>(call.scratch);
  if (call.kernel->now() >= deadline) return Outcome::Fail(ETIMEDOUT);
  if (wait == nullptr) {
    call.held = call.kernel->futex_waits().Add(call.tgid, call.args[0], bitset);
    call.waits_on = WaitsOn;
  }
  return Outcome::Park(deadline);
}

}  // namespace quiesce
