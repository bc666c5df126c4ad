// Reading clocks by system call; the vDSO's way is in notifier/guest/vdso.
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "notifier/guest/vdso.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/time_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

// Not the world's: a node that spins may be ahead of it.
Nanos NowOf(const Call& call) { return call.kernel->now(); }

Nanos CpuTime(const Call& call) { return CpuTimeAt(NowOf(call)); }

}  // namespace

Outcome SysClockGettime(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  const int clock = call.Int(0);
  Nanos now;
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      now = NowOf(call) + call.kernel->realtime_offset();
      break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      now = NowOf(call);
      break;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
      now = CpuTime(call);
      break;
    default:
      // Negative: another process's or thread's CPU clock, or a device's.
      if (clock >= 0) return Outcome::Fail(EINVAL);
      now = CpuTime(call);
  }
  if (int error = call.memory->WriteValue(call.Addr(1), ToTimespec(now))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysGettimeofday(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  const Nanos now = NowOf(call) + call.kernel->realtime_offset();
  if (call.Addr(0) != GuestAddr::kNull) {
    const timeval value{now / kSecond, now % kSecond / 1000};
    if (int error = call.memory->WriteValue(call.Addr(0), value)) {
      return Outcome::Fail(error);
    }
  }
  if (call.Addr(1) != GuestAddr::kNull) {
    if (int error = call.memory->WriteValue(call.Addr(1), uint64_t{0})) {
      return Outcome::Fail(error);
    }
  }
  return Outcome::Value(0);
}

Outcome SysTime(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  const int64_t now = (NowOf(call) + call.kernel->realtime_offset()) / kSecond;
  if (call.Addr(0) != GuestAddr::kNull) {
    if (int error = call.memory->WriteValue(call.Addr(0), now)) {
      return Outcome::Fail(error);
    }
  }
  return Outcome::Value(now);
}

Outcome SysTimes(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  constexpr Nanos kClockTick = 10 * kMillisecond;  // USER_HZ is 100
  if (call.Addr(0) != GuestAddr::kNull) {
    tms value{};
    value.tms_utime = CpuTime(call) / kClockTick;
    if (int error = call.memory->WriteValue(call.Addr(0), value)) {
      return Outcome::Fail(error);
    }
  }
  return Outcome::Value(NowOf(call) / kClockTick);
}

Outcome SysGetrusage(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  const int who = call.Int(0);
  if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD) {
    return Outcome::Fail(EINVAL);
  }
  rusage value{};
  if (who != RUSAGE_CHILDREN) {
    const Nanos cpu = CpuTime(call);
    value.ru_utime = {cpu / kSecond, cpu % kSecond / 1000};
  }
  if (int error = call.memory->WriteValue(call.Addr(1), value)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysSysinfo(Call& call) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  // A machine of 4 GiB, half of it free, as old as the clock says.
  struct sysinfo value {};
  value.uptime = NowOf(call) / kSecond;
  value.totalram = 4ul << 30;
  value.freeram = 2ul << 30;
  value.procs = 1;
  value.mem_unit = 1;
  if (int error = call.memory->WriteValue(call.Addr(0), value)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysGetrandom(Call& call) {
  if (!call.kernel->world().VirtualTime()) return Outcome::Native();
  constexpr uint64_t kMost = 1 << 20;  // a short count is allowed beyond 256
  if (static_cast<uint32_t>(call.args[2]) > 7) return Outcome::Fail(EINVAL);
  const uint64_t size = std::min(call.args[1], kMost);
  const std::string bytes = call.kernel->RandomBytes(size);
  if (int error = call.memory->Write(call.Addr(0), bytes.data(), size)) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(size);
}

}  // namespace quiesce
