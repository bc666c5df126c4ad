#include "notifier/kernel/poll_sets.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr pid_t kThread = 11, kProcess = 10;

class PollSetsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(ends_), 0);
    sets_.Follow(true);
  }
  void TearDown() override {
    for (int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  // The guest's number of our read end is 5.
  std::vector<pollfd> Polled() const { return {{5, POLLIN, 0}}; }
  void Learn() {
    const std::vector<pollfd> duplicates = {{ends_[0], POLLIN, 0}};
    sets_.Learn(kThread, kProcess, Polled(), duplicates);
  }
  std::optional<bool> Ask() {
    return sets_.AnyReady(kThread, kProcess, Polled());
  }

  PollSets sets_;
  int ends_[2] = {-1, -1};
};

TEST_F(PollSetsTest, IsKeptTheSecondTime) {
  EXPECT_EQ(Ask(), std::nullopt);
  Learn();
  EXPECT_EQ(Ask(), std::nullopt);
  Learn();
  EXPECT_EQ(Ask(), false);
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  EXPECT_EQ(Ask(), true);
  EXPECT_EQ(Ask(), true);  // until it is read
  char byte;
  ASSERT_EQ(read(ends_[0], &byte, 1), 1);
  EXPECT_EQ(Ask(), false);
}

TEST_F(PollSetsTest, HoldsNoFileOpen) {
  Learn();
  Learn();
  ASSERT_EQ(Ask(), false);
  close(std::exchange(ends_[0], -1));
  signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(write(ends_[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(PollSetsTest, IsForgottenWhenANumberChanges) {
  Learn();
  Learn();
  sets_.Changed(kProcess + 1);
  EXPECT_EQ(Ask(), false);
  sets_.Changed(kProcess);
  EXPECT_EQ(Ask(), std::nullopt);
  Learn();
  Learn();
  EXPECT_EQ(Ask(), false);
}

TEST_F(PollSetsTest, IsOfJustWhatIsPolled) {
  Learn();
  Learn();
  const std::vector<std::vector<pollfd>> others = {
      {}, {{6, POLLIN, 0}}, {{5, POLLOUT, 0}}, {{5, POLLIN, 0}, {6, 0, 0}}};
  for (const auto& other : others) {
    EXPECT_EQ(sets_.AnyReady(kThread, kProcess, other), std::nullopt);
  }
  EXPECT_EQ(sets_.AnyReady(kThread + 1, kProcess, Polled()), std::nullopt);
}

TEST_F(PollSetsTest, IsNotForFilesThatAreAlwaysReady) {
  const int file = open("/proc/self/exe", O_RDONLY);
  const std::vector<pollfd> polled = {{5, POLLIN, 0}, {6, POLLIN, 0}};
  for (const int second : {file, -1}) {
    const std::vector<pollfd> duplicates = {{ends_[0], POLLIN, 0},
                                            {second, POLLIN, 0}};
    for (int i = 0; i < 3; ++i) {
      sets_.Learn(kThread, kProcess, polled, duplicates);
    }
    EXPECT_EQ(sets_.AnyReady(kThread, kProcess, polled), std::nullopt);
    sets_.Changed(kProcess);
  }
  close(file);
}

TEST_F(PollSetsTest, IsGivenUp) {
  Learn();
  Learn();
  sets_.Follow(false);
  EXPECT_EQ(Ask(), std::nullopt);
  sets_.Follow(true);
  EXPECT_EQ(Ask(), std::nullopt);
  Learn();
  Learn();
  EXPECT_EQ(Ask(), false);
  sets_.Forget([](const auto& entry) { return entry.first == kThread; },
               [](const auto&) { return false; });
  EXPECT_EQ(Ask(), std::nullopt);
  sets_.GiveUp();
  sets_.Follow(true);
  Learn();
  Learn();
  EXPECT_EQ(Ask(), std::nullopt);
}

}  // namespace
}  // namespace quiesce
