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
  Words shared_memory;

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
          shared_memory.push_back(entry.path());
        }
      }
    }
  }
};

struct End {
  std::string name;
  int signal;
  std::string phase;  // seen before the signal
  Words flags;
};

void PrintTo(const End& end, std::ostream* out) { *out << end.name; }

class Leftovers : public testing::TestWithParam<End> {};

TEST_P(Leftovers, None) {
  NEED_IMAGE("frr");
  NEED_IMAGE("bird");
  AdoptOrphans();
  const End& end = GetParam();
  const Host before;
  // The phases are told as they begin; where in one the signal hits is chance,
  // and another moment each time.
  for (int delay_ms = 0; delay_ms < 40; delay_ms += 8) {
    const std::string out = FreshPath("out");
    Words flags = {"--out=" + out};
    flags.insert(flags.end(), end.flags.begin(), end.flags.end());
    Process process(SupervisorCommand(flags));
    if (!end.phase.empty()) {
      ASSERT_TRUE(process.WaitFor(end.phase));
    }
    // Not to wait for anything: to hit another moment.
    const absl::Time when = absl::Now() + absl::Milliseconds(delay_ms);
    while (absl::Now() < when) {
    }
    process.Signal(end.signal);
    const Result run = process.Wait();
    if (end.signal == SIGKILL) {
      EXPECT_EQ(run.code, 128 + SIGKILL);
    } else if (end.phase != "export") {
      EXPECT_TRUE(run.code == 130 ||
                  (run.code == 0 && end.phase == "holding the network"))
          << testing::PrintToString(run);
    }
    ASSERT_TRUE(NobodyLeft());
  }
  const Host after;
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(before.settings, after.settings);
  EXPECT_EQ(before.cgroups, after.cgroups);
  EXPECT_EQ(before.shared_memory, after.shared_memory);
}

std::vector<End> Ends() {
  const Words frr = {"--topo=ring:4", "--image=frr"};
  const Words bird = {"--topo=fattree", "--image=bird"};
  const Words hold = {"--topo=ring:3", "--image=frr", "--hold"};
  // Goes on for ever.
  const Words quiet = {"--topo=ring:3", "--image=bird", "--quiet=87600h",
                       "--max_time=100000h"};
  return {
      {"KilledAtOnce", SIGKILL, "", frr},
      {"KilledWhilePreparing", SIGKILL, "prepare", bird},
      {"KilledWhileStarting", SIGKILL, "start", frr},
      {"KilledWhileStartingBird", SIGKILL, "start", bird},
      {"KilledWhileConverging", SIGKILL, "converge", quiet},
      {"KilledWhileExporting", SIGKILL, "export", frr},
      {"KilledWhileHolding", SIGKILL, "holding the network", hold},
      {"InterruptedWhileStarting", SIGINT, "start", frr},
      {"InterruptedWhileConverging", SIGINT, "converge", quiet},
      {"InterruptedWhileHolding", SIGINT, "holding the network", hold},
      {"TerminatedWhileStarting", SIGTERM, "start", frr},
      {"TerminatedWhileConverging", SIGTERM, "converge", quiet},
      {"TerminatedWhileHolding", SIGTERM, "holding the network", hold},
  };
}

INSTANTIATE_TEST_SUITE_P(Ends, Leftovers, testing::ValuesIn(Ends()),
                         [](const testing::TestParamInfo<End>& end) {
                           return end.param.name;
                         });

TEST(NormalEnd, LeavesNothing) {
  NEED_IMAGE("frr");
  AdoptOrphans();
  const Host before;
  EXPECT_EQ(Quiesce({"--topo=ring:3", "--out=" + FreshPath("out")}).code, 0);
  EXPECT_TRUE(NobodyLeft());
  const Host after;
  EXPECT_EQ(before.mounts, after.mounts);
  EXPECT_EQ(before.settings, after.settings);
  EXPECT_EQ(before.shared_memory, after.shared_memory);
}

}  // namespace
}  // namespace quiesce::system_test
