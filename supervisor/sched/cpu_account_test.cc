#include "supervisor/sched/cpu_account.h"

#include "gtest/gtest.h"
#include "supervisor/sched/spinner_testing.h"

namespace quiesce {
namespace {

TEST(CpuAccount, CountsFromTheFirstLook) {
  Spinner spinner;
  spinner.UseCpu(20 * kMillisecond);
  CpuAccount account;
  account.Update({spinner.pid()});
  EXPECT_EQ(account.used(), 0);
  spinner.UseCpu(5 * kMillisecond);
  account.Update({spinner.pid()});
  EXPECT_GE(account.used(), 5 * kMillisecond);
  EXPECT_EQ(account.most(), spinner.pid());
}

TEST(CpuAccount, CountsWhoIsBornLaterFromItsBirth) {
  CpuAccount account;
  account.Update({});
  Spinner spinner;
  spinner.UseCpu(5 * kMillisecond);
  account.Update({spinner.pid()});
  EXPECT_GE(account.used(), 5 * kMillisecond);
}

TEST(CpuAccount, KeepsWhatWhoIsGoneHasUsed) {
  CpuAccount account;
  account.Update({});
  Nanos used = 0;
  pid_t pid = 0;
  {
    Spinner spinner;
    pid = spinner.pid();
    spinner.UseCpu(5 * kMillisecond);
    account.Update({pid});
    used = account.used();
  }
  account.Update({pid});
  EXPECT_EQ(account.used(), used);
}

TEST(CpuAccount, NobodyUsesNothing) {
  CpuAccount account;
  account.Update({});
  EXPECT_EQ(account.used(), 0);
  EXPECT_EQ(account.most(), 0);
  EXPECT_EQ(ProcessCpu(0x3ffffff), 0);
}

}  // namespace
}  // namespace quiesce
