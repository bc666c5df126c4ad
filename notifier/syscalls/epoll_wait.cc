// epoll_wait(2) and its relatives (fs/eventpoll.c:do_epoll_wait).
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/readiness.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

// EP_MAX_EVENTS
constexpr int kMostEvents = INT32_MAX / sizeof(epoll_event);
constexpr int kBatch = 4096;
// Turns in which nothing was taken that is to be shown.
constexpr int kMostLooks = 64;

Outcome EpollWait(Call& call, const Timeout& timeout, GuestAddr mask) {
  if (!IsOurWait(call, timeout)) return Outcome::Native();
  const int most = call.Int(2);
  if (most <= 0 || most > kMostEvents) return Outcome::Fail(EINVAL);
  ErrnoOr<UniqueFd> set = call.files->Duplicate(call.Int(0));
  if (!set.ok()) return Outcome::Fail(set.error());
  // Taking events here is what the guest's own call would do: edges and
  // one-shots are used up by it.
  std::vector<epoll_event> events(std::min(most, kBatch));
  int ready = 0;
  for (int i = 0; i < kMostLooks; ++i) {
    const int taken = epoll_wait(set->get(), events.data(), events.size(), 0);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return Outcome::Fail(errno);
    ready = taken;
    if (!call.kernel->corrects_readiness()) break;
    ready = CorrectEvents(call, call.Int(0), taken, events.data());
    // What is to be shown may lie behind what is not.
    if (ready > 0 || taken < static_cast<int>(events.size())) break;
  }
  if (call.kernel->signal_fds()) {
    ready = AddSignalFds(call, call.Int(0), ready,
                         static_cast<int>(events.size()), events.data());
  }
  const Nanos deadline = DeadlineOf(call, timeout);
  if (ready == 0 && call.kernel->now() < deadline) {
    return ParkWait(call, deadline, mask, {{call.Int(0), 0, 0}});
  }
  if (int error = call.memory->Write(call.Addr(1), events.data(),
                                     ready * sizeof(epoll_event))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(ready);
}

}  // namespace

Outcome SysEpollWait(Call& call) {
  return EpollWait(call, FromMilliseconds(call.Int(3)), GuestAddr::kNull);
}

Outcome SysEpollPwait(Call& call) {
  return EpollWait(call, FromMilliseconds(call.Int(3)), call.Addr(4));
}

Outcome SysEpollPwait2(Call& call) {
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(3));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  return EpollWait(call, *timeout, call.Addr(4));
}

}  // namespace quiesce
