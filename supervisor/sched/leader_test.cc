// That a round's work reaches all shards at once, wherever the thread stands
// that leads the rounds. Needs root, realtime priorities and two cores.
#include <sched.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "supervisor/launch/launch_testing.h"
#include "supervisor/sched/emulation.h"

namespace quiesce {
namespace {

std::vector<int> Cores() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::vector<int> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cores.push_back(cpu);
  }
  return cores;
}

void StayOn(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  ASSERT_EQ(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

// Below the realtime budget of a second, within which ordinary tasks get a
// turn.
constexpr Nanos kLongest = 600 * kMillisecond;

TEST(Leader, IsNotKeptFromTheOtherShardsByTheOneOnItsCore) {
  const std::vector<int> cores = Cores();
  if (cores.size() < 2) GTEST_SKIP() << "one core";
  auto launcher = Launcher::Start();
  ASSERT_TRUE(launcher.ok()) << launcher.status();
  std::vector<NodePlan> nodes(2);
  for (NodePlan& node : nodes) {
    node.spec = HostNode();
    node.build_stack = [](Stack&) { return absl::OkStatus(); };
  }
  EmulationOptions options;
  options.cpus = {cores[0], cores[1]};
  options.virtual_time = false;
  auto emulation =
      Emulation::Create(std::move(nodes), {}, options, launcher->get());
  ASSERT_TRUE(emulation.ok()) << emulation.status();
  // Each shard waits, without resting, until the other is there.
  std::atomic<int> there = 0, together = 0;
  std::thread([&] {
    StayOn(cores[0]);
    (*emulation)->Lead();
    const absl::Status started = (*emulation)->Start();
    EXPECT_TRUE(started.ok()) << started;
    (*emulation)->ForEachNode([&](NodeId, NodeRuntime&) {
      ++there;
      const Nanos end = WallClock() + kLongest;
      while (there < 2 && WallClock() < end) {
      }
      if (there == 2) ++together;
    });
  }).join();
  EXPECT_EQ(together, 2);
}

}  // namespace
}  // namespace quiesce
