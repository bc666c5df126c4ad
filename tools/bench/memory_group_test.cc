#include "tools/bench/memory_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/kernel_runtime/run_program.h"

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MemoryGroup, IsMadeWhereMemoryIsCounted) {
  EXPECT_THAT(PlacesForMemoryGroup("4:memory:/a/b\n1:cpu,cpuacct:/c\n0::/\n"),
              ElementsAre("/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup"));
  EXPECT_THAT(PlacesForMemoryGroup("0::/user.slice/x.scope\n"),
              ElementsAre("/sys/fs/cgroup/user.slice/x.scope",
                          "/sys/fs/cgroup/user.slice"));
  EXPECT_THAT(PlacesForMemoryGroup("4:memory:/\n"),
              ElementsAre("/sys/fs/cgroup/memory"));
  EXPECT_THAT(PlacesForMemoryGroup(""), IsEmpty());
}

TEST(MemoryGroup, BothVersionsStatistics) {
  const auto old = ParseMemoryStat(
      "cache 9437184\nrss 2097152\nshmem 1048576\nmapped_file 4096\n");
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->user_mib, 3);
  EXPECT_EQ(old->kernel_mib, 0);
  const auto now = ParseMemoryStat(
      "anon 2097152\nfile 9437184\nkernel 524288\nkernel_stack 65536\n"
      "shmem 1048576\n");
  ASSERT_TRUE(now.ok()) << now.status();
  EXPECT_EQ(now->user_mib, 3);
  EXPECT_EQ(now->kernel_mib, 0.5);
  EXPECT_FALSE(ParseMemoryStat("").ok());
}

TEST(MemoryGroup, OfAnEndedBenchmarkGoes) {
  std::string left;
  {
    auto group = MemoryGroup::Create();
    if (!group.ok()) GTEST_SKIP() << group.status();
    // Beside it, of a process that cannot be.
    left = std::filesystem::path(group->directory()).parent_path() /
           "quiesce-bench-2147483000-1";
    ASSERT_TRUE(std::filesystem::create_directory(left));
    EXPECT_TRUE(MemoryGroup::Create().ok());
    EXPECT_FALSE(std::filesystem::exists(left));
    left = group->directory();
    EXPECT_TRUE(std::filesystem::exists(left));
  }
  EXPECT_FALSE(std::filesystem::exists(left));
}

// Python, which is there on every Debian that builds this, holds 64 MiB and
// says so by a file; what it held is counted, and nothing when it has gone.
TEST(MemoryGroup, CountsWhatRunsInIt) {
  auto group = MemoryGroup::Create();
  if (!group.ok()) GTEST_SKIP() << group.status();
  const auto before = group->Read();
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->user_mib, 0);
  MemoryNow most;
  const std::string log = ::testing::TempDir() + "/log";
  ProgramSurroundings surroundings;
  surroundings.group = group->procs();
  surroundings.started = [&](pid_t) {
    for (std::string word; word != "held";) {
      std::ifstream(log) >> word;
      if (auto now = group->Read(); now.ok()) most = *now;
    }
    if (auto now = group->Read(); now.ok()) most = *now;
    std::ofstream(log + ".go") << "go";
  };
  const auto run = RunProgram({"/usr/bin/python3", "-c",
                               "import os, sys, time\n"
                               "x = bytearray(b'x') * (64 << 20)\n"
                               "print('held', flush=True)\n"
                               "while not os.path.exists('" +
                                   log + ".go'): time.sleep(0.001)\n"},
                              log, surroundings);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->exit_code, 0) << run->tail;
  EXPECT_GT(most.user_mib, 64);
  EXPECT_LT(most.user_mib, 128);
  EXPECT_GT(most.kernel_mib, 0);
  const auto after = group->Read();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_LT(after->user_mib, 1);
}

}  // namespace
}  // namespace quiesce
