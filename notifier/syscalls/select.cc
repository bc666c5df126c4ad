// select(2) and pselect6(2) (fs/select.c:core_sys_select).
#include <sys/select.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/readiness.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

constexpr short kReadSet =
    POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR | POLLNVAL;
constexpr short kWriteSet = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
constexpr short kExceptSet = POLLPRI | POLLNVAL;
constexpr short kSets[3] = {kReadSet, kWriteSet, kExceptSet};
constexpr short kAsked[3] = {POLLIN, POLLOUT, POLLPRI};
constexpr int kMostFds = 1 << 20;

Outcome Select(Call& call, const Timeout& timeout, GuestAddr mask) {
  const short odd = call.Addr(3) == GuestAddr::kNull ? 0 : POLLPRI;
  if (!IsOurWait(call, timeout, odd)) return Outcome::Native();
  const int n = call.Int(0);
  if (n < 0) return Outcome::Fail(EINVAL);
  const size_t words = (std::min(n, kMostFds) + 63) / 64;
  std::vector<uint64_t> sets[3];
  for (int s = 0; s < 3; ++s) {
    sets[s].assign(words, 0);
    if (call.Addr(1 + s) == GuestAddr::kNull) continue;
    if (int error =
            call.memory->Read(call.Addr(1 + s), sets[s].data(), words * 8)) {
      return Outcome::Fail(error);
    }
  }
  const auto has = [](const std::vector<uint64_t>& set, int fd) {
    return (set[fd / 64] >> (fd % 64)) & 1;
  };
  std::vector<pollfd> fds;
  for (int fd = 0; fd < n && fd < static_cast<int>(words) * 64; ++fd) {
    short events = 0;
    for (int s = 0; s < 3; ++s) {
      if (has(sets[s], fd)) events |= kAsked[s];
    }
    if (events != 0) fds.push_back({fd, events, 0});
  }
  PollGuest(call, absl::MakeSpan(fds));
  std::vector<uint64_t> results[3];
  for (auto& result : results) result.assign(words, 0);
  int ready = 0;
  for (const pollfd& p : fds) {
    if (p.revents & POLLNVAL) return Outcome::Fail(EBADF);
    for (int s = 0; s < 3; ++s) {
      if (has(sets[s], p.fd) && (p.revents & kSets[s])) {
        results[s][p.fd / 64] |= 1ull << (p.fd % 64);
        ++ready;
      }
    }
  }
  const Nanos deadline = DeadlineOf(call, timeout);
  if (ready == 0 && call.kernel->now() < deadline) {
    return ParkWait(call, deadline, mask, fds);
  }
  for (int s = 0; s < 3; ++s) {
    if (call.Addr(1 + s) == GuestAddr::kNull) continue;
    if (int error = call.memory->Write(call.Addr(1 + s), results[s].data(),
                                       words * 8)) {
      return Outcome::Fail(error);
    }
  }
  return Outcome::Value(ready);
}

}  // namespace

Outcome SysSelect(Call& call) {
  // The remainder is written back where the timeout came from: remember it.
  ErrnoOr<Timeout> timeout = ReadTimeval(call, call.Addr(4));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  return WithRest(call, *timeout, call.Addr(4), kMicrosecond,
                  Select(call, *timeout, GuestAddr::kNull));
}

Outcome SysPselect6(Call& call) {
  ErrnoOr<Timeout> timeout = ReadTimespec(call, call.Addr(4));
  if (!timeout.ok()) return Outcome::Fail(timeout.error());
  GuestAddr mask = GuestAddr::kNull;
  if (call.Addr(5) != GuestAddr::kNull) {
    // struct { const sigset_t *ss; size_t ss_len; }
    ErrnoOr<uint64_t> pointer = call.memory->ReadValue<uint64_t>(call.Addr(5));
    if (!pointer.ok()) return Outcome::Fail(pointer.error());
    mask = static_cast<GuestAddr>(*pointer);
  }
  return WithRest(call, *timeout, call.Addr(4), 1,
                  Select(call, *timeout, mask));
}

}  // namespace quiesce
