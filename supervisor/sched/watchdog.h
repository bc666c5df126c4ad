// A guest that never rests holds its shard's core: it has the higher realtime
// priority, so the shard's thread, which would notice, does not run. The
// watchdog sees a shard that is kept from running and lifts it above its guests
// until the activation ends; what to do about the guest the shard then decides
// itself (rest_bound.h), with nobody running beside it on its core.
//
// Kept from running by its guests, that is: by the CPU time they have used
// since its last turn. A lifted shard answers calls earlier than it would have,
// and then threads follow each other in another order; so time that the host
// has taken from all of them must not lift it.
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
#include "supervisor/sched/cpu_account.h"

namespace quiesce {

// Of the realtime priorities, relative to each other: a guest that can run
// always runs before its supervisor does.
inline constexpr int kShardPriority = 1;
inline constexpr int kGuestPriority = 2;
// Who leads the rounds waits for no ordinary task between them, and hands work
// to the shard on its own core without being preempted by it: else the other
// shards would get theirs when that one has finished.
inline constexpr int kLeaderPriority = kShardPriority;
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

// The host's monotonic clock; and what it showed some milliseconds ago at
// most, for half of the price.
Nanos WallClock();
Nanos CoarseWallClock();

// What one shard tells its watchdog.
class ActivationWatch {
 public:
  // By the shard's thread, around each activation: of the node whose PID 1 that
  // is.
  void Enter(pid_t init);
  void Leave();
  // By the shard's thread, whenever it has its turn in between.
  void Turn(Nanos wall) { since_.store(wall, std::memory_order_relaxed); }
  // Whether guests may be able to run while the shard does.
  bool lifted() const { return lifted_.load(std::memory_order_relaxed); }

 private:
  friend class Watchdog;
  std::atomic<Nanos> since_{0};  // its last turn; 0: between activations
  std::atomic<pid_t> thread_{0};
  std::atomic<pid_t> init_{0};
  std::atomic<bool> lifted_{false};
};

// Around an activation; null is allowed.
class ActivationScope {
 public:
  ActivationScope(ActivationWatch* watch, pid_t init) : watch_(watch) {
    if (watch_ != nullptr) watch_->Enter(init);
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
  // How much CPU time guests may use before their shard has a turn again.
  static constexpr Nanos kPatience = 200 * kMillisecond;
  // After so long on the wall it is lifted whatever they seem to have used:
  // what comes and goes between two looks is counted by nobody.
  static constexpr Nanos kLastPatience = 5 * kSecond;

  // The shards outlive it. An error: no realtime priority for its thread.
  static absl::StatusOr<std::unique_ptr<Watchdog>> Start(
      const std::vector<ActivationWatch*>& shards);
  ~Watchdog();

 private:
  struct Watched {
    ActivationWatch* shard;
    Nanos since = 0;    // its last turn as last seen
    CpuAccount guests;  // from the second look on that finds no other
  };

  explicit Watchdog(const std::vector<ActivationWatch*>& shards) {
    for (ActivationWatch* shard : shards) shards_.push_back({shard});
  }
  void Look();
  static bool IsKeptFromRunning(Watched& watched);

  std::vector<Watched> shards_;
  UniqueFd stop_;  // eventfd
  std::thread thread_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_WATCHDOG_H_
