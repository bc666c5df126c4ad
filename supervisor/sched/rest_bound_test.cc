#include "supervisor/sched/rest_bound.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

// A child that spins until it is killed.
class Spinner {
 public:
  Spinner() : pid_(fork()) {
    while (pid_ == 0) {
      asm volatile("");  // a loop without effects may be left out
    }
  }
  ~Spinner() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  void UseCpu(Nanos amount) const {
    const Nanos begin = ProcessCpu(pid_);
    while (ProcessCpu(pid_) < begin + amount) {
    }
  }

 private:
  const pid_t pid_;
};

TEST(RestBound, CountsFromTheFirstLook) {
  Spinner spinner;
  spinner.UseCpu(20 * kMillisecond);
  RestBound bound(kSecond);
  bound.Update({spinner.pid()});
  EXPECT_EQ(bound.used(), 0);
  spinner.UseCpu(5 * kMillisecond);
  bound.Update({spinner.pid()});
  EXPECT_GE(bound.used(), 5 * kMillisecond);
  EXPECT_EQ(bound.culprit(), spinner.pid());
}

TEST(RestBound, IsPassedByCpuTimeOnly) {
  Spinner spinner;
  RestBound bound(20 * kMillisecond);
  bound.Update({getpid(), spinner.pid()});
  EXPECT_FALSE(bound.Passed());
  spinner.UseCpu(25 * kMillisecond);
  bound.Update({getpid(), spinner.pid()});
  EXPECT_TRUE(bound.Passed());
}

TEST(RestBound, StepsGrowAndComeInTurn) {
  Spinner spinner;
  RestBound bound(200 * kMillisecond);
  bound.Update({spinner.pid()});
  EXPECT_EQ(bound.ClockStep(), 0);
  Nanos last = 0;
  for (int i = 0; i < 4; ++i) {
    spinner.UseCpu(12 * kMillisecond);
    bound.Update({spinner.pid()});
    const Nanos step = bound.ClockStep();
    EXPECT_GT(step, last);
    EXPECT_EQ(bound.ClockStep(), 0) << "two steps at once";
    last = step;
  }
}

TEST(RestBound, NoBoundNoSteps) {
  Spinner spinner;
  RestBound bound(0);
  bound.Update({spinner.pid()});
  spinner.UseCpu(20 * kMillisecond);
  bound.Update({spinner.pid()});
  EXPECT_EQ(bound.ClockStep(), 0);
  EXPECT_FALSE(bound.Passed());
}

TEST(ProcessCpu, OfNobody) { EXPECT_EQ(ProcessCpu(0x3ffffff), 0); }

}  // namespace
}  // namespace quiesce
