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
    auto counter = SleepCounter::Start(0);
    if (!counter.ok()) GTEST_SKIP() << counter.status();
    counter_ = *std::move(counter);
    cpu_ = sched_getcpu();
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu_, &cpus);
    ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
    ASSERT_NO_FATAL_FAILURE(Become(SCHED_FIFO));
  }
  void TearDown() override { Become(SCHED_OTHER); }
  static void Become(int policy) {
    sched_param parameters{};
    parameters.sched_priority = policy == SCHED_FIFO ? 1 : 0;
    ASSERT_EQ(sched_setscheduler(0, policy, &parameters), 0);
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

TEST_F(SleepCounterTest, DoesNotCountTheProcessThatIsLeftOut) {
  if (!SeesPidsOfKernel()) GTEST_SKIP() << "in a pid namespace";
  auto others = SleepCounter::Start(getpid());
  ASSERT_TRUE(others.ok()) << others.status();
  // The child's end is counted, as may be others' sleeps.
  const uint64_t all = Count(), other = (*others)->On(cpu_);
  for (int i = 0; i < 100; ++i) {
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  }
  const uint64_t of_others = (*others)->On(cpu_) - other;
  EXPECT_GE(Count() - all, of_others + 100);
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

// The child of an ordinary thread ends, and its parent waits for that asleep:
// now and then a realtime thread of somebody else's is counted meanwhile.
TEST_F(SleepCounterTest, DoesNotCountOrdinaryThreads) {
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    GTEST_SKIP() << "this kernel does not describe its types";
  }
  Become(SCHED_OTHER);
  bool uncounted = false;
  for (int i = 0; i < 1'000 && !uncounted; ++i) {
    const uint64_t before = Count();
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    uncounted = Count() == before;
  }
  EXPECT_TRUE(uncounted);
}

TEST_F(SleepCounterTest, TellsWhatWasInAnActivation) {
  CoreSleeps sleeps(counter_.get(), cpu_);
  const auto sleep = [] {
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
  };
  // The child's end, and others', may be counted outside.
  bool all_inside = false;
  for (int i = 0; i < 1'000 && !all_inside; ++i) {
    const uint64_t outside = sleeps.Outside();
    const uint64_t count = sleeps.Count();
    sleeps.BeginActivation();
    sleep();
    sleeps.EndActivation();
    EXPECT_GT(sleeps.Count(), count);
    all_inside = sleeps.Outside() == outside;
  }
  EXPECT_TRUE(all_inside);
  const uint64_t outside = sleeps.Outside();
  sleep();
  EXPECT_GT(sleeps.Outside(), outside);
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
