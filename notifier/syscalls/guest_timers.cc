#include "notifier/syscalls/guest_timers.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace quiesce {
namespace {

// Any number that is no IPPROTO.
constexpr int kGuestTimersProtocol = -1;

void Notify(pid_t process, int id, const GuestTimers::PosixTimer& timer,
            uint64_t count) {
  if (timer.notify == SIGEV_NONE) return;
  siginfo_t info;
  std::memset(&info, 0, sizeof(info));
  info.si_signo = timer.signal;
  info.si_code = SI_TIMER;
  info.si_timerid = id;
  info.si_overrun = static_cast<int>(count - 1);
  info.si_value.sival_ptr = reinterpret_cast<void*>(timer.value);
  if (timer.notify == SIGEV_THREAD_ID) {
    syscall(SYS_rt_tgsigqueueinfo, process, timer.thread, timer.signal, &info);
  } else {
    syscall(SYS_rt_sigqueueinfo, process, timer.signal, &info);
  }
}

}  // namespace

uint64_t TimerSetting::Expire(Nanos now) {
  if (next > now) return 0;
  if (interval == 0) {
    next = kNever;
    return 1;
  }
  const uint64_t times = (now - next) / interval + 1;
  next += times * interval;
  return times;
}

GuestTimers& GuestTimers::Of(NodeKernel& kernel) {
  if (kernel.protocol(kGuestTimersProtocol) == nullptr) {
    kernel.SetProtocol(kGuestTimersProtocol, std::make_unique<GuestTimers>());
  }
  kernel.ExpectSignals();
  return static_cast<GuestTimers&>(*kernel.protocol(kGuestTimersProtocol));
}

Nanos GuestTimers::next_timer() const {
  Nanos next = kNever;
  for (const auto& [id, t] : timerfds) next = std::min(next, t.setting.next);
  for (const auto& [id, t] : posix) next = std::min(next, t.setting.next);
  for (const auto& [process, t] : real) next = std::min(next, t.next);
  return next;
}

void GuestTimers::RunTimers(Nanos now) {
  for (auto& [id, timer] : timerfds) {
    if (const uint64_t times = timer.setting.Expire(now)) {
      // Fails only at 2^64 - 2 unread expirations.
      [[maybe_unused]] ssize_t written =
          write(timer.eventfd.get(), &times, sizeof(times));
    }
  }
  for (auto& [key, timer] : posix) {
    if (const uint64_t times = timer.setting.Expire(now)) {
      timer.overrun = static_cast<int>(times - 1);
      Notify(key.first, key.second, timer, times);
    }
  }
  for (auto it = real.begin(); it != real.end();) {
    if (it->second.Expire(now) > 0 && kill(it->first, SIGALRM) != 0) {
      it = real.erase(it);  // the process is gone
    } else {
      ++it;
    }
  }
}

}  // namespace quiesce
