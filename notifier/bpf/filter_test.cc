// Proves the filter as a function: what it answers is compared with what the
// table's rules say, for every row and rule, every other number, the other
// architectures.
#include "notifier/bpf/filter.h"

#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "notifier/bpf/evaluator.h"

namespace quiesce {
namespace {

constexpr uint8_t kAllReasons = kMeaning | kTime | kStrict;
constexpr uint64_t kGarbage = 0xdeadbeef00000000;

bool Holds(const ArgTest& test, const seccomp_data& call) {
  bool equal = (call.args[test.arg] & test.mask) == test.value;
  switch (test.op) {
    case ArgTest::kAlways:
      return true;
    case ArgTest::kEqual:
      return equal;
    case ArgTest::kNotEqual:
      return !equal;
  }
  return false;
}

bool Counts(const FilterRule& rule, uint8_t reasons) {
  return rule.reason != 0 && (rule.reason & ~reasons) == 0;
}

// The table's rules, read plainly.
bool Intercepted(const SyscallRow& row, uint8_t reasons,
                 const seccomp_data& call) {
  for (const FilterRule& rule : row.rules) {
    if (!Counts(rule, reasons)) continue;
    if (Holds(rule.tests[0], call) && Holds(rule.tests[1], call)) return true;
  }
  return false;
}

class FilterTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    reasons_ = static_cast<uint8_t>(GetParam());
    auto program = BuildFilter(SyscallTable(), reasons_);
    ASSERT_TRUE(program.ok()) << program.status();
    program_ = *std::move(program);
  }

  uint32_t Answer(const seccomp_data& call) {
    absl::StatusOr<uint32_t> answer = EvaluateFilter(program_, call);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(0);
  }

  uint32_t Answer(int number, std::vector<uint64_t> args,
                  uint32_t arch = AUDIT_ARCH_X86_64) {
    seccomp_data call = {};
    call.nr = number;
    call.arch = arch;
    for (size_t i = 0; i < args.size(); ++i) call.args[i] = args[i];
    return Answer(call);
  }

  bool Notifies(int number, std::vector<uint64_t> args) {
    uint32_t answer = Answer(number, args);
    EXPECT_TRUE(answer == SECCOMP_RET_USER_NOTIF || answer == SECCOMP_RET_ALLOW)
        << answer;
    return answer == SECCOMP_RET_USER_NOTIF;
  }

  uint8_t reasons_ = 0;
  std::vector<sock_filter> program_;
};

// Arguments around everything the tests of a row mention.
std::vector<uint64_t> Candidates(const SyscallRow& row, int arg) {
  std::vector<uint64_t> values = {0, 1, ~0ull, kGarbage, kGarbage | 1};
  for (const FilterRule& rule : row.rules) {
    for (const ArgTest& test : rule.tests) {
      if (test.op == ArgTest::kAlways || test.arg != arg) continue;
      for (uint64_t v : {test.value, test.value + 1, test.value ^ test.mask,
                         test.value | ~test.mask, ~test.value}) {
        values.push_back(v);
        values.push_back(v & 0xffffffff);
        values.push_back(v | kGarbage);
      }
    }
  }
  return values;
}

TEST_P(FilterTest, AgreesWithTheRulesOfEveryRow) {
  for (const SyscallRow& row : SyscallTable()) {
    SCOPED_TRACE(row.name);
    seccomp_data call = {};
    call.nr = row.number;
    call.arch = AUDIT_ARCH_X86_64;
    // All pairs of arguments, the others between two extremes.
    for (uint64_t others : {uint64_t{0}, ~uint64_t{0}}) {
      for (int a = 0; a < 6; ++a) {
        for (int b = 0; b < a; ++b) {
          for (auto& arg : call.args) arg = others;
          for (uint64_t x : Candidates(row, a)) {
            for (uint64_t y : Candidates(row, b)) {
              call.args[a] = x;
              call.args[b] = y;
              ASSERT_EQ(Answer(call) == SECCOMP_RET_USER_NOTIF,
                        Intercepted(row, reasons_, call))
                  << "arg " << a << " = " << x << ", arg " << b << " = " << y;
            }
          }
        }
      }
    }
  }
}

TEST_P(FilterTest, AgreesWithTheRulesForRandomCalls) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    seccomp_data call = {};
    call.nr = random() % 600;
    call.arch = AUDIT_ARCH_X86_64;
    for (auto& arg : call.args) {
      arg = random() >> random() % 64;
      if (random() % 3 == 0) arg = 0;
    }
    const SyscallRow* row = FindSyscall(call.nr);
    ASSERT_EQ(Answer(call), row != nullptr && Intercepted(*row, reasons_, call)
                                ? SECCOMP_RET_USER_NOTIF
                                : SECCOMP_RET_ALLOW)
        << call.nr;
  }
}

