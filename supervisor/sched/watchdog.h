// A guest that never rests holds its shard's core: it has the higher realtime
// priority, so the shard's thread, which would notice, does not run. The
// watchdog sees activations that last long and lifts the shard above its guests
// until the activation ends; what to do about the guest the shard then decides
// itself (rest_bound.h), with nobody running beside it on its core.
//
// Mostly asleep: it looks ten times a second, and changes nothing but
// priorities.
#ifndef QUIESCE_SUPERVISOR_SCHED_WATCHDOG_H_
#define QUIESCE_SUPERVISOR_SCHED_WATCHDOG_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "notifier/base/nanos.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// Of the realtime priorities, relative to each other: a guest that can run
// always runs before its supervisor does.
inline constexpr int kShardPriority = 1;
inline constexpr int kGuestPriority = 2;
// Of a guest's thread that spins, while its shard is lifted.
inline constexpr int kBehindPriority = 1;
// Node inits are ordinary tasks. Above the guests, one that ends its namespace
// would keep the core from the very processes it waits for (the kernel waits in
// a loop when a signal is pending); below them, guests that spin once their
// supervisor is dead would keep it from ever hearing of that. The kernel's
// share for ordinary tasks lets it end them in every case.
inline constexpr int kNodeInitPriority = 0;
inline constexpr int kLiftedPriority = 3;
inline constexpr int kWatchdogPriority = 4;

// The host's monotonic clock.
Nanos WallClock();

// What one shard tells its watchdog.
class ActivationWatch {
 public:
  // By the shard's thread, around each activation.
  void Enter();
  void Leave();

 private:
  friend class Watchdog;
  std::atomic<Nanos> since_{0};  // 0: between activations
  std::atomic<pid_t> thread_{0};
  std::atomic<bool> lifted_{false};
};

// Around an activation; null is allowed.
class ActivationScope {
 public:
  explicit ActivationScope(ActivationWatch* watch) : watch_(watch) {
    if (watch_ != nullptr) watch_->Enter();
  }
  ~ActivationScope() {
    if (watch_ != nullptr) watch_->Leave();
  }
  ActivationScope(const ActivationScope&) = delete;
  ActivationScope& operator=(const ActivationScope&) = delete;

 private:
  ActivationWatch* const watch_;
};

class Watchdog {
 public:
  // How long an activation may last before its shard is lifted.
  static constexpr Nanos kPatience = 200 * kMillisecond;

  // The shards outlive it. An error: no realtime priority for its thread.
  static absl::StatusOr<std::unique_ptr<Watchdog>> Start(
      std::vector<ActivationWatch*> shards);
  ~Watchdog();

 private:
  explicit Watchdog(std::vector<ActivationWatch*> shards)
      : shards_(std::move(shards)) {}
  void Look();

  const std::vector<ActivationWatch*> shards_;
  UniqueFd stop_;  // eventfd
  std::thread thread_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_WATCHDOG_H_
