#include "supervisor/sched/thread_states.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

bool None(pid_t) { return false; }

// A child that runs `body`, and its descendants, until the end of the test.
class Child {
 public:
  explicit Child(const std::function<void()>& body) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, 0);
      close(ends[0]);
      told_ = ends[1];
      body();
      _exit(0);
    }
    close(ends[1]);
    EXPECT_EQ(read(ends[0], &pid_of_other_, sizeof(pid_t)), sizeof(pid_t));
    close(ends[0]);
  }
  ~Child() {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  // Called in the child: it is where the test wants it, with this one beside.
  static void Tell(pid_t other) { (void)!write(told_, &other, sizeof(other)); }

  pid_t pid() const { return pid_; }
  pid_t other() const { return pid_of_other_; }

 private:
  static inline int told_ = -1;
  pid_t pid_ = 0;
  pid_t pid_of_other_ = 0;
};

// Looks until it is `wanted`, for ten seconds at most.
Rest LookFor(Rest wanted, const std::vector<pid_t>& processes) {
  ThreadStates states;
  const time_t end = time(nullptr) + 10;
  Rest rest = states.Look(processes, false, None);
  while (rest != wanted && time(nullptr) < end) {
    rest = states.Look(processes, false, None);
  }
  return rest;
}

TEST(ThreadStates, WhoPausesIsAsleep) {
  Child child([] {
    Child::Tell(0);
    pause();
  });
  EXPECT_EQ(LookFor(Rest::kAsleep, {child.pid()}), Rest::kAsleep);
}

TEST(ThreadStates, WhoSpinsRuns) {
  Child child([] {
    Child::Tell(0);
    for (volatile int i = 0;; i = i + 1) {
    }
  });
  ThreadStates states;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(states.Look({child.pid()}, false, None), Rest::kRuns);
  }
}

TEST(ThreadStates, OneThreadOfManyIsEnough) {
  Child child([] {
    std::thread spins([] {
      Child::Tell(0);
      for (volatile int i = 0;; i = i + 1) {
      }
    });
    pause();
  });
  ThreadStates states;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(states.Look({child.pid()}, false, None), Rest::kRuns);
  }
}

TEST(ThreadStates, WhoHasVforkedIsAsleepWithItsChild) {
  Child child([] {
    if (vfork() == 0) {
      Child::Tell(getpid());
      pause();
    }
  });
  // The parent is in state D meanwhile.
  EXPECT_EQ(LookFor(Rest::kAsleep, {child.pid(), child.other()}),
            Rest::kAsleep);
}

TEST(ThreadStates, ParkedThreadsNeedNoLookWherePrioritiesAreStrict) {
  Child child([] {
    Child::Tell(0);
    for (volatile int i = 0;; i = i + 1) {
    }
  });
  const auto parked = [&](pid_t thread) { return thread == child.pid(); };
  EXPECT_EQ(ThreadStates().Look({child.pid()}, true, parked), Rest::kAsleep);
  EXPECT_EQ(ThreadStates().Look({child.pid()}, true, None), Rest::kRuns);
  EXPECT_EQ(ThreadStates().Look({child.pid()}, false, parked), Rest::kRuns);
}

TEST(ThreadStates, WhoWasAsleepAndRunsIsSeen) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Child child([&] {
    Child::Tell(0);
    char byte;
    (void)!read(ends[0], &byte, 1);
    for (volatile int i = 0;; i = i + 1) {
    }
  });
  ThreadStates states;
  const time_t end = time(nullptr) + 10;
  while (states.Look({child.pid()}, true, None) != Rest::kAsleep &&
         time(nullptr) < end) {
  }
  EXPECT_EQ(states.Look({child.pid()}, true, None), Rest::kAsleep);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  Rest rest = Rest::kAsleep;
  while (rest != Rest::kRuns && time(nullptr) < end) {
    rest = states.Look({child.pid()}, true, None);
  }
  EXPECT_EQ(rest, Rest::kRuns);
  close(ends[0]);
  close(ends[1]);
}

TEST(ThreadStates, WhoIsGoneDoesNotRun) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  ThreadStates states;
  EXPECT_EQ(states.Look({pid}, false, None), Rest::kAsleep);
}

}  // namespace
}  // namespace quiesce
