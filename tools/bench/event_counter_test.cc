#include "tools/bench/event_counter.h"

#include <gtest/gtest.h>

#include "tools/kernel_runtime/run_program.h"

namespace quiesce {
namespace {

// Every kernel counts page faults, whatever the processor can.
TEST(EventCounter, CountsAChildAndItsOwn) {
  const std::string log = ::testing::TempDir() + "/log";
  uint64_t counts[2];
  for (int i = 0; i < 2; ++i) {
    auto counter = EventCounter::OfNextChild(PERF_TYPE_SOFTWARE,
                                             PERF_COUNT_SW_PAGE_FAULTS);
    if (!counter.ok()) GTEST_SKIP() << counter.status();
    EXPECT_EQ(counter->Read().value_or(1), 0);
    const char* script = i == 0 ? ":" : "/bin/true; /bin/true; /bin/true";
    auto run = RunProgram({"/bin/sh", "-c", script}, log);
    ASSERT_TRUE(run.ok()) << run.status();
    auto count = counter->Read();
    ASSERT_TRUE(count.ok()) << count.status();
    counts[i] = *count;
  }
  EXPECT_GT(counts[0], 10);
  // The shell again, and three programs more.
  EXPECT_GT(counts[1], 3 * counts[0]);
}

TEST(EventCounter, WhatCannotBeCountedIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(
      EventCounter::OfNextChild(PERF_TYPE_SOFTWARE, 1 << 20).status()));
}

}  // namespace
}  // namespace quiesce
