// However the supervisor dies, and whenever, nothing of it stays. The test
// makes itself the reaper of all orphans below it: what the victim leaves
// becomes our child, so "no child left" is "nothing left"; and the end of a
// node's PID 1 is the end of its namespaces.
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

constexpr char kVictim[] = "supervisor/launch/victim";

struct Death {
  std::string kind;  // of the victim's life
  int signal;
  bool to_group;  // as Ctrl-C does
  int first_step, last_step;
};

void PrintTo(const Death& death, std::ostream* out) {
  *out << death.kind << " signal " << death.signal;
}

class SuddenDeath : public ::testing::TestWithParam<Death> {};

// Starts the victim as the leader of its own process group.
pid_t StartVictim(const std::string& kind, UniqueFd& output) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    const char* srcdir = getenv("TEST_SRCDIR");
    if (srcdir == nullptr || chdir(absl::StrCat(srcdir, "/quiesce").c_str())) {
      if (chdir("bazel-bin") != 0) _exit(126);  // run by hand, from the root
    }
    execl(kVictim, kVictim, kind.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  output.Reset(ends[0]);
  return pid;
}

// Reads until "step N" has come. False when the victim ended before.
bool WaitForStep(int fd, int step) {
  std::string seen;
  const std::string wanted = absl::StrCat("step ", step, "\n");
  char buffer[256];
  while (seen.find(wanted) == std::string::npos) {
    ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size <= 0) return false;
    seen.append(buffer, size);
  }
  return true;
}

std::string OurMounts() {
  std::ifstream in("/proc/self/mountinfo");
  std::string line, ours;
  while (std::getline(in, line)) {
    if (line.find(" quiesce ") != std::string::npos) ours += line + "\n";
  }
  return ours;
}

TEST_P(SuddenDeath, LeavesNothing) {
  ASSERT_EQ(geteuid(), 0) << "this test needs root";
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  // Waiting for ever would be the failure; then this ends the test.
  alarm(50);
  const Death& death = GetParam();
  for (int step = death.first_step; step <= death.last_step; ++step) {
    UniqueFd output;
    pid_t victim = StartVictim(death.kind, output);
    ASSERT_TRUE(WaitForStep(output.get(), step)) << "step " << step;
    // It goes on meanwhile: where exactly it is hit is chance.
    ASSERT_EQ(kill(death.to_group ? -victim : victim, death.signal), 0);
    bool seen = false;
    int status;
    for (pid_t pid; (pid = wait(&status)) > 0;) {
      if (pid != victim) continue;
      seen = true;
      EXPECT_TRUE(WIFSIGNALED(status)) << status;
    }
    EXPECT_EQ(errno, ECHILD);
    EXPECT_TRUE(seen);
  }
  EXPECT_EQ(OurMounts(), "");
  alarm(0);
}

INSTANTIATE_TEST_SUITE_P(
    EveryPhase, SuddenDeath,
    ::testing::Values(Death{"nodes", SIGKILL, false, 0, 24},
                      Death{"transparent", SIGKILL, false, 0, 24},
                      Death{"parked", SIGKILL, false, 26, 26},
                      Death{"nodes", SIGINT, true, 5, 7},
                      Death{"nodes", SIGTERM, false, 5, 7}));

}  // namespace
}  // namespace quiesce
