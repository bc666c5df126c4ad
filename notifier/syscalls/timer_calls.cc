// timerfd, POSIX timers, setitimer and alarm: all set entries of GuestTimers.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/guest_timers.h"
#include "notifier/syscalls/time_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

bool Virtual(Call& call) { return call.kernel->world().VirtualTime(); }

bool KnownClock(int clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
      return true;
    default:
      return false;
  }
}

Nanos OffsetOf(Call& call, int clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_TAI ||
                 clock == CLOCK_REALTIME_ALARM
             ? call.kernel->realtime_offset()
             : 0;
}

bool ValidTime(const timespec& t) {
  return t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < kSecond;
}

itimerspec Show(Call& call, const TimerSetting& setting) {
  itimerspec shown{};
  if (setting.next == kNever) return shown;
  shown.it_interval = ToTimespec(setting.interval);
  // An armed timer never shows 0 (timerfd_get_remaining aside, as POSIX).
  shown.it_value =
      ToTimespec(std::max<Nanos>(1, setting.next - call.kernel->now()));
  return shown;
}

// Common to timerfd_settime and timer_settime: (.., flags, new, old) at args
// 1, 2, 3.
Outcome SetTime(Call& call, int clock, TimerSetting* setting) {
  constexpr int kAbsolute = TFD_TIMER_ABSTIME;  // == TIMER_ABSTIME
  ErrnoOr<itimerspec> wanted = call.memory->ReadValue<itimerspec>(call.Addr(2));
  if (!wanted.ok()) return Outcome::Fail(wanted.error());
  if (!ValidTime(wanted->it_value) || !ValidTime(wanted->it_interval)) {
    return Outcome::Fail(EINVAL);
  }
  if (call.Addr(3) != GuestAddr::kNull) {
    if (int error =
            call.memory->WriteValue(call.Addr(3), Show(call, *setting))) {
      return Outcome::Fail(error);
    }
  }
  const Nanos value = ToNanos(wanted->it_value);
  *setting = TimerSetting{};
  if (value != 0) {
    setting->interval = ToNanos(wanted->it_interval);
    setting->next = call.Int(1) & kAbsolute
                        ? value - OffsetOf(call, clock)
                        : SaturatingAdd(call.kernel->now(), value);
  }
  return Outcome::Value(0);
}

// The kernel's number of an eventfd, from /proc/self/fdinfo.
ErrnoOr<uint64_t> EventfdId(int fd) {
  char text[512];
  UniqueFd info(open(absl::StrCat("/proc/self/fdinfo/", fd).c_str(),
                     O_RDONLY | O_CLOEXEC));
  const ssize_t size = read(info.get(), text, sizeof(text) - 1);
  if (size <= 0) return Errno(EBADF);
  text[size] = '\0';
  constexpr char kField[] = "eventfd-id:";
  const char* found = std::strstr(text, kField);
  if (found == nullptr) return Errno(EINVAL);
  return std::strtoull(found + sizeof(kField) - 1, nullptr, 10);
}

ErrnoOr<GuestTimers::Timerfd*> FindTimerfd(Call& call) {
  ErrnoOr<UniqueFd> file = call.files->Duplicate(call.Int(0));
  if (!file.ok()) return Errno(file.error());
  ErrnoOr<uint64_t> id = EventfdId(file->get());
  if (!id.ok()) return Errno(EINVAL);
  auto& timerfds = GuestTimers::Of(*call.kernel).timerfds;
  auto it = timerfds.find(*id);
  if (it == timerfds.end()) return Errno(EINVAL);
  return &it->second;
}

// The thread whose number in the guest's own pid namespace is `guest_tid`.
pid_t HostThread(pid_t tgid, pid_t guest_tid) {
  const std::string tasks = absl::StrCat("/proc/", tgid, "/task");
  DIR* directory = opendir(tasks.c_str());
  if (directory == nullptr) return -1;
  pid_t found = -1;
  while (const dirent* entry = readdir(directory)) {
    const pid_t thread = std::atoi(entry->d_name);
    if (thread > 0 && InnermostPid(thread) == guest_tid) found = thread;
  }
  closedir(directory);
  return found;
}

