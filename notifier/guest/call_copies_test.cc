#include "notifier/guest/call_copies.h"

#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "gtest/gtest.h"
#include "notifier/guest/thread_access.h"

namespace quiesce {
namespace {

uint64_t Address(const void* at) { return reinterpret_cast<uint64_t>(at); }

// A realtime child on our core, which we run behind: when we go on, it sleeps.
class CallCopiesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto copies = CallCopies::Start();
    if (!copies.ok()) GTEST_SKIP() << copies.status();
    copies_ = *std::move(copies);
    cpu_ = sched_getcpu();
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu_, &cpus);
    ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
    ASSERT_EQ(pipe(wake_), 0);
    polled_[0] = {wake_[0], POLLIN, 0};
    polled_[1] = {-1, POLLOUT, 0};
    timeout_ = {1'000, 7};
  }
  void TearDown() override {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  // Polls twice, then waits to be killed.
  void Start(nfds_t count, const timespec* timeout) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    child_ = fork();
    if (child_ == 0) {
      sched_param parameters{};
      parameters.sched_priority = 1;
      if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) _exit(1);
      if (write(ready[1], "", 1) != 1) _exit(1);
      for (int i = 0; i < 2; ++i) {
        syscall(SYS_ppoll, polled_, count, timeout, nullptr, 0, 0);
        if (read(wake_[0], &ready[0], 1) != 1) _exit(1);
        polled_[1].events = POLLPRI;
      }
      pause();
      _exit(0);
    }
    close(ready[1]);
    char byte;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  void Wake() { ASSERT_EQ(write(wake_[1], "", 1), 1); }
  const CallCopy* Find(std::initializer_list<uint64_t> args,
                       int number = SYS_ppoll) const {
    seccomp_notif notification{};
    notification.pid = child_;
    notification.data.nr = number;
    std::copy(args.begin(), args.end(), notification.data.args);
    return copies_->Find(cpu_, notification);
  }

  std::unique_ptr<CallCopies> copies_;
  int cpu_ = -1;
  int wake_[2] = {-1, -1};
  pid_t child_ = -1;
  // The child's are at the same addresses.
  static inline pollfd polled_[2];
  static inline timespec timeout_;
};

TEST_F(CallCopiesTest, HasWhatArgumentsPointTo) {
  Start(2, &timeout_);
  const CallCopy* const copy =
      Find({Address(polled_), 2, Address(&timeout_), 0, 0, 0});
  ASSERT_NE(copy, nullptr);
  const CopiedMemory memory(copy);
  pollfd polled[2];
  ASSERT_TRUE(memory.Read(Address(polled_), polled, sizeof(polled)));
  EXPECT_EQ(std::memcmp(polled, polled_, sizeof(polled)), 0);
  ASSERT_TRUE(memory.Read(Address(&polled_[1]), polled, sizeof(pollfd)));
  EXPECT_EQ(polled[0].fd, -1);
  EXPECT_EQ(polled[0].events, POLLOUT);
  timespec timeout{};
  ASSERT_TRUE(memory.Read(Address(&timeout_), &timeout, sizeof(timeout)));
  EXPECT_EQ(timeout.tv_sec, 1'000);
  EXPECT_EQ(timeout.tv_nsec, 7);

  char bytes[kCopiedBytes + 1];
  EXPECT_TRUE(memory.Read(Address(polled_), bytes, kCopiedBytes));
  EXPECT_FALSE(memory.Read(Address(polled_), bytes, kCopiedBytes + 1));
  const uint64_t first = std::min(Address(polled_), Address(&timeout_));
  EXPECT_FALSE(memory.Read(first - 1, bytes, 1));
  EXPECT_FALSE(memory.Read(1, bytes, 1));
  EXPECT_EQ(memory.ReadSome(Address(polled_) + 250, bytes, 100),
            kCopiedBytes - 250);
}

TEST_F(CallCopiesTest, KnowsOnlyThatVeryCall) {
  Start(2, &timeout_);
  const uint64_t polled = Address(polled_), timeout = Address(&timeout_);
  EXPECT_NE(Find({polled, 2, timeout, 0, 0, 0}), nullptr);
  EXPECT_EQ(Find({polled, 1, timeout, 0, 0, 0}), nullptr);
  EXPECT_EQ(Find({polled, 2, timeout, 0, 0, 0}, SYS_poll), nullptr);
}

TEST_F(CallCopiesTest, HasNothingOfWhatCannotBeRead) {
  void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  // The copy would go beyond its end.
  timespec* const at_end = reinterpret_cast<timespec*>(
      static_cast<char*>(page) + 4096 - sizeof(timespec));
  *at_end = timeout_;
  Start(0, at_end);
  const CopiedMemory memory(Find({Address(polled_), 0, Address(at_end)}));
  timespec timeout;
  char byte;
  EXPECT_TRUE(memory.Read(Address(polled_), &byte, 1));
  if (memory.Read(Address(at_end), &timeout, sizeof(timeout))) {
    EXPECT_EQ(timeout.tv_nsec, 7);  // something else is mapped behind it
  }
  munmap(page, 4096);
}

TEST_F(CallCopiesTest, IsForgottenWithTheNextCall) {
  Start(2, &timeout_);
  const CopiedMemory first(
      Find({Address(polled_), 2, Address(&timeout_), 0, 0, 0}));
  pollfd polled;
  ASSERT_TRUE(first.Read(Address(&polled_[1]), &polled, sizeof(polled)));
  EXPECT_EQ(polled.events, POLLOUT);
  Wake();  // it polls again
  EXPECT_FALSE(first.Read(Address(&polled_[1]), &polled, sizeof(polled)));
}

TEST_F(CallCopiesTest, IsForgottenWhenMemoryIsWritten) {
  Start(2, &timeout_);
  ThreadMemory memory(child_);
  const uint64_t at = Address(&polled_[1]);
  memory.Know(Find({Address(polled_), 2, Address(&timeout_), 0, 0, 0}));
  const GuestAddr address{at};
  const pollfd other{-1, POLLHUP, 0};
  ASSERT_EQ(memory.Read(address, polled_, sizeof(pollfd)), 0);
  ASSERT_EQ(memory.Write(address, &other, sizeof(other)), 0);
  ErrnoOr<pollfd> now = memory.ReadValue<pollfd>(address);
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->events, POLLHUP);
}

}  // namespace
}  // namespace quiesce
