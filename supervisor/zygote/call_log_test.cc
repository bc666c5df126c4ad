#include "supervisor/zygote/call_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <initializer_list>

namespace quiesce {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The log of a process, as it is written.
class Log {
 public:
  Log& Call(int64_t number, CallKind kind,
            std::initializer_list<uint64_t> arguments, int64_t result,
            const std::string& path = "") {
    LoggedCall call;
    call.number = number;
    call.kind = kind;
    std::copy(arguments.begin(), arguments.end(), call.arguments);
    call.result = result;
    log_.Add(std::move(call), path, /*regular=*/true);
    return *this;
  }
  Log& Open(int64_t result, int flags = O_RDONLY) {
    return Call(SYS_openat, CallKind::kOpens,
                {0, 0, static_cast<uint64_t>(flags)}, result, "/some/file");
  }
  Log& Close(uint64_t number) {
    return Call(SYS_close, CallKind::kCloses, {number}, 0);
  }
  Log& Dup(uint64_t from, int64_t to) {
    return Call(SYS_dup, CallKind::kOpens, {from}, to);
  }
  Log& Read(uint64_t number) {
    return Call(SYS_read, CallKind::kReads, {number}, 10);
  }
  Log& Write(uint64_t number) {
    return Call(SYS_write, CallKind::kWrites, {number}, 10);
  }
  std::vector<int64_t> Repeated() const {
    std::vector<int64_t> numbers;
    for (const LoggedCall& call : log_.ToRepeat()) {
      numbers.push_back(call.number);
    }
    return numbers;
  }
  const CallLog& log() const { return log_; }

 private:
  CallLog log_;
};

TEST(CallLog, AFileReadAndClosedIsForgotten) {
  EXPECT_THAT(Log().Open(3).Read(3).Close(3).Repeated(), IsEmpty());
}

TEST(CallLog, AFileThatStaysOpenIsOpenedAgainWhereItStood) {
  Log log;
  log.Open(3).Read(3);
  EXPECT_THAT(log.Repeated(), ElementsAre(SYS_openat));
  EXPECT_THAT(log.log().ReadNumbers(), ElementsAre(3));
}

TEST(CallLog, ADuplicateKeepsAFile) {
  EXPECT_THAT(Log().Open(3).Dup(3, 4).Close(3).Repeated(),
              ElementsAre(SYS_openat, SYS_dup, SYS_close));
  EXPECT_THAT(Log().Open(3).Dup(3, 4).Close(3).Close(4).Repeated(), IsEmpty());
}

TEST(CallLog, WhatWasMadeOrWrittenIsNotForgotten) {
  EXPECT_THAT(Log().Open(3, O_CREAT | O_WRONLY).Close(3).Repeated(),
              ElementsAre(SYS_openat, SYS_close));
  EXPECT_THAT(Log().Open(3, O_WRONLY).Write(3).Close(3).Repeated(),
              ElementsAre(SYS_openat, SYS_write, SYS_close));
}

TEST(CallLog, WritesToStandardOutputAreRepeated) {
  EXPECT_THAT(Log().Write(1).Repeated(), ElementsAre(SYS_write));
  EXPECT_THAT(Log().Dup(1, 3).Write(3).Close(3).Repeated(),
              ElementsAre(SYS_dup, SYS_write, SYS_close));
}

TEST(CallLog, AFailedOpenIsForgotten) {
  EXPECT_THAT(Log().Open(-2).Repeated(), IsEmpty());
}

TEST(CallLog, ANumberIsTheLatestFiles) {
  Log log;
  log.Open(3).Close(3).Open(3, O_CREAT);
  EXPECT_THAT(log.Repeated(), ElementsAre(SYS_openat));
  EXPECT_EQ(log.log().ToRepeat()[0].arguments[2], uint64_t{O_CREAT});
  EXPECT_EQ(log.log().FileOf(4), nullptr);
}

TEST(CallLog, AnotherResultIsADifference) {
  std::string where;
  EXPECT_TRUE(Log().Open(3).log().SameAs(Log().Open(3).log(), &where));
  EXPECT_FALSE(Log().Open(3).log().SameAs(Log().Open(4).log(), &where));
  EXPECT_EQ(where, "call 0, openat");
  EXPECT_FALSE(
      Log().Open(3).log().SameAs(Log().Open(3).Write(3).log(), &where));
  EXPECT_EQ(where, "call 1, write");
}

TEST(CallLog, WhatIsNotInTheTableStops) {
  EXPECT_EQ(FindCallRule(SYS_clone3), nullptr);
  EXPECT_EQ(FindCallRule(SYS_bind), nullptr);
  ASSERT_NE(FindCallRule(SYS_openat), nullptr);
  EXPECT_EQ(CallName(SYS_openat), "openat");
}

}  // namespace
}  // namespace quiesce
