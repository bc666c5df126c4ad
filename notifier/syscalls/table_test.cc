#include "notifier/syscalls/table.h"

#include <seccomp.h>

#include <string>

#include "gtest/gtest.h"
#include "notifier/call/clock_page_call.h"

namespace quiesce {
namespace {

TEST(TableTest, IsSortedAndFoundByNumber) {
  int last = -1;
  for (const SyscallRow& row : SyscallTable()) {
    EXPECT_GT(row.number, last) << row.name;
    last = row.number;
    EXPECT_EQ(FindSyscall(row.number), &row);
  }
  EXPECT_GT(SyscallTable().size(), 60u);
}

TEST(TableTest, NothingElseIsFound) {
  for (int number = -1; number < 1000; ++number) {
    const SyscallRow* row = FindSyscall(number);
    if (row != nullptr) {
      EXPECT_EQ(row->number, number);
    }
  }
  EXPECT_EQ(FindSyscall(-1), nullptr);
  EXPECT_EQ(FindSyscall(60), nullptr);  // exit
  EXPECT_EQ(FindSyscall(999), nullptr);
}

// libseccomp has a table of its own.
TEST(TableTest, NamesBelongToTheirNumbers) {
  for (const SyscallRow& row : SyscallTable()) {
    if (row.number == kClockPageCall) continue;  // not Linux's
    EXPECT_EQ(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, row.name),
              row.number)
        << row.name;
  }
}

TEST(TableTest, EveryRowIsWhole) {
  for (const SyscallRow& row : SyscallTable()) {
    SCOPED_TRACE(row.name);
    EXPECT_NE(row.handler, nullptr);
    ASSERT_NE(row.note, nullptr);
    EXPECT_NE(row.rules[0].reason, 0);
    if (row.support != Support::kFull) {
      EXPECT_FALSE(std::string(row.note).empty()) << "confess";
    }
    bool ended = false;
    for (const FilterRule& rule : row.rules) {
      EXPECT_FALSE(ended && rule.reason != 0) << "a rule behind the last";
      ended = ended || rule.reason == 0;
      EXPECT_TRUE(rule.reason == 0 || rule.reason == kMeaning ||
                  rule.reason == kTime || rule.reason == kStrict ||
                  rule.reason == kFiles || rule.reason == kHolds ||
                  rule.reason == (kTime | kStrict));
      for (const ArgTest& test : rule.tests) {
        EXPECT_LT(test.arg, 6);
        EXPECT_EQ(test.value & ~test.mask, 0u) << "can never hold";
      }
    }
  }
}

// What a kind looks for in its neighbours must be there.
TEST(TableTest, KindsHaveTheirNeighbours) {
  auto is_length = [](ArgKind kind) { return kind == ArgKind::kUnsigned; };
  for (const SyscallRow& row : SyscallTable()) {
    SCOPED_TRACE(row.name);
    auto at = [&](int i) {
      return i >= 0 && i < 6 ? row.args[i] : ArgKind::kNone;
    };
    bool ended = false;
    for (int i = 0; i < 6; ++i) {
      EXPECT_FALSE(ended && at(i) != ArgKind::kNone);
      switch (at(i)) {
        case ArgKind::kNone:
          ended = true;
          break;
        case ArgKind::kBuffer:
        case ArgKind::kBufferOut:
        case ArgKind::kIovec:
        case ArgKind::kIovecOut:
        case ArgKind::kSockAddr:
        case ArgKind::kPollFds:
          EXPECT_TRUE(is_length(at(i + 1)));
          break;
        case ArgKind::kSockAddrOut:
          EXPECT_EQ(at(i + 1), ArgKind::kSockLenPtr);
          break;
        case ArgKind::kSockOption:
          EXPECT_EQ(at(i - 1), ArgKind::kSockLevel);
          break;
        case ArgKind::kOptionValue:
          EXPECT_EQ(at(i - 1), ArgKind::kSockOption);
          EXPECT_TRUE(is_length(at(i + 1)));
          break;
        case ArgKind::kOptionValueOut:
          EXPECT_EQ(at(i - 1), ArgKind::kSockOption);
          EXPECT_EQ(at(i + 1), ArgKind::kSockLenPtr);
          break;
        case ArgKind::kIoctlArg:
          EXPECT_EQ(at(i - 1), ArgKind::kIoctl);
          break;
        case ArgKind::kMMsgHdr:
        case ArgKind::kMMsgHdrOut:
          EXPECT_TRUE(is_length(at(i + 1)));
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace
}  // namespace quiesce
