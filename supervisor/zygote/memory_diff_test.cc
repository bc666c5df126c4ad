#include "supervisor/zygote/memory_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace quiesce {
namespace {

using ::testing::HasSubstr;

std::string Random(uint8_t first) {
  std::string bytes;
  for (int i = 0; i < 16; ++i) {
    bytes.push_back(static_cast<char>(first + 3 * i));
  }
  return bytes;
}

std::string Word(uint64_t word) {
  return std::string(reinterpret_cast<const char*>(&word), sizeof(word));
}

// A host name, AT_RANDOM and a device, as two templates were told them.
std::vector<ToldTwice> Told() {
  return {{"abcde", "nopqr", ToldTwice::Kind::kBytes},
          {Random(1), Random(120), ToldTwice::Kind::kAtRandom},
          {Word(0x1000a7), Word(0x2000a7), ToldTwice::Kind::kNumber}};
}

uint64_t Guard(const std::string& random) {
  uint64_t word;
  std::memcpy(&word, random.data() + 8, sizeof(word));
  return word;
}
uint64_t Mixed(uint64_t pointer, const std::string& random) {
  return std::rotl(pointer ^ Guard(random), 17);
}

// Some memory of a process whose node has told it these.
std::string Memory(const std::string& host, const std::string& random,
                   const std::string& device) {
  std::string memory(8192, '\x55');
  memory.replace(100, host.size(), host);
  memory.replace(4094, host.size(), host);  // across pages
  memory.replace(5000, 16, random);
  memory.replace(6000, 8, '\0' + random.substr(1, 7));  // a stack guard
  memory.replace(6036, 4, random.substr(4, 4));  // half of one, in a hole
  memory.replace(6104, 8, random.substr(8));     // the pointer guard
  memory.replace(6208, 8, Word(Mixed(0x7ffff7e01230, random)));
  memory.replace(6300, 4, Word(Mixed(0x7ffff7e04560, random)).substr(4));
  memory.replace(6353, 3, random.substr(1, 1) + '\0' + random[3]);
  memory.replace(6400, 8, device);
  return memory;
}

TEST(MemoryDiff, ACopyGetsTheMemoryOfItsOwnStart) {
  const std::vector<ToldTwice> told = Told();
  const std::string first = Memory(told[0].first, told[1].first, told[2].first);
  const std::string second =
      Memory(told[0].second, told[1].second, told[2].second);
  std::vector<MemoryPatch> patches;
  absl::Status same = CompareMemory({0x1000, first, second}, told, &patches);
  ASSERT_TRUE(same.ok()) << same;
  const std::string own[] = {"zygot", Random(77), Word(0x31)};
  std::string copy = first;
  for (const MemoryPatch& patch : patches) {
    copy.replace(patch.address - 0x1000, patch.size,
                 PatchBytes(patch, told[patch.told], own[patch.told]));
  }
  EXPECT_EQ(copy, Memory(own[0], own[1], own[2]));
}

TEST(MemoryDiff, WhatIsDerivedIsNoted) {
  const std::vector<ToldTwice> told = Told();
  std::string first(4096, '\0'), second(4096, '\0');
  first[2000] = 17;  // a hash of the name
  second[2000] = 18;
  std::vector<MemoryPatch> patches;
  absl::Status same = CompareMemory({0x1000, first, second}, told, &patches);
  EXPECT_EQ(same.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(same.message()), HasSubstr("at 0x17d0"));
}

TEST(MemoryDiff, APartOfANameIsNotTheName) {
  const std::vector<ToldTwice> told = Told();
  std::string first(64, '\0'), second(64, '\0');
  first.replace(8, 4, "abcd");
  second.replace(8, 4, "nopq");
  std::vector<MemoryPatch> patches;
  EXPECT_FALSE(CompareMemory({0, first, second}, told, &patches).ok());
}

TEST(MemoryDiff, APointerMixedOtherwiseIsNoted) {
  const std::vector<ToldTwice> told = Told();
  const std::string first = Word(0x1234 ^ Guard(told[1].first));
  const std::string second = Word(0x1235 ^ Guard(told[1].second));
  std::vector<MemoryPatch> patches;
  EXPECT_FALSE(CompareMemory({0, first, second}, told, &patches).ok());
}

TEST(MemoryDiff, TextsMayBeOfDifferentLength) {
  const std::vector<ToldTwice> told = {{"abcde", "no", ToldTwice::Kind::kText}};
  const auto memory = [](const std::string& name) {
    std::string bytes = "left from others";
    return bytes.replace(3, name.size() + 1, name + '\0');
  };
  const std::string first = memory("abcde"), second = memory("no");
  std::vector<MemoryPatch> patches;
  ASSERT_TRUE(CompareMemory({0x1000, first, second}, told, &patches).ok());
  ASSERT_EQ(patches.size(), 1);
  std::string copy = first;
  const std::string bytes = PatchBytes(patches[0], told[0], "xyz");
  copy.replace(patches[0].address - 0x1000, bytes.size(), bytes);
  EXPECT_EQ(copy, memory("xyz"));
}

TEST(MemoryDiff, WhatStandsBehindATextMovesWithItsLength) {
  std::vector<MemoryPatch> patches;
  EXPECT_FALSE(CompareMemory({0x1000, std::string("abcde\0behind", 12),
                              std::string("no\0behind\0\0\0", 12)},
                             {{"abcde", "no", ToldTwice::Kind::kText}},
                             &patches)
                   .ok());
  // Its length itself.
  EXPECT_FALSE(
      CompareMemory(
          {0x1000, std::string("\5abcde\0", 7), std::string("\2no\0\0\0\0", 7)},
          {{"abcde", "no", ToldTwice::Kind::kText}}, &patches)
          .ok());
}

TEST(MemoryDiff, NothingToldExplainsNothing) {
  std::vector<MemoryPatch> patches;
  EXPECT_TRUE(absl::IsFailedPrecondition(
      CompareMemory({0x1000, "some", "same"},
                    {{"", "", ToldTwice::Kind::kBytes}}, &patches)));
}

TEST(MemoryDiff, WhatIsTheSameNeedsNothing) {
  const std::string memory(4096, 'x');
  std::vector<MemoryPatch> patches;
  EXPECT_TRUE(CompareMemory({0, memory, memory}, Told(), &patches).ok());
  EXPECT_TRUE(patches.empty());
  EXPECT_FALSE(
      CompareMemory({0, memory, memory.substr(1)}, Told(), &patches).ok());
}

}  // namespace
}  // namespace quiesce
