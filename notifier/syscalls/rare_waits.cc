// Waits with a timeout that few programs use: POSIX message queues, several
// futexes at once, System V semaphores.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <time.h>

#include <cerrno>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

constexpr uint32_t kMostFutexes = 128;  // FUTEX_WAITV_MAX

// ipc/mqueue.c:do_mq_timedreceive and do_mq_timedsend. The time is a point of
// CLOCK_REALTIME; who need not wait is not asked for it.
Outcome OnQueue(Call& call, short events) {
  World& world = call.kernel->world();
  if (!world.VirtualTime()) return Outcome::Native();
  ErrnoOr<Timeout> until = ReadTimespec(call, call.Addr(4));
  if (!until.ok()) return Outcome::Fail(until.error());
  if (until->forever) return Outcome::Native();
  pollfd queue{call.Int(0), events, 0};
  if (PollGuest(call, absl::MakeSpan(&queue, 1)) > 0) return Outcome::Native();
  ErrnoOr<UniqueFd> file = call.files->Duplicate(call.Int(0));
  if (!file.ok() || (fcntl(file->get(), F_GETFL) & O_NONBLOCK)) {
    return Outcome::Native();
  }
  const Nanos deadline = until->length - call.kernel->realtime_offset();
  if (call.kernel->now() >= deadline) return Outcome::Fail(ETIMEDOUT);
  return Outcome::Park(deadline);
}

}  // namespace

Outcome SysMqTimedreceive(Call& call) { return OnQueue(call, POLLIN); }
Outcome SysMqTimedsend(Call& call) { return OnQueue(call, POLLOUT); }

// kernel/futex/syscalls.c:futex_waitv. As with one futex, the words tell who
// has been woken.
Outcome SysFutexWaitv(Call& call) {
  World& world = call.kernel->world();
  const uint32_t count = call.args[1];
  const int clock = call.Int(4);
  if (!world.VirtualTime() || call.Addr(3) == GuestAddr::kNull || count == 0 ||
      count > kMostFutexes ||
      (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)) {
    return Outcome::Native();
  }
  ErrnoOr<Timeout> until = ReadTimespec(call, call.Addr(3));
  if (!until.ok()) return Outcome::Fail(until.error());
  for (uint32_t i = 0; i < count; ++i) {
    ErrnoOr<futex_waitv> waiter = call.memory->ReadValue<futex_waitv>(
        call.Addr(0) + i * sizeof(futex_waitv));
    if (!waiter.ok()) return Outcome::Fail(waiter.error());
    if ((waiter->flags & ~FUTEX_PRIVATE_FLAG) != FUTEX_32 ||
        waiter->__reserved != 0 || waiter->uaddr % 4 != 0) {
      return Outcome::Fail(EINVAL);
    }
    ErrnoOr<uint32_t> word =
        call.memory->ReadValue<uint32_t>(static_cast<GuestAddr>(waiter->uaddr));
    if (!word.ok()) return Outcome::Fail(word.error());
    if (*word != static_cast<uint32_t>(waiter->val)) {
      return call.resumed() ? Outcome::Value(i) : Outcome::Fail(EAGAIN);
    }
  }
  const Nanos deadline =
      until->length -
      (clock == CLOCK_REALTIME ? call.kernel->realtime_offset() : 0);
  if (call.kernel->now() >= deadline) return Outcome::Fail(ETIMEDOUT);
  return Outcome::Park(deadline);
}

// Nobody outside can tell whether a set of semaphores would let it pass.
Outcome SysSemtimedop(Call&) { return Outcome::Native(); }

}  // namespace quiesce
