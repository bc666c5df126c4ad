#include "notifier/kernel/poll_sets.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

constexpr pid_t kThread = 11, kProcess = 10;

class PollSetsTest : public testing::Test {
 protected:
  struct Pipe {
    Pipe() {
      int ends[2];
      EXPECT_EQ(pipe(ends), 0);
      reader.Reset(ends[0]);
      writer.Reset(ends[1]);
    }
    void Fill() { EXPECT_EQ(write(writer.get(), "x", 1), 1); }
    void Empty() {
      char byte;
      EXPECT_EQ(read(reader.get(), &byte, 1), 1);
    }
    UniqueFd reader, writer;
  };

  void SetUp() override { sets_.Follow(true); }

  std::optional<bool> Ask(const std::vector<pollfd>& polled,
                          pid_t thread = kThread) {
    return sets_.AnyReady(thread, kProcess, polled, [this](int number) {
      ++duplicated_;
      const auto found = guest_.find(number);
      return found == guest_.end() ? UniqueFd() : UniqueFd(dup(found->second));
    });
  }

  PollSets sets_;
  std::map<int, int> guest_;  // its numbers, and ours
  int duplicated_ = 0;
};

TEST_F(PollSetsTest, DuplicatesOnce) {
  Pipe pipe;
  guest_[5] = pipe.reader.get();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
    pipe.Fill();
    EXPECT_EQ(Ask({{5, POLLIN, 0}}), true);
    EXPECT_EQ(Ask({{5, POLLIN, 0}}), true);  // until it is read
    pipe.Empty();
  }
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 1);
}

TEST_F(PollSetsTest, GrowsByWhatIsNew) {
  Pipe one, other;
  guest_ = {{5, one.reader.get()}, {6, other.reader.get()}};
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(Ask({{6, POLLIN, 0}, {5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 2);
  other.Fill();
  EXPECT_EQ(Ask({{6, POLLIN, 0}, {5, POLLIN, 0}}), true);
  // What is not polled is not heeded.
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(Ask({{5, POLLIN, 0}, {-1, POLLIN, 0}}), false);
  EXPECT_EQ(Ask({}), false);
  EXPECT_EQ(Ask({{6, POLLIN, 0}}), true);
  EXPECT_EQ(duplicated_, 2);
}

TEST_F(PollSetsTest, HeedsTheEventsAskedFor) {
  Pipe pipe;
  guest_[5] = pipe.writer.get();
  EXPECT_EQ(Ask({{5, 0, 0}}), false);
  EXPECT_EQ(Ask({{5, POLLOUT, 0}}), true);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(Ask({{5, POLLIN, 0}, {5, POLLOUT, 0}}), true);
  EXPECT_EQ(Ask({{5, 0, 0}}), false);
  pipe.reader.Reset();
  EXPECT_EQ(Ask({{5, 0, 0}}), true);  // POLLERR
}

TEST_F(PollSetsTest, HoldsNoFileOpen) {
  Pipe pipe;
  guest_[5] = pipe.reader.get();
  ASSERT_EQ(Ask({{5, POLLIN, 0}}), false);
  pipe.reader.Reset();
  signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(write(pipe.writer.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

// The file of before is still open: in a child, say.
TEST_F(PollSetsTest, DoesNotHeedAFileThatHasLostItsNumber) {
  Pipe before, after;
  guest_[5] = before.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  sets_.Changed(kProcess + 1, 5);
  sets_.Changed(kProcess, 6);
  EXPECT_EQ(duplicated_, 1);
  sets_.Changed(kProcess, 5);
  EXPECT_EQ(Ask({}), false);
  before.Fill();
  guest_[5] = after.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 2);
  after.Fill();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), true);
}

TEST_F(PollSetsTest, BeginsAgainWhenTooManyAreNotHeeded) {
  std::vector<Pipe> pipes(40);
  for (size_t i = 0; i < pipes.size(); ++i) {
    guest_[5] = pipes[i].reader.get();
    ASSERT_EQ(Ask({{5, POLLIN, 0}}), false);
    sets_.Changed(kProcess, 5);
    pipes[i].Fill();
    if (i == 31) break;
  }
  Pipe last;
  guest_[5] = last.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), std::nullopt);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  last.Fill();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), true);
}

TEST_F(PollSetsTest, IsForgottenWhenAllNumbersChange) {
  Pipe pipe;
  guest_[5] = pipe.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  sets_.Changed(kProcess + 1);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 1);
  sets_.Changed(kProcess);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 2);
  sets_.Changed();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 3);
}

TEST_F(PollSetsTest, IsTheThreadsOwn) {
  Pipe pipe;
  guest_[5] = pipe.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}, kThread + 1), false);
  EXPECT_EQ(duplicated_, 2);
}

TEST_F(PollSetsTest, CannotTellOfFilesThatAreAlwaysReadyOrNone) {
  Pipe pipe;
  const UniqueFd file(open("/proc/self/exe", O_RDONLY));
  guest_ = {{5, pipe.reader.get()}, {6, file.get()}};
  for (const int second : {6, 7}) {
    const std::vector<pollfd> polled = {{5, POLLIN, 0}, {second, POLLIN, 0}};
    EXPECT_EQ(Ask(polled), std::nullopt);
    const int before = duplicated_;
    EXPECT_EQ(Ask(polled), std::nullopt);
    EXPECT_EQ(duplicated_, before);  // as it was the last time
    EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  }
}

TEST_F(PollSetsTest, IsGivenUp) {
  Pipe pipe;
  guest_[5] = pipe.reader.get();
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  sets_.Follow(false);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), std::nullopt);
  sets_.Follow(true);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 2);
  sets_.Forget([](const auto& entry) { return entry.first == kThread; },
               [](const auto&) { return false; });
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), false);
  EXPECT_EQ(duplicated_, 3);
  sets_.GiveUp();
  sets_.Follow(true);
  EXPECT_EQ(Ask({{5, POLLIN, 0}}), std::nullopt);
}

}  // namespace
}  // namespace quiesce
