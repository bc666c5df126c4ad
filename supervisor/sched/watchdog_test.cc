// Whom the watchdog lifts: threads that stand for shards, and children of this
// process for their guests. Needs the right to realtime priorities.
#include "supervisor/sched/watchdog.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

// A node: a process that stands for PID 1, with one child, which goes with it.
class Node {
 public:
  explicit Node(const std::function<void()>& child) : pid_(fork()) {
    if (pid_ != 0) return;
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      child();
    }
    while (true) pause();
  }
  ~Node() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

void Sleep() {
  while (true) pause();
}

void Spin() {
  while (true) {
    asm volatile("");  // a loop without effects may be left out
  }
}

// A shard in an activation that does not end by itself.
class InActivation {
 public:
  // `turns`: whether it has turns all the time.
  InActivation(pid_t init, bool turns)
      : thread_([this, init, turns] {
          sched_param parameters{};
          parameters.sched_priority = kShardPriority;
          sched_setscheduler(0, SCHED_FIFO, &parameters);
          tid_ = gettid();
          const ActivationScope scope(&watch_, init);
          entered_.Notify();
          while (!end_.WaitForNotificationWithTimeout(absl::Milliseconds(1))) {
            if (turns) watch_.Turn(WallClock());
          }
        }) {
    entered_.WaitForNotification();
  }
  ~InActivation() {
    end_.Notify();
    thread_.join();
  }
  ActivationWatch* watch() { return &watch_; }
  bool lifted() const {
    sched_param parameters{};
    sched_getparam(tid_, &parameters);
    return parameters.sched_priority == kLiftedPriority;
  }

 private:
  ActivationWatch watch_;
  absl::Notification entered_, end_;
  std::atomic<pid_t> tid_{0};
  std::thread thread_;
};

TEST(Watchdog, LiftsWhoIsKeptFromRunningByItsGuests) {
  sched_param parameters{};
  parameters.sched_priority = 1;
  if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) {
    GTEST_SKIP() << "no realtime priorities";
  }
  parameters.sched_priority = 0;
  sched_setscheduler(0, SCHED_OTHER, &parameters);
  const Node sleeping(Sleep), spinning(Spin);
  InActivation waits(sleeping.pid(), false);
  InActivation runs(spinning.pid(), true);
  InActivation kept(spinning.pid(), false);
  const auto watchdog =
      Watchdog::Start({waits.watch(), runs.watch(), kept.watch()});
  ASSERT_TRUE(watchdog.ok()) << watchdog.status();
  while (!kept.lifted()) poll(nullptr, 0, 10);
  // Looked at before it each time, and as long in its activation.
  EXPECT_FALSE(waits.lifted()) << "its guests have used no CPU time";
  EXPECT_FALSE(runs.lifted()) << "it has had turns";
}

}  // namespace
}  // namespace quiesce
