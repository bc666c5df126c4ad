#include "notifier/kernel/futex_waits.h"

#include <gtest/gtest.h>

namespace quiesce {
namespace {

constexpr uint32_t kAny = ~0u;

TEST(FutexWaits, TheOldestIsWokenFirst) {
  FutexWaits waits;
  auto first = waits.Add(1, 0x1000, kAny);
  auto second = waits.Add(1, 0x1000, kAny);
  EXPECT_EQ(waits.Wake(1, 0x1000, kAny, 1), 1);
  EXPECT_TRUE(first->woken);
  EXPECT_FALSE(second->woken);
  EXPECT_EQ(waits.Wake(1, 0x1000, kAny, 5), 1);
  EXPECT_TRUE(second->woken);
  EXPECT_EQ(waits.Wake(1, 0x1000, kAny, 5), 0);
}

TEST(FutexWaits, OthersSleepOn) {
  FutexWaits waits;
  auto of_another = waits.Add(2, 0x1000, kAny);
  auto elsewhere = waits.Add(1, 0x1004, kAny);
  auto for_less = waits.Add(1, 0x1000, 2);
  EXPECT_EQ(waits.Wake(1, 0x1000, 1, 5), 0);
  EXPECT_EQ(waits.Wake(1, 0x1000, 3, 5), 1);
  EXPECT_FALSE(of_another->woken);
  EXPECT_FALSE(elsewhere->woken);
  EXPECT_TRUE(for_less->woken);
}

TEST(FutexWaits, WhoHasLeftIsNotWoken) {
  FutexWaits waits;
  waits.Add(1, 0x1000, kAny).reset();
  EXPECT_EQ(waits.Wake(1, 0x1000, kAny, 5), 0);
}

}  // namespace
}  // namespace quiesce
