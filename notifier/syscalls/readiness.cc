#include "notifier/syscalls/readiness.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "notifier/guest/file_uses.h"
#include "notifier/guest/thread_access.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/placeholder.h"

namespace quiesce {
namespace {

constexpr short kAllBits = POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM |
                           POLLRDBAND | POLLWRNORM | POLLWRBAND;
constexpr short kUnasked = POLLERR | POLLHUP | POLLNVAL;

// Has a parked wait run again when anything happens to its files. It keeps them
// open, as Linux does for a wait.
class WaitWatch : public EndWatcher {
 public:
  explicit WaitWatch(NodeKernel* kernel) : kernel_(kernel) {}
  ~WaitWatch() override {
    for (const auto& [watch, file] : files_) {
      kernel_->Unwatch(watch, file.get());
    }
  }
  WaitWatch(const WaitWatch&) = delete;
  WaitWatch& operator=(const WaitWatch&) = delete;

  void Add(UniqueFd file) {
    if (!file.valid()) return;
    const uint64_t watch = kernel_->Watch(file.get(), this);
    kernel_->WatchRoom(file.get(), watch, true);
    kernel_->WatchRoom(file.get(), watch, true);
    files_.emplace_back(watch, std::move(file));
  }
  void OnEnd(uint32_t) override { kernel_->Touch(); }

 private:
  NodeKernel* const kernel_;
  std::vector<std::pair<uint64_t, UniqueFd>> files_;
};

}  // namespace

bool IsOurWait(const Call& call, const Timeout& timeout, short events) {
  return IsTimedWait(call, timeout) || (events & kOddBits) != 0 ||
         call.kernel->corrects_readiness();
}

short ReadinessOf(NodeKernel& kernel, int file, short events, short bits) {
  Socket* socket = kernel.FindSocket(SocketCookie(file));
  if (socket == nullptr) return bits;
  pollfd all{file, kAllBits, 0};
  poll(&all, 1, 0);
  return socket->Readiness(file, all.revents) & (events | kUnasked);
}

int CorrectEvents(Call& call, int set, int count, epoll_event* events) {
  std::vector<EpollEntry> entries;
  if (count > 0) entries = EntriesOfSet(call.tid, set);
  int left = 0;
  for (int i = 0; i < count; ++i) {
    epoll_event event = events[i];
    for (const EpollEntry& entry : entries) {
      if (entry.data != event.data.u64) continue;
      ErrnoOr<UniqueFd> file = call.files->Duplicate(entry.fd);
      if (!file.ok()) continue;
      const auto bits = static_cast<uint16_t>(
          ReadinessOf(*call.kernel, file->get(),
                      static_cast<short>(event.events), event.events));
      // One that is shown once only is used up: better too early than never.
      if (bits != 0 || !(entry.events & EPOLLONESHOT)) event.events = bits;
      break;
    }
    if (event.events != 0) events[left++] = event;
  }
  return left;
}

int AddSignalFds(Call& call, int ready, absl::Span<pollfd> fds) {
  const uint64_t pending = PendingSignals(call.tid);
  if (pending == 0) return ready;
  for (pollfd& entry : fds) {
    if (entry.fd < 0 || entry.revents != 0 || !(entry.events & POLLIN)) {
      continue;
    }
    if (!(SignalsOfFd(call.tid, entry.fd) & pending)) continue;
    entry.revents = POLLIN;
    ++ready;
  }
  return ready;
}

int AddSignalFds(Call& call, int set, int ready, int room,
                 epoll_event* events) {
  const uint64_t pending = PendingSignals(call.tid);
  if (pending == 0) return ready;
  for (const EpollEntry& entry : EntriesOfSet(call.tid, set)) {
    if (ready == room) break;
    if (!(entry.events & EPOLLIN) ||
        !(SignalsOfFd(call.tid, entry.fd) & pending)) {
      continue;
    }
    events[ready].events = EPOLLIN;
    events[ready].data.u64 = entry.data;
    ++ready;
  }
  return ready;
}

Outcome ParkWait(Call& call, Nanos deadline, GuestAddr mask,
                 absl::Span<const pollfd> fds) {
  // poll(2) and its like are never restarted (-ERESTARTNOHAND).
  if (call.interrupted && !call.resumed()) return Outcome::Fail(EINTR);
  if (SignalWaits(call, mask)) return Outcome::Native();
  if (!call.kernel->world().VirtualTime()) {
    // A signal that only `mask` lets through, or a signalfd shows, would not be
    // heard of.
    if (mask != GuestAddr::kNull || call.kernel->signal_fds()) {
      return Outcome::Native();
    }
    if (call.held == nullptr) {
      auto watch = std::make_shared<WaitWatch>(call.kernel);
      // Who is killed waits no longer, and keeps nothing open.
      watch->Add(UniqueFd(syscall(SYS_pidfd_open, call.tgid, 0)));
      for (const pollfd& entry : fds) {
        if (entry.fd < 0) continue;
        ErrnoOr<UniqueFd> file = call.files->Duplicate(entry.fd);
        if (!file.ok() || InReserve(file->get())) return Outcome::Native();
        watch->Add(std::move(*file));
      }
      call.held = std::move(watch);
    }
  }
  return Outcome::Park(deadline);
}

}  // namespace quiesce
