#include "notifier/syscalls/wait_util.h"

#include <algorithm>
#include <cerrno>

#include "absl/container/inlined_vector.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/readiness.h"

namespace quiesce {

Nanos ToNanos(const timespec& t) {
  if (t.tv_sec >= kNever / kSecond) return kNever;
  return t.tv_sec * kSecond + t.tv_nsec;
}

timespec ToTimespec(Nanos t) { return {t / kSecond, t % kSecond}; }

ErrnoOr<Timeout> ReadTimespec(Call& call, GuestAddr address) {
  if (address == GuestAddr::kNull) return Timeout{true, 0};
  ErrnoOr<timespec> t = call.memory->ReadValue<timespec>(address);
  if (!t.ok()) return Errno(t.error());
  return JudgeTimespec(*t);
}

ErrnoOr<Timeout> JudgeTimespec(const timespec& time) {
  if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= kSecond) {
    return Errno(EINVAL);
  }
  return Timeout{false, ToNanos(time)};
}

ErrnoOr<Timeout> ReadTimeval(Call& call, GuestAddr address) {
  if (address == GuestAddr::kNull) return Timeout{true, 0};
  ErrnoOr<timeval> t = call.memory->ReadValue<timeval>(address);
  if (!t.ok()) return Errno(t.error());
  // fs/select.c:kern_select folds whole seconds out of tv_usec.
  const int64_t sec = t->tv_sec + t->tv_usec / 1'000'000;
  const int64_t usec = t->tv_usec % 1'000'000;
  if (sec < 0 || usec < 0) return Errno(EINVAL);
  return Timeout{false, ToNanos({sec, usec * 1000})};
}

Timeout FromMilliseconds(int milliseconds) {
  if (milliseconds < 0) return {true, 0};
  return {false, milliseconds * kMillisecond};
}

Nanos DeadlineOf(const Call& call, const Timeout& timeout) {
  return timeout.forever ? kNever : SaturatingAdd(call.started, timeout.length);
}

bool IsTimedWait(const Call& call, const Timeout& timeout) {
  return call.kernel->world().VirtualTime() && !timeout.forever &&
         timeout.length > 0;
}

timespec RestOf(const Call& call, const Timeout& timeout) {
  return ToTimespec(
      std::max<Nanos>(0, DeadlineOf(call, timeout) - call.kernel->now()));
}

Outcome WithRest(Call& call, const Timeout& timeout, GuestAddr address,
                 Nanos unit, Outcome outcome) {
  if (outcome.kind() != Outcome::Kind::kValue || address == GuestAddr::kNull) {
    return outcome;
  }
  timespec rest = RestOf(call, timeout);
  rest.tv_nsec /= unit;
  // The kernel ignores a fault here too.
  call.memory->WriteValue(address, rest);
  return outcome;
}

int PollGuest(Call& call, absl::Span<pollfd> fds) {
  absl::InlinedVector<UniqueFd, kFewFds> duplicates(fds.size());
  absl::InlinedVector<pollfd, kFewFds> ours(fds.begin(), fds.end());
  bool correct = call.kernel->corrects_readiness();
  for (size_t i = 0; i < fds.size(); ++i) {
    ours[i].revents = 0;
    correct |= (fds[i].events & POLLWRBAND) != 0;
    if (fds[i].fd < 0) continue;
    ErrnoOr<UniqueFd> duplicate = call.files->Duplicate(fds[i].fd);
    if (duplicate.ok()) {
      duplicates[i] = std::move(*duplicate);
      ours[i].fd = duplicates[i].get();
    } else {
      ours[i].fd = -1;
    }
  }
  while (poll(ours.data(), ours.size(), 0) < 0 && errno == EINTR) {
  }
  int ready = 0;
  for (size_t i = 0; i < fds.size(); ++i) {
    fds[i].revents = ours[i].revents;
    if (fds[i].fd >= 0 && !duplicates[i].valid()) fds[i].revents = POLLNVAL;
    if (correct && duplicates[i].valid()) {
      fds[i].revents = ReadinessOf(*call.kernel, duplicates[i].get(),
                                   fds[i].events, fds[i].revents);
    }
    ready += fds[i].revents != 0;
  }
  return call.kernel->signal_fds() ? AddSignalFds(call, ready, fds) : ready;
}

bool SignalWaits(Call& call, GuestAddr mask) {
  if (mask == GuestAddr::kNull) return false;  // it would have interrupted us
  if (!call.kernel->signals()) return false;
  const uint64_t pending = PendingSignals(call.tid);
  if (pending == 0) return false;
  ErrnoOr<uint64_t> blocked = call.memory->ReadValue<uint64_t>(mask);
  return blocked.ok() && (pending & ~*blocked) != 0;
}

}  // namespace quiesce
