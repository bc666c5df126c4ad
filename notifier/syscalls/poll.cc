// poll(2) and ppoll(2) (fs/select.c:do_sys_poll).
#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/syscalls/readiness.h"
#include "notifier/syscalls/wait_calls.h"
#include "notifier/syscalls/wait_util.h"

namespace quiesce {
namespace {

// No guest may hold more descriptors than the host allows a process.
constexpr uint64_t kMostFds = 1 << 20;

// What passes for who polls without waiting, again and again.
// So many polls without waiting at one instant take a millisecond, if they find
// nothing; so many do whatever they find: who keeps itself busy until another
// node says something (bgpd of FRR 8.4, which has deferred the choice of paths,
// until all neighbours have told theirs) would never hear of it.
constexpr int kManyPolls = 256;
constexpr int kTooManyPolls = 4096;
constexpr Nanos kTimeOfPolls = kMillisecond;

struct PollArguments : Call::Arguments {
  GuestAddr time = GuestAddr::kNull;  // where the rest of it is written
  Timeout timeout;
  GuestAddr mask = GuestAddr::kNull;
  absl::InlinedVector<pollfd, kFewFds> fds;
  short asked = 0;  // events of any of them
  Nanos not_before = 0;
  // What KnownReady() has just said to WaitsOn(), for the attempt that follows.
  mutable std::optional<bool> just_known;
};

// The array at `call`'s first argument into `arguments`, and with it the
// timespec at `time`, if any. 0 or an errno.
int ReadArray(Call& call, PollArguments& arguments, GuestAddr time,
              timespec* given) {
  const uint64_t count = static_cast<uint32_t>(call.args[1]);
  // More than there can be is judged after the timeout, which is read alone.
  if (count <= kMostFds) arguments.fds.resize(count);
  const ReadPiece pieces[] = {{time, given, sizeof(*given)},
                              {call.Addr(0), arguments.fds.data(),
                               arguments.fds.size() * sizeof(pollfd)}};
  return call.memory->ReadAll(
      absl::MakeSpan(pieces).subspan(time == GuestAddr::kNull ? 1 : 0));
}

// Whether the kernel may as well answer itself what needs no wait: not where it
// would see a placeholder and we see a socket.
bool KernelMayAnswer(Call& call, const PollArguments& arguments) {
  return call.kernel->continued_runs_first() &&
         !IsOurWait(call, {true, 0}, arguments.asked);
}

// Lets the kernel do what is ready. It waits no more, and does not write down
// what is left of the timeout (STICKY_TIMEOUTS), so that has to be there.
Outcome Continue(Call& call, const PollArguments& arguments) {
  if (arguments.time != GuestAddr::kNull &&
      call.kernel->now() != call.started) {
    call.memory->WriteValue(arguments.time, RestOf(call, arguments.timeout));
  }
  return Outcome::Native();
}

// Whether anything is ready, where that is known without duplicates.
std::optional<bool> KnownReady(Call& call, const PollArguments& arguments) {
  if (IsOurWait(call, {true, 0}, arguments.asked) ||
      call.kernel->signal_fds()) {
    return std::nullopt;
  }
  return call.kernel->poll_sets().AnyReady(
      call.tid, call.tgid, arguments.fds, [&call](int number) {
        ErrnoOr<UniqueFd> file = call.files->Duplicate(number);
        return file.ok() ? std::move(*file) : UniqueFd();
      });
}

bool WaitsOn(Call& call) {
  const auto& arguments = static_cast<const PollArguments&>(*call.arguments);
  if (call.kernel->now() < arguments.not_before) return true;
  if (arguments.mask != GuestAddr::kNull) return false;
  arguments.just_known = KnownReady(call, arguments);
  return arguments.just_known == false;
}

Outcome Poll(Call& call, const PollArguments& arguments) {
  if (call.kernel->now() < arguments.not_before) {
    return ParkWait(call, arguments.not_before, arguments.mask, {});
  }
  const Nanos deadline = DeadlineOf(call, arguments.timeout);
  const bool may_continue = KernelMayAnswer(call, arguments);
  std::optional<bool> known = std::exchange(arguments.just_known, {});
  if (!known.has_value()) known = KnownReady(call, arguments);
  if (may_continue && known == true) return Continue(call, arguments);
  int ready = 0;
  absl::InlinedVector<pollfd, kFewFds> fds = arguments.fds;
  if (known == false) {
    for (pollfd& entry : fds) entry.revents = 0;
  } else {
    ready = PollGuest(call, absl::MakeSpan(fds));
  }
  if (may_continue && ready > 0) return Continue(call, arguments);
  if (ready == 0 && call.kernel->now() < deadline) {
    return ParkWait(call, deadline, arguments.mask, fds);
  }
  // The other fields go back as they came.
  const WritePiece array{call.Addr(0), fds.data(), fds.size() * sizeof(pollfd)};
  const timespec rest = RestOf(call, arguments.timeout);
  if (arguments.time != GuestAddr::kNull &&
      call.memory->WriteAll({array, {arguments.time, &rest, sizeof(rest)}}) ==
          0) {
    return Outcome::Value(ready);
  }
  // A fault at the timeout is ignored (fs/select.c:poll_select_finish).
  const int error = call.memory->Write(array.to, array.from, array.size);
  return error != 0 ? Outcome::Fail(error) : Outcome::Value(ready);
}

// `time` is where a timespec is, or kNull: then the timeout is `timeout`.
Outcome FirstPoll(Call& call, GuestAddr time, Timeout timeout, GuestAddr mask) {
  PollArguments arguments;
  timespec given{};
  const int error = ReadArray(call, arguments, time, &given);
  if (time != GuestAddr::kNull) {
    ErrnoOr<Timeout> judged =
        error == 0 ? JudgeTimespec(given) : ReadTimespec(call, time);
    if (!judged.ok()) return Outcome::Fail(judged.error());
    timeout = *judged;
  }
  if (!timeout.forever && timeout.length == 0) {
    const int polls = call.kernel->PollsAtOnce(call.tid);
    if (polls > kManyPolls) {
      timeout.length = kTimeOfPolls;
      time = GuestAddr::kNull;  // nothing is left of a timeout of 0
    }
    if (polls > kTooManyPolls) {
      arguments.not_before = call.kernel->now() + kTimeOfPolls;
    }
  }
  // The kernel knows by itself what is wrong with a wait that may be its own.
  const bool timed = IsTimedWait(call, timeout);
  if (static_cast<uint32_t>(call.args[1]) > kMostFds) {
    return timed ? Outcome::Fail(EINVAL) : Outcome::Native();
  }
  if (error != 0) return timed ? Outcome::Fail(error) : Outcome::Native();
  for (const pollfd& entry : arguments.fds) arguments.asked |= entry.events;
  if (!IsOurWait(call, timeout, arguments.asked)) return Outcome::Native();
  if (!timeout.forever && timeout.length == 0 &&
      KernelMayAnswer(call, arguments)) {
    return Outcome::Native();
  }
  arguments.time = time;
  arguments.timeout = timeout;
  arguments.mask = mask;
  Outcome outcome = Poll(call, arguments);
  if (outcome.kind() == Outcome::Kind::kPark) {
    call.arguments = std::make_shared<PollArguments>(std::move(arguments));
    call.waits_on = WaitsOn;
  }
  return outcome;
}

Outcome Again(Call& call) {
  return Poll(call, static_cast<const PollArguments&>(*call.arguments));
}

}  // namespace

Outcome SysPoll(Call& call) {
  if (call.arguments != nullptr) return Again(call);
  return FirstPoll(call, GuestAddr::kNull, FromMilliseconds(call.Int(2)),
                   GuestAddr::kNull);
}

Outcome SysPpoll(Call& call) {
  if (call.arguments != nullptr) return Again(call);
  return FirstPoll(call, call.Addr(2), {true, 0}, call.Addr(3));
}

}  // namespace quiesce