GuestTimers::PosixTimer* FindPosix(Call& call) {
  auto& timers = GuestTimers::Of(*call.kernel).posix;
  auto it = timers.find({call.tgid, call.Int(0)});
  return it == timers.end() ? nullptr : &it->second;
}

}  // namespace

Outcome SysTimerfdCreate(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  const int flags = call.Int(1);
  if (!KnownClock(call.Int(0)) || call.Int(0) == CLOCK_TAI ||
      (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK))) {
    return Outcome::Fail(EINVAL);
  }
  UniqueFd ours(
      eventfd(0, EFD_CLOEXEC | (flags & TFD_NONBLOCK ? EFD_NONBLOCK : 0)));
  if (!ours.valid()) return Outcome::Fail(errno);
  ErrnoOr<uint64_t> id = EventfdId(ours.get());
  if (!id.ok()) return Outcome::Fail(ENOMEM);
  UniqueFd guests(dup(ours.get()));
  GuestTimers& timers = GuestTimers::Of(*call.kernel);
  timers.timerfds[*id] = {call.Int(0), std::move(ours), {}};
  return Outcome::Install(std::move(guests), flags & TFD_CLOEXEC,
                          [&timers, id = *id](bool held) {
                            if (!held) timers.timerfds.erase(id);
                          });
}

Outcome SysTimerfdSettime(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  if (call.Int(1) & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) {
    return Outcome::Fail(EINVAL);
  }
  ErrnoOr<GuestTimers::Timerfd*> timer = FindTimerfd(call);
  if (!timer.ok()) return Outcome::Fail(timer.error());
  Outcome outcome = SetTime(call, (*timer)->clock, &(*timer)->setting);
  if (outcome.kind() == Outcome::Kind::kValue) {
    // Setting it forgets what has expired (timerfd_setup: ticks = 0).
    uint64_t old;
    const int flags = fcntl((*timer)->eventfd.get(), F_GETFL);
    fcntl((*timer)->eventfd.get(), F_SETFL, flags | O_NONBLOCK);
    [[maybe_unused]] ssize_t drained =
        read((*timer)->eventfd.get(), &old, sizeof(old));
    fcntl((*timer)->eventfd.get(), F_SETFL, flags);
  }
  return outcome;
}

