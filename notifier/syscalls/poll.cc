// poll(2) and ppoll(2) (fs/select.c:do_sys_poll).
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/readiness.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

// No guest may hold more descriptors than the host allows a process.
constexpr uint64_t kMostFds = 1 << 20;

Outcome Poll(Call& call, const Timeout& timeout, GuestAddr mask) {
  const GuestAddr address = call.Addr(0);
  const uint64_t count = static_cast<uint32_t>(call.args[1]);
  // The kernel knows by itself what is wrong with a wait that may be its own.
  const bool timed = IsTimedWait(call, timeout);
  if (count > kMostFds)
    return timed ? Outcome::Fail(EINVAL) : Outcome::Native();
  std::vector<pollfd> fds(count);
  if (int error =
          call.memory->Read(address, fds.data(), count * sizeof(pollfd))) {
    return timed ? Outcome::Fail(error) : Outcome::Native();
  }
  short asked = 0;
  for (const pollfd& entry : fds) asked |= entry.events;
  if (!IsOurWait(call, timeout, asked)) return Outcome::Native();
  const int ready = PollGuest(call, fds);
  const Nanos deadline = DeadlineOf(call, timeout);
  if (ready == 0 && call.kernel->now() < deadline) {
    return ParkWait(call, deadline, mask, fds);
  }
  // The other fields go back as they came.
  if (int error =
          call.memory->Write(address, fds.data(), count * sizeof(pollfd))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(ready);
}

}  // namespace

Outcome SysPoll(Call& call) {
  return Poll(call, FromMilliseconds(call.Int(2)), GuestAddr::kNull);
}

Outcome SysPpoll(Call& call) {
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(2));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  return WithRest(call, *timeout, call.Addr(2), 1,
                  Poll(call, *timeout, call.Addr(3)));
}

}  // namespace quiesce
