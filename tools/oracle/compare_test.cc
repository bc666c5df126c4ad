#include "tools/oracle/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const EntryKey kKey = {"spine-0", "default", "10.0.0.0/24"};

EntryTable Table(EntryValue value) { return {{kKey, std::move(value)}}; }

absl::Status Legal(const EntryKey&, const EntryValue&) {
  return absl::OkStatus();
}
absl::Status Illegal(const EntryKey&, const EntryValue&) {
  return absl::FailedPreconditionError("the path is longer");
}
// For cases in which nobody may ask.
absl::Status NotAsked(const EntryKey& key, const EntryValue&) {
  ADD_FAILURE() << "asked about " << key.ToString();
  return absl::OkStatus();
}

TEST(Compare, EqualEverywhere) {
  Comparison result = Compare({Table({"a", "b"}), Table({"a", "b"})},
                              Table({"b", "a"}), NotAsked);
  EXPECT_TRUE(result.same());
  EXPECT_EQ(result.entries, 1);
  EXPECT_EQ(result.equal, 1);
  EXPECT_THAT(result.ambiguous, IsEmpty());
}

TEST(Compare, AnotherValueIsADifferenceEvenIfLegal) {
  Comparison result =
      Compare({Table({"a", "b"}), Table({"a", "b"})}, Table({"a", "c"}), Legal);
  ASSERT_EQ(result.differences.size(), 1);
  EXPECT_EQ(result.differences[0].key, kKey);
  EXPECT_THAT(result.differences[0].text, HasSubstr("   a\n"));
  EXPECT_THAT(result.differences[0].text, HasSubstr("  -b\n"));
  EXPECT_THAT(result.differences[0].text, HasSubstr("  +c\n"));
  EXPECT_EQ(result.equal, 0);
}

TEST(Compare, AMissingEntryIsADifference) {
  Comparison result = Compare({Table({"a"})}, {}, Legal);
  ASSERT_EQ(result.differences.size(), 1);
  EXPECT_THAT(result.differences[0].text, HasSubstr("-a"));
}

TEST(Compare, AnEntryThatTheKernelLacksIsADifference) {
  Comparison result = Compare({{}, {}}, Table({"a"}), Legal);
  ASSERT_EQ(result.differences.size(), 1);
  EXPECT_THAT(result.differences[0].text, HasSubstr("+a"));
}

TEST(Compare, OneOfTheOutcomesSeenIsFineAndCounted) {
  Comparison result =
      Compare({Table({"a"}), Table({"b"})}, Table({"b"}), NotAsked);
  EXPECT_TRUE(result.same());
  EXPECT_EQ(result.equal, 0);
  EXPECT_EQ(result.ambiguous_seen, 1);
  EXPECT_THAT(result.ambiguous, ElementsAre(kKey));
}

TEST(Compare, ANewOutcomeOfAnAmbiguousEntryMustBeLegal) {
  std::vector<EntryTable> kernel = {Table({"a"}), Table({"b"})};
  Comparison fine = Compare(kernel, Table({"c"}), Legal);
  EXPECT_TRUE(fine.same());
  EXPECT_EQ(fine.ambiguous_legal, 1);

  Comparison bad = Compare(kernel, Table({"c"}), Illegal);
  ASSERT_EQ(bad.differences.size(), 1);
  EXPECT_EQ(bad.ambiguous_legal, 0);
  EXPECT_THAT(bad.differences[0].text, HasSubstr("2 outcomes"));
  EXPECT_THAT(bad.differences[0].text, HasSubstr("the path is longer"));
}

TEST(Compare, AnEntryThatOnlySomeKernelRunsHaveIsAmbiguous) {
  Comparison result = Compare({Table({"a"}), {}}, {}, NotAsked);
  EXPECT_TRUE(result.same());
  EXPECT_EQ(result.ambiguous_seen, 1);
}

TEST(Compare, EachEntryIsCountedOnce) {
  EntryTable first = {{{"n1", "default", "10.0.0.0/24"}, {"a"}},
                      {{"n1", "default", "10.0.1.0/24"}, {"a"}},
                      {{"n2", "red", "10.0.0.0/24"}, {"a"}}};
  EntryTable second = first;
  second[{"n1", "default", "10.0.1.0/24"}] = {"b"};
  EntryTable ours = first;
  ours[{"n2", "red", "10.0.0.0/24"}] = {"z"};
  Comparison result = Compare({first, second}, ours, Legal);
  EXPECT_EQ(result.entries, 3);
  EXPECT_EQ(result.equal, 1);
  EXPECT_EQ(result.ambiguous_seen, 1);
  ASSERT_EQ(result.differences.size(), 1);
  EXPECT_THAT(result.differences[0].text, HasSubstr("n2 vrf red 10.0.0.0/24"));
}

}  // namespace
}  // namespace quiesce