TEST_P(FilterTest, LetsEveryOtherNumberPass) {
  for (int number = 0; number <= 600; ++number) {
    if (FindSyscall(number) != nullptr) continue;
    EXPECT_FALSE(Notifies(number, {})) << number;
    EXPECT_FALSE(Notifies(number, {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull}))
        << number;
  }
}

TEST_P(FilterTest, KillsOtherArchitectures) {
  for (uint32_t arch :
       {0, AUDIT_ARCH_I386, static_cast<int>(AUDIT_ARCH_AARCH64)}) {
    for (int number = 0; number <= 600; ++number) {
      EXPECT_EQ(Answer(number, {}, arch), SECCOMP_RET_KILL_PROCESS);
    }
  }
}

TEST_P(FilterTest, KnowsNoX32) {
  for (uint32_t number = 0; number <= 600; ++number) {
    EXPECT_EQ(Answer(static_cast<int>(number | 0x40000000), {}),
              SECCOMP_RET_ERRNO | ENOSYS);
  }
  EXPECT_EQ(Answer(-1, {}), SECCOMP_RET_ERRNO | ENOSYS);
}

// The kernel skips the filter for numbers whose answer needs no argument and
// is "allow": no such number may lead to a load of an argument.
TEST_P(FilterTest, DecidesNativeCallsByTheirNumber) {
  for (int number = 0; number <= 600; ++number) {
    const SyscallRow* row = FindSyscall(number);
    bool chosen = false;
    if (row != nullptr) {
      for (const FilterRule& rule : row->rules)
        chosen |= Counts(rule, reasons_);
    }
    if (chosen) continue;
    // Cut the arguments off: a load of one is refused by the evaluator.
    std::vector<sock_filter> blind = program_;
    for (sock_filter& i : blind) {
      if (i.code == (BPF_LD | BPF_W | BPF_ABS) &&
          i.k >= offsetof(seccomp_data, instruction_pointer)) {
        i.k = 4096;
      }
    }
    seccomp_data call = {};
    call.nr = number;
    call.arch = AUDIT_ARCH_X86_64;
    EXPECT_TRUE(EvaluateFilter(blind, call).ok()) << number;
  }
}

// A child that may not even have privileges asks for a listener with it.
TEST_P(FilterTest, IsTakenByTheKernel) {
  sock_fprog filter = {static_cast<unsigned short>(program_.size()),
                       program_.data()};
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(1);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter) < 0) {
      _exit(errno);
    }
    if (syscall(SYS_getpid | 0x40000000) != -1 || errno != ENOSYS) _exit(2);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_P(FilterTest, SocketCalls) {
  const bool on = reasons_ & kMeaning;
  for (int number :
       {SYS_socket, SYS_bind, SYS_listen, SYS_connect, SYS_accept, SYS_accept4,
        SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
        SYS_shutdown, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
        SYS_open, SYS_openat, SYS_openat2, SYS_io_uring_setup}) {
    EXPECT_EQ(Notifies(number, {}), on) << number;
  }
  EXPECT_EQ(Notifies(SYS_sendto, {3, 0x1000, 5, 0, 0x2000, 16}),
            on || (reasons_ & kStrict));
  EXPECT_EQ(Notifies(SYS_sendto, {3, 0x1000, 5, 0, 0, 0}),
            (reasons_ & kStrict) != 0);
  // An address above 4 GiB whose lower half is zero is an address.
  EXPECT_EQ(Notifies(SYS_recvfrom, {3, 0x1000, 5, 0, 0x700000000000, 0}),
            on || (reasons_ & kStrict));
  EXPECT_EQ(Notifies(SYS_ioctl, {3, 0x8912 | kGarbage, 0}), on);
  EXPECT_FALSE(Notifies(SYS_ioctl, {0, 0x5401, 0}));  // TCGETS
  EXPECT_EQ(Notifies(SYS_ioctl, {0, FIONREAD | kGarbage, 0}),
            (reasons_ & kStrict) != 0);
  EXPECT_EQ(Notifies(SYS_brk, {0}), on);
  EXPECT_FALSE(Notifies(SYS_brk, {0x555500000000}));
}

