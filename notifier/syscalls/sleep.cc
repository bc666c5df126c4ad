// nanosleep(2) and clock_nanosleep(2) (kernel/time/posix-timers.c).
#include <time.h>

#include <cerrno>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

Outcome SleepUntil(Call& call, Nanos deadline) {
  if (call.kernel->now() >= deadline) return Outcome::Value(0);
  return Outcome::Park(deadline, AfterSignal::kEintr);
}

}  // namespace

Outcome SysNanosleep(Call& call) {
  if (!call.kernel->world().VirtualTime()) return Outcome::Native();
  if (call.Addr(0) == GuestAddr::kNull) return Outcome::Fail(EFAULT);
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(0));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  return SleepUntil(call, DeadlineOf(call, *timeout));
}

Outcome SysClockNanosleep(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  Nanos offset;
  switch (call.Int(0)) {
    case CLOCK_REALTIME:
    case CLOCK_TAI:
    case CLOCK_REALTIME_ALARM:
      offset = world.RealtimeOffset();
      break;
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      offset = 0;
      break;
    default:
      return Outcome::Native();  // a CPU clock, or the errno for a wrong one
  }
  if (call.Addr(2) == GuestAddr::kNull) return Outcome::Fail(EFAULT);
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(2));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  if (call.Int(1) & TIMER_ABSTIME) {
    return SleepUntil(call, timeout->length - offset);
  }
  return SleepUntil(call, DeadlineOf(call, *timeout));
}

}  // namespace quiesce
