#include "supervisor/sched/watchdog.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "notifier/base/status_macros.h"
#include "supervisor/launch/process_children.h"

namespace quiesce {
namespace {

constexpr int kLookMs = 100;

// SCHED_FIFO at `priority` for a thread; 0 is the caller.
bool SetPriority(pid_t thread, int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  return sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK,
                            &parameters) == 0;
}

Nanos Read(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

}  // namespace

Nanos WallClock() { return Read(CLOCK_MONOTONIC); }

Nanos CoarseWallClock() { return Read(CLOCK_MONOTONIC_COARSE); }

void ActivationWatch::Enter(pid_t init) {
  thread_local const pid_t self = gettid();
  thread_.store(self, std::memory_order_relaxed);
  init_.store(init, std::memory_order_relaxed);
  since_.store(WallClock(), std::memory_order_release);
}

void ActivationWatch::Leave() {
  since_.store(0);
  if (lifted_.exchange(false)) SetPriority(0, kShardPriority);
}

absl::StatusOr<std::unique_ptr<Watchdog>> Watchdog::Start(
    const std::vector<ActivationWatch*>& shards) {
  std::unique_ptr<Watchdog> watchdog(new Watchdog(shards));
  watchdog->stop_.Reset(eventfd(0, EFD_CLOEXEC));
  if (!watchdog->stop_.valid()) return ErrnoStatus("eventfd");
  watchdog->thread_ = std::thread([dog = watchdog.get()] {
    pthread_setname_np(pthread_self(), "watchdog");
    // Without the priority it is late, not wrong.
    SetPriority(0, kWatchdogPriority);
    pollfd stop{dog->stop_.get(), POLLIN, 0};
    while (poll(&stop, 1, kLookMs) <= 0) dog->Look();
  });
  return watchdog;
}

Watchdog::~Watchdog() {
  eventfd_write(stop_.get(), 1);
  if (thread_.joinable()) thread_.join();
}

bool Watchdog::IsKeptFromRunning(Watched& watched) {
  const Nanos since = watched.shard->since_.load(std::memory_order_acquire);
  if (since != watched.since) {
    watched.since = since;
    watched.guests = CpuAccount();
    return false;
  }
  if (since == 0 || watched.shard->lifted_) return false;
  if (WallClock() - since >= kLastPatience) return true;
  watched.guests.Update(DescendantsOf(watched.shard->init_));
  return watched.guests.used() >= kPatience;
}

void Watchdog::Look() {
  for (Watched& watched : shards_) {
    if (!IsKeptFromRunning(watched)) continue;
    ActivationWatch* shard = watched.shard;
    const pid_t thread = shard->thread_.load(std::memory_order_relaxed);
    shard->lifted_ = true;
    SetPriority(thread, kLiftedPriority);
    // It may have ended meanwhile, and have lowered itself before we lifted
    // it; or it has found `lifted_` and lowers itself after.
    if (shard->since_ == 0 && shard->lifted_.exchange(false)) {
      SetPriority(thread, kShardPriority);
    }
  }
}

}  // namespace quiesce
