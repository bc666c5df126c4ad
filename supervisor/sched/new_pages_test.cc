#include "supervisor/sched/new_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

using Pairs = std::vector<std::pair<uint64_t, uint64_t>>;

constexpr size_t kPage = 4096;
constexpr size_t kSize = 256 * kPage;

Pairs AsPairs(const std::vector<AddressRange>& ranges) {
  Pairs result;
  for (const AddressRange& range : ranges) {
    result.push_back({range.begin, range.end});
  }
  return result;
}

// Memory with all its pages there, zero.
char* Map(int flags, int fd = -1) {
  char* const memory = static_cast<char*>(
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, flags, fd, 0));
  EXPECT_NE(memory, MAP_FAILED);
  for (size_t i = 0; i < kSize; i += kPage) {
    *const_cast<volatile char*>(memory + i) = 0;
  }
  return memory;
}

// Of what was found, the part that is in the memory.
Pairs Within(const std::vector<AddressRange>& found, const char* memory) {
  const uint64_t begin = reinterpret_cast<uint64_t>(memory);
  Pairs result;
  for (const AddressRange& range : found) {
    const uint64_t from = std::max(range.begin, begin);
    const uint64_t to = std::min(range.end, begin + kSize);
    if (from >= to) continue;
    result.push_back({(from - begin) / kPage, (to - begin) / kPage});
  }
  return result;
}

// Uses the CPU until it is time for a look.
std::vector<AddressRange> TakeLater(NewPages& pages) {
  for (int i = 0; i < 1'000'000'000; ++i) {
    std::vector<AddressRange> found = pages.Take(getpid());
    if (!found.empty()) return found;
  }
  return {};
}

TEST(SubtractTest, Cuts) {
  const std::vector<AddressRange> from = {{10, 20}, {30, 40}, {50, 60}};
  EXPECT_EQ(AsPairs(Subtract(from, {})), AsPairs(from));
  EXPECT_EQ(AsPairs(Subtract(from, {{0, 100}})), Pairs());
  EXPECT_EQ(AsPairs(Subtract(from, {{12, 14}, {16, 32}, {38, 55}})),
            Pairs({{10, 12}, {14, 16}, {32, 38}, {55, 60}}));
  EXPECT_EQ(AsPairs(Subtract(from, {{20, 30}, {40, 50}})), AsPairs(from));
  EXPECT_EQ(AsPairs(Subtract({}, from)), Pairs());
}

TEST(NewPagesTest, LeavesWhatIsNoZeroesWhenDropped) {
  char* const shared = Map(MAP_SHARED | MAP_ANONYMOUS);
  const int fd = memfd_create("test", 0);
  ASSERT_EQ(ftruncate(fd, kSize), 0);
  ASSERT_EQ(pwrite(fd, "x", 1, 0), 1);
  char* const of_file = Map(MAP_PRIVATE, fd);
  ASSERT_EQ(of_file[0], 0);
  char* const own = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  char* const hidden = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  ASSERT_EQ(mprotect(hidden, kSize, PROT_NONE), 0);
  NewPages pages(ZeroPages::kGo);
  const std::vector<AddressRange> found = TakeLater(pages);
  EXPECT_EQ(Within(found, shared), Pairs());
  EXPECT_EQ(Within(found, of_file), Pairs());
  EXPECT_EQ(Within(found, hidden), Pairs());
  EXPECT_EQ(Within(found, own), Pairs({{0, 256}}));
  for (char* memory : {shared, of_file, own, hidden}) munmap(memory, kSize);
  close(fd);
}

TEST(NewPagesTest, FindsOnceWhatIsNew) {
  char* const first = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  NewPages pages(ZeroPages::kGo);
  const std::vector<AddressRange> found = TakeLater(pages);
  EXPECT_EQ(Within(found, first), Pairs({{0, 256}}));
  char* const second = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  const std::vector<AddressRange> later = TakeLater(pages);
  EXPECT_EQ(Within(later, second), Pairs({{0, 256}}));
  EXPECT_EQ(Within(later, first), Pairs());  // was not dropped
  munmap(first, kSize);
  munmap(second, kSize);
}

TEST(NewPagesTest, FindsAgainWhatWasDropped) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  NewPages pages(ZeroPages::kGo);
  EXPECT_EQ(Within(TakeLater(pages), memory), Pairs({{0, 256}}));
  ASSERT_EQ(madvise(memory, kSize, MADV_DONTNEED), 0);
  const uint64_t begin = reinterpret_cast<uint64_t>(memory);
  pages.Dropped(getpid(), {{begin, begin + kSize}});
  for (size_t i = 0; i < kSize; i += kPage) memory[i] = 0;
  EXPECT_EQ(Within(TakeLater(pages), memory), Pairs({{0, 256}}));
  munmap(memory, kSize);
}

TEST(NewPagesTest, MayFindAllEveryTime) {
  char* const memory = Map(MAP_PRIVATE | MAP_ANONYMOUS);
  NewPages pages(ZeroPages::kGoAtEveryRest);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Within(pages.Take(getpid()), memory), Pairs({{0, 256}}));
  }
  munmap(memory, kSize);
}

TEST(NewPagesTest, FindsNothingOfNobody) {
  NewPages pages(ZeroPages::kGo);
  EXPECT_TRUE(pages.Take(-1).empty());
}

}  // namespace
}  // namespace quiesce