Outcome SysTimerfdGettime(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  ErrnoOr<GuestTimers::Timerfd*> timer = FindTimerfd(call);
  if (!timer.ok()) return Outcome::Fail(timer.error());
  if (int error = call.memory->WriteValue(call.Addr(1),
                                          Show(call, (*timer)->setting))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysTimerCreate(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  const int clock = call.Int(0);
  if (!KnownClock(clock)) {
    if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID ||
        clock < 0) {
      return Outcome::Native();
    }
    return Outcome::Fail(EINVAL);
  }
  GuestTimers::PosixTimer timer{clock, SIGEV_SIGNAL, SIGALRM, 0, 0, {}};
  GuestTimers& timers = GuestTimers::Of(*call.kernel);
  int id = 0;
  while (timers.posix.count({call.tgid, id})) ++id;
  timer.value = id;
  if (call.Addr(1) != GuestAddr::kNull) {
    struct Event {  // struct sigevent, as the kernel reads it
      uint64_t value;
      int32_t signal;
      int32_t notify;
      int32_t thread;
    };
    ErrnoOr<Event> event = call.memory->ReadValue<Event>(call.Addr(1));
    if (!event.ok()) return Outcome::Fail(event.error());
    timer.notify = event->notify;
    timer.signal = event->signal;
    timer.value = event->value;
    switch (event->notify) {
      case SIGEV_NONE:
        break;
      case SIGEV_THREAD_ID:
        timer.thread = HostThread(call.tgid, event->thread);
        if (timer.thread < 0) return Outcome::Fail(EINVAL);
        [[fallthrough]];
      case SIGEV_SIGNAL:
      case SIGEV_THREAD:
        if (timer.signal <= 0 || timer.signal > 64) {
          return Outcome::Fail(EINVAL);
        }
        break;
      default:
        return Outcome::Fail(EINVAL);
    }
  }
  if (int error = call.memory->WriteValue(call.Addr(2), int32_t{id})) {
    return Outcome::Fail(error);
  }
  timers.posix[{call.tgid, id}] = timer;
  return Outcome::Value(0);
}

Outcome SysTimerSettime(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  GuestTimers::PosixTimer* timer = FindPosix(call);
  if (timer == nullptr) return Outcome::Fail(EINVAL);
  timer->overrun = 0;
  return SetTime(call, timer->clock, &timer->setting);
}

Outcome SysTimerGettime(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  GuestTimers::PosixTimer* timer = FindPosix(call);
  if (timer == nullptr) return Outcome::Fail(EINVAL);
  if (int error =
          call.memory->WriteValue(call.Addr(1), Show(call, timer->setting))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysTimerGetoverrun(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  GuestTimers::PosixTimer* timer = FindPosix(call);
  if (timer == nullptr) return Outcome::Fail(EINVAL);
  return Outcome::Value(timer->overrun);
}

Outcome SysTimerDelete(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  if (GuestTimers::Of(*call.kernel).posix.erase({call.tgid, call.Int(0)}) == 0)
    return Outcome::Fail(EINVAL);
  return Outcome::Value(0);
}

namespace {

timeval ToTimeval(Nanos t) { return {t / kSecond, t % kSecond / 1000}; }

itimerval ShowReal(Call& call, const TimerSetting& setting) {
  const itimerspec shown = Show(call, setting);
  itimerval value{ToTimeval(ToNanos(shown.it_interval)),
                  ToTimeval(ToNanos(shown.it_value))};
  if (setting.next != kNever && value.it_value.tv_sec == 0 &&
      value.it_value.tv_usec == 0) {
    value.it_value.tv_usec = 1;  // armed never shows as disarmed
  }
  return value;
}

}  // namespace

Outcome SysSetitimer(Call& call) {
  if (!Virtual(call) || call.Int(0) != ITIMER_REAL) return Outcome::Native();
  itimerval wanted{};
  if (call.Addr(1) != GuestAddr::kNull) {
    ErrnoOr<itimerval> read = call.memory->ReadValue<itimerval>(call.Addr(1));
    if (!read.ok()) return Outcome::Fail(read.error());
    wanted = *read;
    for (const timeval& t : {wanted.it_value, wanted.it_interval}) {
      if (t.tv_sec < 0 || t.tv_usec < 0 || t.tv_usec >= 1'000'000) {
        return Outcome::Fail(EINVAL);
      }
    }
  }
  TimerSetting& setting = GuestTimers::Of(*call.kernel).real[call.tgid];
  const itimerval old = ShowReal(call, setting);
  const auto nanos = [](const timeval& t) {
    return ToNanos({t.tv_sec, t.tv_usec * 1000});
  };
  setting = TimerSetting{};
  if (nanos(wanted.it_value) != 0) {
    setting.next = SaturatingAdd(call.kernel->now(), nanos(wanted.it_value));
    setting.interval = nanos(wanted.it_interval);
  }
  if (call.Addr(2) != GuestAddr::kNull) {
    if (int error = call.memory->WriteValue(call.Addr(2), old)) {
      return Outcome::Fail(error);
    }
  }
  return Outcome::Value(0);
}

Outcome SysGetitimer(Call& call) {
  if (!Virtual(call) || call.Int(0) != ITIMER_REAL) return Outcome::Native();
  const TimerSetting& setting = GuestTimers::Of(*call.kernel).real[call.tgid];
  if (int error =
          call.memory->WriteValue(call.Addr(1), ShowReal(call, setting))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysAlarm(Call& call) {
  if (!Virtual(call)) return Outcome::Native();
  TimerSetting& setting = GuestTimers::Of(*call.kernel).real[call.tgid];
  Nanos left = 0;
  if (setting.next != kNever) left = setting.next - call.kernel->now();
  setting = TimerSetting{};
  if (const uint32_t seconds = static_cast<uint32_t>(call.args[0])) {
    setting.next = SaturatingAdd(call.kernel->now(), seconds * kSecond);
  }
  // alarm_setitimer: rounded to the nearest second, but never to 0.
  const int64_t seconds = (left + kSecond / 2) / kSecond;
  return Outcome::Value(left > 0 ? std::max<int64_t>(1, seconds) : 0);
}

}  // namespace quiesce
