#include "supervisor/sched/sleep_counter.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

class SleepCounterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto counter = SleepCounter::Start();
    if (!counter.ok()) GTEST_SKIP() << counter.status();
    counter_ = *std::move(counter);
    cpu_ = sched_getcpu();
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu_, &cpus);
    ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
  }
  uint64_t Count() const { return counter_->On(cpu_); }

  std::unique_ptr<SleepCounter> counter_;
  int cpu_ = -1;
};

// Whoever has vforked sleeps until its child is out of the way, and no signal
// but SIGKILL ends that (kernel/fork.c:wait_for_vfork_done).
TEST_F(SleepCounterTest, CountsSleepsThatNoSignalEnds) {
  for (int i = 0; i < 20; ++i) {
    const uint64_t before = Count();
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    EXPECT_GT(Count(), before);
    waitpid(child, nullptr, 0);
  }
}

TEST_F(SleepCounterTest, CountsEnds) {
  for (int i = 0; i < 20; ++i) {
    const uint64_t before = Count();
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    // It leaves the core for good after it has told us.
    while (Count() == before) sched_yield();
  }
}

// Others on this core may be counted meanwhile, but not every time.
TEST_F(SleepCounterTest, DoesNotCountWaits) {
  bool uncounted = false;
  for (int i = 0; i < 10'000 && !uncounted; ++i) {
    const uint64_t before = Count();
    absl::SleepFor(absl::Microseconds(50));
    uncounted = Count() == before;
  }
  EXPECT_TRUE(uncounted);
}

}  // namespace
}  // namespace quiesce
