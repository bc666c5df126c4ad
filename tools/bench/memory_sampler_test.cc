#include "tools/bench/memory_sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

namespace quiesce {
namespace {

TEST(MemorySampler, PeakAndMeanAreOfTheSecondsAskedFor) {
  const MemorySample samples[] = {
      {0, {10, 1}}, {1, {30, 3}}, {3, {20, 5}}, {8, {99, 99}}};
  const MemoryOverTime memory = OverTime(samples, 5);
  EXPECT_EQ(memory.peak.user_mib, 30);
  EXPECT_EQ(memory.peak.kernel_mib, 5);
  // 10 for a second, 30 for two, 20 for two.
  EXPECT_EQ(memory.mean.user_mib, 22);
  EXPECT_EQ(memory.mean.kernel_mib, (1 + 6 + 10) / 5.0);
}

TEST(MemorySampler, OneSampleIsBoth) {
  const MemorySample samples[] = {{0, {10, 1}}};
  EXPECT_EQ(OverTime(samples, 0).mean.user_mib, 10);
  EXPECT_EQ(OverTime(samples, 4).mean.user_mib, 10);
  EXPECT_EQ(OverTime({}, 4).peak.user_mib, 0);
}

TEST(MemorySampler, LooksAgainAndAgainAndLeavesOutWhatFails) {
  std::atomic<int> looks = 0;
  MemorySampler sampler(
      [&]() -> absl::StatusOr<MemoryNow> {
        const int look = ++looks;
        if (look % 2 == 0) return absl::NotFoundError("not now");
        return MemoryNow{double(look), 0};
      },
      absl::Milliseconds(1));
  while (looks < 6) usleep(100);
  const MemorySamples result = sampler.Finish();
  EXPECT_EQ(result.samples.size(), (looks + 1) / 2);
  for (size_t i = 0; i < result.samples.size(); ++i) {
    EXPECT_EQ(result.samples[i].memory.user_mib, 2 * i + 1);
    if (i == 0) continue;
    EXPECT_GT(result.samples[i].seconds, result.samples[i - 1].seconds);
  }
  EXPECT_GT(result.cpu_seconds, 0);
}

TEST(MemorySampler, OfATreeOfProcesses) {
  const MemorySampler::Look look = MemoryOfTree(getpid());
  const auto memory = look();
  ASSERT_TRUE(memory.ok()) << memory.status();
  EXPECT_GT(memory->user_mib, 0.5);
  EXPECT_FALSE(MemoryOfTree(0x7ffffff0)().ok());
}

}  // namespace
}  // namespace quiesce
