#include "supervisor/report/usage.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"
#include "supervisor/launch/process_children.h"

namespace quiesce {
namespace {

// Burns CPU until this process's clock has advanced by `much`.
void Burn(absl::Duration much) {
  timespec now;
  auto clock = [&now] {
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return absl::DurationFromTimespec(now);
  };
  const absl::Duration end = clock() + much;
  while (clock() < end) {
  }
}

// A child that runs `body`, says so through a pipe and then waits for its end.
class Child {
 public:
  template <typename Body>
  explicit Child(Body body) {
    int ready[2], hold[2];
    EXPECT_EQ(pipe(ready), 0);
    EXPECT_EQ(pipe(hold), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(hold[1]);
      body();
      char c = 'r';
      if (write(ready[1], &c, 1) != 1) _exit(1);
      (void)!read(hold[0], &c, 1);
      _exit(0);
    }
    close(ready[1]);
    close(hold[0]);
    hold_ = UniqueFd(hold[1]);
    UniqueFd in(ready[0]);
    char c;
    EXPECT_EQ(read(in.get(), &c, 1), 1);
  }
  ~Child() {
    hold_.Reset();
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  UniqueFd hold_;
};

TEST(Usage, CountsExitedThreadsAndReapedChildren) {
  Child child([] {
    std::thread(Burn, absl::Milliseconds(40)).join();
    pid_t grandchild = fork();
    if (grandchild == 0) {
      Burn(absl::Milliseconds(60));
      _exit(0);
    }
    waitpid(grandchild, nullptr, 0);
  });
  auto cpu = CpuOf(child.pid());
  ASSERT_TRUE(cpu.ok()) << cpu.status();
  EXPECT_GE(cpu->own, absl::Milliseconds(40));
  EXPECT_LT(cpu->own, absl::Milliseconds(90));
  // In ticks of 10 ms, user and system rounded apart.
  EXPECT_GE(cpu->reaped, absl::Milliseconds(40));
  EXPECT_EQ(UsageOf({child.pid()}, WithMemory::kNo).processes, 1);
  EXPECT_LE(cpu->system, cpu->total() + absl::Milliseconds(20));
}

TEST(Usage, CountsHowOftenThreadsRun) {
  const int64_t before = SwitchesOf(getpid());
  for (int i = 0; i < 10; ++i) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_GE(SwitchesOf(getpid()), before + 10);
  EXPECT_EQ(SwitchesOf(0), 0);
}

TEST(Usage, ATreeIsRootAndDescendants) {
  Child child([] {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      pause();
      _exit(0);
    }
  });
  std::vector<pid_t> below = ChildrenOf(child.pid());
  ASSERT_EQ(below.size(), 1);
  TreeUsage tree = UsageOf({child.pid()}, WithMemory::kYes);
  EXPECT_EQ(tree.processes, 2);
  EXPECT_GT(tree.memory.pss_kib, 0);
  EXPECT_GE(tree.memory.rss_kib, tree.memory.pss_kib);
}

TEST(Usage, ProcessesOfOneNameAreAddedUp) {
  Child one([] { prctl(PR_SET_NAME, "some name"); });
  Child other([] { prctl(PR_SET_NAME, "some name"); });
  Child third([] { prctl(PR_SET_NAME, "another"); });
  const TreeUsage all =
      UsageOf({one.pid(), other.pid(), third.pid()}, WithMemory::kYes);
  ASSERT_EQ(all.by_name.size(), 2);
  EXPECT_EQ(all.by_name.at("some name").processes, 2);
  EXPECT_EQ(all.by_name.at("another").processes, 1);
  EXPECT_EQ(all.by_name.at("some name").memory.pss_kib +
                all.by_name.at("another").memory.pss_kib,
            all.memory.pss_kib);
  EXPECT_GT(all.by_name.at("some name").descriptors, 0);
}

TEST(Usage, ParsesMeminfo) {
  const KernelMemoryUsage usage = ParseMeminfo(
      "MemTotal:       24687264 kB\nSlab:             879412 kB\n"
      "SUnreclaim:        77924 kB\nKernelStack:        5608 kB\n"
      "PageTables:        12904 kB\nPercpu:             1016 kB\n"
      "HugePages_Total:       3\n");
  EXPECT_EQ(usage.slab_kib, 77924);
  EXPECT_EQ(usage.stacks_kib, 5608);
  EXPECT_EQ(usage.page_tables_kib, 12904);
  EXPECT_EQ(usage.percpu_kib, 1016);
}

TEST(Usage, PrivateMemoryIsSeen) {
  constexpr size_t kSize = 8 << 20;
  Child small([] {});
  Child large([] {
    void* at = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(at, 1, kSize);
  });
  auto a = MemoryOf(small.pid()), b = MemoryOf(large.pid());
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_GE(b->pss_kib, a->pss_kib + kSize / 1024);
  EXPECT_GE(b->private_kib, kSize / 1024);
}

TEST(Usage, WhatIsGoneCountsNothing) {
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(CpuOf(pid).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(MemoryOf(pid).status().code(), absl::StatusCode::kNotFound);
  TreeUsage usage = UsageOf({pid}, WithMemory::kYes);
  EXPECT_EQ(usage.processes, 0);
  EXPECT_EQ(usage.cpu, absl::ZeroDuration());
}

TEST(Usage, ParsesNamesThatLookLikeFields) {
  auto time = ParseReapedTime(
      "12 (a) R (1 2 3) S 1 2 3 4 5 6 7 8 9 10 100 200 300 400 20 0 1\n", 100);
  ASSERT_TRUE(time.ok()) << time.status();
  EXPECT_EQ(*time, absl::Seconds(7));
  EXPECT_FALSE(ParseReapedTime("nonsense", 100).ok());
  EXPECT_FALSE(ParseReapedTime("1 (x) S 1", 100).ok());
}

TEST(Usage, ParsesSmapsRollup) {
  auto usage = ParseSmapsRollup(
      "5581-7ffd ---p 00000000 00:00 0    [rollup]\n"
      "Rss:                4312 kB\nPss:                1201 kB\n"
      "Pss_File:            300 kB\nPss_Dirty:           400 "
      "kB\nPrivate_Clean:        20 kB\n"
      "Private_Dirty:       300 kB\n");
  ASSERT_TRUE(usage.ok());
  EXPECT_EQ(usage->rss_kib, 4312);
  EXPECT_EQ(usage->pss_kib, 1201);
  EXPECT_EQ(usage->private_kib, 320);
  EXPECT_FALSE(ParseSmapsRollup("").ok());
}

}  // namespace
}  // namespace quiesce
