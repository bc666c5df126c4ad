// However and whenever the supervisor ends, nothing of it stays: no process, no
// mount, no temporary file, no changed setting of the host. The test is the
// reaper of all orphans below it, so "no child left" is "nothing left", and the
// end of a node's PID 1 is the end of its namespaces.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "supervisor/system_test/harness.h"

namespace quiesce::system_test {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// What of the host a run could have changed.
struct Host {
  std::string mounts = TextOf("/proc/self/mountinfo");
  Words settings;
  Words cgroups;
  Words files;

  Host() {
    for (const char* path :
         {"/proc/sys/kernel/sched_rt_runtime_us", "/proc/sys/kernel/pid_max",
          "/proc/sys/fs/pipe-max-size", "/proc/sys/net/core/wmem_max",
          "/proc/sys/net/core/somaxconn", "/proc/sys/kernel/core_pattern",
          "/proc/sys/kernel/randomize_va_space",
          "/proc/sys/net/ipv4/ip_forward"}) {
      settings.push_back(absl::StrCat(path, "=", TextOf(path)));
    }
    namespace fs = std::filesystem;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/sys/fs/cgroup", error)) {
      if (Contains(entry.path(), "quiesce")) cgroups.push_back(entry.path());
    }
    for (const char* directory : {"/tmp", "/dev/shm", "/run"}) {
      for (const auto& entry : fs::directory_iterator(directory, error)) {
        if (Contains(entry.path().filename(), "quiesce")) {
          files.push_back(entry.path());
        }
      }
    }
  }
};

struct End {
  std::string name;
  int signal;
  // Printed when the phase begins: the line of the phase before it, which comes
  // at that one's end.
  std::string begun;
  Words flags;
  // How the run may end when it takes the signal as a wish.
  std::vector<int> codes = {};
};

void PrintTo(const End& end, std::ostream* out) { *out << end.name; }

class Leftovers : public testing::TestWithParam<End> {};

TEST_P(Leftovers, None) {
  NEED_IMAGE("frr");
  NEED_IMAGE("bird");
  AdoptOrphans();
  const End& end = GetParam();
  const Host before;
  // Where in a phase the signal hits is chance, and another moment each time.
  for (const int delay_ms : {0, 15, 60}) {
    Words flags = {"--out=" + FreshPath("out")};
    flags.insert(flags.end(), end.flags.begin(), end.flags.end());
    Process process(SupervisorCommand(flags));
    if (!end.begun.empty()) {
      ASSERT_TRUE(process.WaitFor(end.begun));
    }
    // Not to wait for anything: to hit another moment.
    const absl::Time when = absl::Now() + absl::Milliseconds(delay_ms);
    while (absl::Now() < when) {
    }
    process.Signal(end.signal);
    const Result run = process.Wait();
    if (end.signal == SIGKILL) {
      EXPECT_EQ(run.code, 128 + SIGKILL) << testing::PrintToString(run);
    } else {
      EXPECT_THAT(end.codes, testing::Contains(run.code))
          << testing::PrintToString(run);
    }
    ASSERT_TRUE(NobodyLeft());
  }
  const Host after;
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(before.settings, after.settings);
  EXPECT_EQ(before.cgroups, after.cgroups);
  EXPECT_EQ(before.files, after.files);
}

std::vector<End> Ends() {
  // With --hold none of them ends by itself before the signal comes.
  const Words frr = {"--topo=ring:3", "--image=frr", "--hold"};
  const Words bird = {"--topo=fattree", "--image=bird", "--hold"};
  // Converges for ever.
  const Words quiet = {"--topo=ring:3", "--image=bird", "--quiet=87600h",
                       "--max_time=100000h"};
  // One program, which would rather stay, and one that is told by its child.
  const Words program = {"--", "/bin/sh", "-c",
                         "trap '' INT; sleep 1000 & echo running; wait"};
  const Words stubborn = {"--", "/bin/sh", "-c",
                          "trap '' INT TERM HUP; setsid sleep 1000 & "
                          "echo running; while :; do wait; done"};
  const std::string started = "prepare ", converges = "start ",
                    exports = "converge ", holds = "holding the network",
                    running = "running";
  return {
      {"KilledAtOnce", SIGKILL, "", frr},
      {"KilledWhileStarting", SIGKILL, started, frr},
      {"KilledWhileStartingBird", SIGKILL, started, bird},
      {"KilledWhileConverging", SIGKILL, converges, quiet},
      {"KilledWhileExporting", SIGKILL, exports, frr},
      {"KilledWhileHolding", SIGKILL, holds, frr},
      {"KilledWithOneProgram", SIGKILL, running, program},
      {"KilledWithAStubbornProgram", SIGKILL, running, stubborn},
      {"InterruptedWhileStarting", SIGINT, started, frr, {130}},
      {"InterruptedWhileConverging", SIGINT, converges, quiet, {130}},
      // Too late to stop it, it is the end of the holding.
      {"InterruptedWhileExporting", SIGINT, exports, bird, {130, 0}},
      {"InterruptedWhileHolding", SIGINT, holds, bird, {0}},
      {"TerminatedWhileStarting", SIGTERM, started, bird, {130}},
      {"TerminatedWhileConverging", SIGTERM, converges, quiet, {130}},
      {"TerminatedWhileHolding", SIGTERM, holds, bird, {0}},
      // Passed on to the program.
      {"TerminatedWithOneProgram", SIGTERM, running, program, {128 + SIGTERM}},
  };
}