TEST_P(FilterTest, WaitsWithATimeout) {
  const bool strict = reasons_ & kStrict;
  const bool timed = strict || (reasons_ & kTime);
  struct Milliseconds {
    int number;
    int position;
  };
  for (Milliseconds wait :
       {Milliseconds{SYS_poll, 2}, Milliseconds{SYS_epoll_wait, 3},
        Milliseconds{SYS_epoll_pwait, 3}}) {
    auto notifies = [&](uint64_t timeout) {
      std::vector<uint64_t> args(6);
      args[wait.position] = timeout;
      return Notifies(wait.number, args);
    };
    EXPECT_EQ(notifies(1000), timed);
    EXPECT_EQ(notifies(1000 | kGarbage), timed);
    EXPECT_EQ(notifies(0), strict);
    EXPECT_EQ(notifies(kGarbage), strict);
    EXPECT_EQ(notifies(0xffffffff), strict);  // mov $-1, %edx
    EXPECT_EQ(notifies(~0ull), strict);       // mov $-1, %rdx
    EXPECT_EQ(notifies(0x12345678ffffffff), strict);
  }
  EXPECT_EQ(Notifies(SYS_ppoll, {1, 1, 0}), strict);
  EXPECT_EQ(Notifies(SYS_ppoll, {1, 1, 0x7fff00000000}), timed);
  EXPECT_EQ(Notifies(SYS_select, {1, 0, 0, 0, 0}), strict);
  EXPECT_EQ(Notifies(SYS_pselect6, {1, 0, 0, 0, 0x1000}), timed);
  EXPECT_EQ(Notifies(SYS_epoll_pwait2, {1, 0, 0, 0}), strict);
  EXPECT_EQ(Notifies(SYS_epoll_pwait2, {1, 0, 0, 0x1000}), timed);
  EXPECT_EQ(Notifies(SYS_rt_sigtimedwait, {1, 0, 0}), false);
  EXPECT_EQ(Notifies(SYS_rt_sigtimedwait, {1, 0, 0x1000}),
            (reasons_ & kTime) != 0);
}

TEST_P(FilterTest, FutexWaits) {
  const bool on = reasons_ & kTime;
  const bool wakes = on && (reasons_ & kStrict);
  for (uint64_t flags : {0, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME,
                         FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME}) {
    EXPECT_EQ(Notifies(SYS_futex, {1, FUTEX_WAIT | flags, 0, 0x1000}), on);
    EXPECT_EQ(Notifies(SYS_futex, {1, FUTEX_WAIT_BITSET | flags, 0, 0x1000}),
              on);
    EXPECT_FALSE(Notifies(SYS_futex, {1, FUTEX_WAIT | flags, 0, 0}));
    EXPECT_EQ(Notifies(SYS_futex, {1, FUTEX_WAKE | flags, 1, 0x1000}), wakes);
    EXPECT_EQ(Notifies(SYS_futex, {1, FUTEX_WAKE_BITSET | flags, 1, 0}), wakes);
    EXPECT_EQ(Notifies(SYS_futex, {1, FUTEX_LOCK_PI | flags, 0, 0x1000}), on);
    EXPECT_FALSE(Notifies(SYS_futex, {1, FUTEX_LOCK_PI | flags, 0, 0}));
    EXPECT_FALSE(Notifies(SYS_futex, {1, FUTEX_UNLOCK_PI | flags, 0, 1}));
    // The fourth argument of a requeue is a number.
    EXPECT_FALSE(Notifies(SYS_futex, {1, FUTEX_CMP_REQUEUE | flags, 1, 1}));
  }
}

INSTANTIATE_TEST_SUITE_P(AllReasons, FilterTest,
                         testing::Range(0, kAllReasons + 1),
                         [](const testing::TestParamInfo<int>& info) {
                           std::string name;
                           if (info.param & kMeaning) name += "Meaning";
                           if (info.param & kTime) name += "Time";
                           if (info.param & kStrict) name += "Strict";
                           return name.empty() ? std::string("None") : name;
                         });

TEST(BuildFilterTest, RefusesAnUnsortedTable) {
  std::vector<SyscallRow> rows(SyscallTable().begin(), SyscallTable().end());
  std::swap(rows[0], rows[1]);
  EXPECT_FALSE(BuildFilter(rows, kAllReasons).ok());
}

TEST(BuildFilterTest, RefusesATestThatCannotHold) {
  SyscallRow row = SyscallTable()[0];
  row.rules[0].tests[0] = {ArgTest::kEqual, 0, 0xff, 0x100};
  EXPECT_FALSE(BuildFilter({row}, kAllReasons).ok());
  row.rules[0].tests[0] = {ArgTest::kEqual, 6, 0xff, 0x10};
  EXPECT_FALSE(BuildFilter({row}, kAllReasons).ok());
}

}  // namespace
}  // namespace quiesce
