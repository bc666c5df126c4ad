// nanosleep(2) and clock_nanosleep(2) (kernel/time/posix-timers.c).
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

// If a signal ends the sleep, nobody asks us for what is left of it: so it
// stands at `rest` while the call is parked, and what was there comes back when
// it is over. `rest` may be where the time to sleep was.
Outcome SleepUntil(Call& call, Nanos deadline,
                   GuestAddr rest = GuestAddr::kNull) {
  if (call.kernel->now() >= deadline) {
    if (call.held != nullptr) {
      call.memory->WriteValue(rest,
                              *std::static_pointer_cast<timespec>(call.held));
    }
    return Outcome::Value(0);
  }
  if (rest != GuestAddr::kNull && !call.resumed()) {
    ErrnoOr<timespec> before = call.memory->ReadValue<timespec>(rest);
    if (before.ok()) {
      call.held = std::make_shared<timespec>(*before);
      call.on_clock = [&call, deadline, rest] {
        const Nanos left = std::max<Nanos>(0, deadline - call.kernel->now());
        call.memory->WriteValue(rest, ToTimespec(left));
      };
      call.on_clock();
    }
  }
  return Outcome::Park(deadline);
}

// A sleep for some time; what was asked for is read once.
Outcome SleepFor(Call& call, GuestAddr request, GuestAddr rest) {
  if (call.resumed()) {
    return SleepUntil(call, static_cast<Nanos>(call.scratch), rest);
  }
  if (request == GuestAddr::kNull) return Outcome::Fail(EFAULT);
  ErrnoOr<Timeout> timeout = ReadTimespec(call, request);
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  const Nanos deadline = DeadlineOf(call, *timeout);
  call.scratch = static_cast<uint64_t>(deadline);
  return SleepUntil(call, deadline, rest);
}

}  // namespace

Outcome SysNanosleep(Call& call) {
  if (!call.kernel->world().VirtualTime()) return Outcome::Native();
  return SleepFor(call, call.Addr(0), call.Addr(1));
}

Outcome SysClockNanosleep(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  Nanos offset;
  switch (call.Int(0)) {
    case CLOCK_REALTIME:
    case CLOCK_TAI:
    case CLOCK_REALTIME_ALARM:
      offset = call.kernel->realtime_offset();
      break;
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      offset = 0;
      break;
    default:
      return Outcome::Native();  // a CPU clock, or the errno for a wrong one
  }
  if (!(call.Int(1) & TIMER_ABSTIME)) {
    return SleepFor(call, call.Addr(2), call.Addr(3));
  }
  if (call.Addr(2) == GuestAddr::kNull) return Outcome::Fail(EFAULT);
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(2));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  return SleepUntil(call, timeout->length - offset);
}

}  // namespace quiesce