INSTANTIATE_TEST_SUITE_P(Ends, Leftovers, testing::ValuesIn(Ends()),
                         [](const testing::TestParamInfo<End>& end) {
                           return end.param.name;
                         });

// What a supervisor that is killed leaves alone: guests that never rest, at
// their realtime priority.
class LeftAlone : public testing::TestWithParam<std::string> {};

TEST_P(LeftAlone, Ends) {
  AdoptOrphans();
  const std::string topology = FreshPath("net.textproto");
  WriteFile(topology,
            absl::StrCat("# proto-file: proto/topology.proto\n"
                         "# proto-message: quiesce.proto.Topology\n"
                         "node { name: \"bad\" image: \"",
                         GuestImage("unruly", {GetParam()}), "\" }\n"));
  const Host before;
  const std::string out = FreshPath("out");
  Process process(SupervisorCommand(
      {"--topo=file:" + topology, "--out=" + out, "--activation_bound=1000s"}));
  ASSERT_TRUE(process.WaitFor("prepare "));
  const std::string log = out + "/nodes/bad/unruly.log";
  while (!std::filesystem::exists(log)) {
  }
  const absl::Time when = absl::Now() + absl::Milliseconds(100);
  while (absl::Now() < when) {
  }
  process.Signal(SIGKILL);
  EXPECT_EQ(process.Wait().code, 128 + SIGKILL);
  EXPECT_TRUE(NobodyLeft());
  const Host after;
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(before.settings, after.settings);
  EXPECT_EQ(before.cgroups, after.cgroups);
  EXPECT_EQ(before.files, after.files);
}

INSTANTIATE_TEST_SUITE_P(Guests, LeftAlone,
                         testing::Values("spin", "chatter", "flood_datagrams",
                                         "fork_bomb"),
                         [](const testing::TestParamInfo<std::string>& mode) {
                           return mode.param;
                         });

struct Normal {
  std::string name;
  Words flags;
  int code;
};

void PrintTo(const Normal& normal, std::ostream* out) { *out << normal.name; }

class NormalEnd : public testing::TestWithParam<Normal> {};

TEST_P(NormalEnd, LeavesNothing) {
  NEED_IMAGE("frr");
  AdoptOrphans();
  const Host before;
  Words flags = {"--out=" + FreshPath("out")};
  flags.insert(flags.end(), GetParam().flags.begin(), GetParam().flags.end());
  const Result run = Quiesce(flags);
  EXPECT_EQ(run.code, GetParam().code) << testing::PrintToString(run);
  EXPECT_TRUE(NobodyLeft());
  const Host after;
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(before.settings, after.settings);
  EXPECT_EQ(before.cgroups, after.cgroups);
  EXPECT_EQ(before.files, after.files);
}

INSTANTIATE_TEST_SUITE_P(
    Ends, NormalEnd,
    testing::ValuesIn(std::vector<Normal>{
        {"Converged", {"--topo=ring:3", "--image=frr"}, 0},
        {"NotConverged", {"--topo=ring:3", "--image=frr", "--max_time=1s"}, 3},
        {"ProgramWithAnOrphan",
         {"--", "/bin/sh", "-c", "setsid sleep 1000 & exit 7"},
         7},
    }),
    [](const testing::TestParamInfo<Normal>& normal) {
      return normal.param.name;
    });

}  // namespace
}  // namespace quiesce::system_test
