#include "supervisor/launch/environment.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

// What CheckEnvironment() says in a child that `prepare` has changed.
std::string CheckAfter(void (*prepare)(), const EnvironmentNeeds& needs) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  pid_t pid = fork();
  if (pid == 0) {
    prepare();
    std::string text = DescribeProblems(CheckEnvironment(needs));
    _exit(write(ends[1], text.data(), text.size()) < 0);
  }
  close(ends[1]);
  std::string text(4096, '\0');
  ssize_t size = read(ends[0], text.data(), text.size());
  close(ends[0]);
  int status;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  text.resize(size > 0 ? size : 0);
  return text;
}

TEST(Environment, ThisMachineWillDo) {
  EXPECT_EQ(DescribeProblems(CheckEnvironment({})), "");
}

TEST(Environment, ProbesLeaveNoFilterAndNoNamespace) {
  CheckEnvironment({});
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
  EXPECT_EQ(wait(nullptr), -1);
}

TEST(Environment, NotRoot) {
  EXPECT_THAT(CheckAfter([] { EXPECT_EQ(setuid(65534), 0); }, {}),
              HasSubstr("missing: root\n  remedy: run it with sudo"));
}

TEST(Environment, TooFewDescriptors) {
  EnvironmentNeeds needs;
  needs.resources.descriptors = 8200;
  EXPECT_THAT(CheckAfter(
                  [] {
                    rlimit few = {1000, 1000};
                    setrlimit(RLIMIT_NOFILE, &few);
                  },
                  needs),
              HasSubstr("missing: 8,200 open descriptors; the hard limit is "
                        "1,000\n  remedy: raise it"));
}

}  // namespace
}  // namespace quiesce
