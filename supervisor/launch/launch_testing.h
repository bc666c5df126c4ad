// What the tests of nodes and processes share. They need root; the root file
// system is the host's, which has what they run.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_TESTING_H_
#define QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_TESTING_H_

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {

inline NodeSpec HostNode(const std::string& name = "r1") {
  NodeSpec spec;
  spec.name = name;
  spec.rootfs = "host";
  spec.root_mode = RootMode::kReadOnly;
  spec.private_dirs = {"/run", "/tmp", "/var/tmp"};
  return spec;
}

inline ProcessSpec Shell(const std::string& script) {
  ProcessSpec spec;
  spec.name = "sh";
  spec.argv = {"/bin/sh", "-c", script};
  return spec;
}

// Waits for the exit of one process; other exits are passed over.
inline ExitReport WaitForExit(NodeProcessTree& node, pid_t node_pid) {
  for (;;) {
    auto exit = node.ReadExit();
    if (!exit.ok()) {
      ADD_FAILURE() << exit.status();
      return {};
    }
    if (exit->has_value()) {
      if ((*exit)->node_pid == node_pid) return **exit;
      continue;
    }
    pollfd waiting{node.events_fd(), POLLIN, 0};
    if (poll(&waiting, 1, 20000) <= 0) {
      ADD_FAILURE() << "no exit in 20 s";
      return {};
    }
  }
}

struct RunResult {
  std::string output;
  ExitReport exit;
};

// Runs one process to its end and collects what it writes.
inline RunResult RunToEnd(NodeProcessTree& node, ProcessSpec spec) {
  RunResult result;
  UniqueFd file(memfd_create("output", MFD_CLOEXEC));
  spec.stdout_to = spec.stderr_to = StdioSpec::Fd(file.get());
  auto process = node.Spawn(spec);
  EXPECT_TRUE(process.ok()) << process.status();
  if (!process.ok()) return result;
  result.exit = WaitForExit(node, process->node_pid);
  char buffer[4096];
  ssize_t size;
  off_t at = 0;
  while ((size = pread(file.get(), buffer, sizeof(buffer), at)) > 0) {
    result.output.append(buffer, size);
    at += size;
  }
  return result;
}

// A launcher for each test.
class LauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0) << "these tests need root";
    auto launcher = Launcher::Start();
    ASSERT_TRUE(launcher.ok()) << launcher.status();
    launcher_ = std::move(launcher).value();
  }

  std::unique_ptr<NodeProcessTree> Start(const NodeSpec& spec) {
    auto node = launcher_->StartNode(spec);
    EXPECT_TRUE(node.ok()) << node.status();
    return node.ok() ? std::move(node).value() : nullptr;
  }

  std::unique_ptr<Launcher> launcher_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_LAUNCH_TESTING_H_
