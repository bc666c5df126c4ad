// Nodes on the real kernel: file systems, namespaces, beginning and end.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "supervisor/launch/launch_testing.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(LauncherTest, NamespacesAreItsOwn) {
  auto node = Start(HostNode("spine-1"));
  RunResult run = RunToEnd(
      *node, Shell("hostname; cat /proc/1/comm; ls /proc/sys/net/ipv4/conf;"
                   "cat /proc/net/route; ls /sys /dev /dev/pts; tty"));
  EXPECT_THAT(run.output, HasSubstr("spine-1\nquiesce-init\n"));
  EXPECT_THAT(run.output, HasSubstr("all\ndefault\nlo\n"));
  EXPECT_THAT(run.output, Not(HasSubstr("eth")));
  EXPECT_THAT(run.output, HasSubstr("urandom"));
  EXPECT_THAT(run.output, HasSubstr("not a tty"));
  struct stat ours, theirs;
  for (const char* ns : {"mnt", "pid", "uts", "ipc", "net"}) {
    ASSERT_EQ(stat(absl::StrCat("/proc/self/ns/", ns).c_str(), &ours), 0);
    ASSERT_EQ(stat(absl::StrCat("/proc/", node->init_pid(), "/ns/", ns).c_str(),
                   &theirs),
              0);
    EXPECT_NE(ours.st_ino, theirs.st_ino) << ns;
  }
}

TEST_F(LauncherTest, NoWayToTheHostsNetwork) {
  auto node = Start(HostNode());
  RunResult run = RunToEnd(*node, Shell("cat /proc/net/dev | wc -l; "
                                        "cat /proc/net/tcp | wc -l"));
  EXPECT_EQ(run.output, "3\n1\n");  // two lines of heading and lo; heading
}

TEST_F(LauncherTest, WritesStayPrivate) {
  auto node = Start(HostNode("a")), other = Start(HostNode("b"));
  RunResult run = RunToEnd(*node, Shell("echo x > /tmp/quiesce-private && "
                                        "cat /tmp/quiesce-private; ls /tmp"));
  EXPECT_EQ(run.output, "x\nquiesce-private\n");
  EXPECT_EQ(RunToEnd(*other, Shell("ls /tmp")).output, "");
  EXPECT_NE(access("/tmp/quiesce-private", F_OK), 0);
  run = RunToEnd(*node, Shell("echo x > /etc/quiesce-private"));
  EXPECT_THAT(run.output, HasSubstr("Read-only file system"));
}

TEST_F(LauncherTest, OverlayIsWritableEverywhere) {
  NodeSpec spec = HostNode();
  spec.root_mode = RootMode::kOverlay;
  spec.files = {{"/etc/hostname", "changed\n"}};
  auto node = Start(spec);
  RunResult run =
      RunToEnd(*node, Shell("echo x > /etc/quiesce-private && "
                            "cat /etc/quiesce-private /etc/hostname"));
  EXPECT_EQ(run.output, "x\nchanged\n");
  EXPECT_NE(access("/etc/quiesce-private", F_OK), 0);
}

TEST_F(LauncherTest, FilesDirectoriesAndSys) {
  NodeSpec spec = HostNode();
  spec.private_dirs = {"/run", "/tmp", "/tmp/inner", "/var/tmp"};
  spec.directories = {{"/run/frr/deep", 0750, {"daemon", ""}}};
  spec.files = {{"/run/frr/frr.conf", "router\n", 0640, {"daemon", "tty"}},
                {"/etc/hostname", "below-read-only\n"}};
  spec.sys_files = {{"class/net/eth0/mtu", "1500\n"},
                    {"class/net/eth1/mtu", "1500\n"}};
  auto node = Start(spec);
  RunResult run = RunToEnd(
      *node, Shell("stat -c '%a %U %G' /run/frr/deep /run/frr/frr.conf /tmp;"
                   "cat /run/frr/frr.conf /etc/hostname; ls -d /tmp/inner;"
                   "cat /sys/class/net/eth1/mtu; ls /sys/class/net"));
  EXPECT_EQ(run.output,
            "750 daemon daemon\n640 daemon tty\n1777 root root\n"
            "router\nbelow-read-only\n/tmp/inner\n1500\neth0\neth1\n");
}

TEST_F(LauncherTest, BindsAreReadOnly) {
  char directory[] = "/tmp/quiesce-bind-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  NodeSpec spec = HostNode();
  spec.binds = {{directory, "/run/bound"}};
  {
    auto node = Start(spec);
    RunResult run = RunToEnd(*node, Shell("touch /run/bound/x"));
    EXPECT_THAT(run.output, HasSubstr("Read-only file system"));
  }
  EXPECT_EQ(rmdir(directory), 0);
}

TEST_F(LauncherTest, SpecsThatCannotBeMetSayWhy) {
  NodeSpec spec = HostNode();
  spec.rootfs = "/nonexistent";
  auto node = launcher_->StartNode(spec);
  EXPECT_EQ(node.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(node.status().message()),
              HasSubstr("node r1: root file system /nonexistent"));

  spec = HostNode();
  spec.private_dirs = {"/no-such-directory"};
  node = launcher_->StartNode(spec);
  EXPECT_THAT(std::string(node.status().message()),
              HasSubstr("has no directory /no-such-directory"));

  spec = HostNode();
  spec.files = {{"/etc/no-such-file", "x"}};
  node = launcher_->StartNode(spec);
  EXPECT_THAT(std::string(node.status().message()),
              HasSubstr("/etc/no-such-file"));

  spec = HostNode();
  spec.files = {{"/run/x", "x", 0644, {"no-such-user", ""}}};
  node = launcher_->StartNode(spec);
  EXPECT_THAT(std::string(node.status().message()),
              HasSubstr("no user \"no-such-user\""));

  EXPECT_NE(Start(HostNode()), nullptr);  // it still works
}

TEST_F(LauncherTest, TerminatingSignalsDoNotReachTheInit) {
  auto node = Start(HostNode());
  ProcessSpec spec = Shell(
      "kill -TERM 1; kill -KILL 1; kill -INT 1; "
      "kill -HUP 1; echo alive");
  EXPECT_EQ(RunToEnd(*node, spec).output, "alive\n");
  EXPECT_EQ(RunToEnd(*node, Shell("echo alive")).output, "alive\n");
}

TEST_F(LauncherTest, KillEndsEverythingInTheNode) {
  auto node = Start(HostNode());
  // Ignores everything that can be ignored, and has a child.
  auto process = node->Spawn(Shell("trap '' TERM INT HUP; sleep 1000"));
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_TRUE(node->KillAndWait().ok());
  pollfd ended{process->pidfd.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 0), 1);
  EXPECT_TRUE(absl::IsUnavailable(node->Spawn(Shell("")).status()));
  EXPECT_FALSE(node->ReadExit().ok());
}

TEST_F(LauncherTest, DeathOfTheInitIsNoticed) {
  auto node = Start(HostNode());
  ASSERT_EQ(kill(node->init_pid(), SIGKILL), 0);
  pollfd waiting{node->events_fd(), POLLIN, 0};
  ASSERT_EQ(poll(&waiting, 1, 20000), 1);
  EXPECT_TRUE(absl::IsUnavailable(node->ReadExit().status()));
  EXPECT_TRUE(absl::IsUnavailable(node->Spawn(Shell("")).status()));
}

TEST_F(LauncherTest, HostTransparentSeesTheHostAsItIs) {
  for (bool pid_namespace : {true, false}) {
    NodeSpec spec;
    spec.name = "one";
    spec.host_transparent = true;
    spec.pid_namespace = pid_namespace;
    auto node = Start(spec);
    char path[] = "/tmp/quiesce-transparent-XXXXXX";
    UniqueFd file(mkstemp(path));
    ASSERT_TRUE(file.valid());
    ProcessSpec process = Shell(absl::StrCat("echo w > ", path,
                                             "; hostname; "
                                             "cat /proc/net/dev | wc -l; "
                                             "[ -d /proc/$$ ] && echo own"));
    process.keep_credentials = true;
    process.terminal = TerminalMode::kInherit;
    RunResult run = RunToEnd(*node, process);
    char hostname[65] = {};
    gethostname(hostname, sizeof(hostname));
    EXPECT_EQ(run.output, absl::StrCat(hostname, "\n3\nown\n"));
    struct stat info;
    EXPECT_EQ(fstat(file.get(), &info), 0);
    EXPECT_EQ(info.st_size, 2);
    auto sleeper = node->Spawn(Shell("sleep 1000 & sleep 1000"));
    ASSERT_TRUE(sleeper.ok());
    EXPECT_TRUE(node->KillAndWait().ok());
    pollfd ended{sleeper->pidfd.get(), POLLIN, 0};
    EXPECT_EQ(poll(&ended, 1, 0), 1);
    unlink(path);
  }
}

TEST_F(LauncherTest, ThreadsStartNodesAtTheSameTime) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        auto node =
            launcher_->StartNode(HostNode(absl::StrCat("t", t, "-", i)));
        if (!node.ok()) continue;
        RunResult run = RunToEnd(**node, Shell("hostname"));
        good += run.output == absl::StrCat("t", t, "-", i, "\n");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 20);
}

TEST_F(LauncherTest, AFloodOfOrphansHarmsNobody) {
  auto node = Start(HostNode());
  ProcessSpec flood =
      Shell("i=0; while [ $i -lt 3000 ]; do (:) & i=$((i+1)); done; exit 9");
  auto process = node->Spawn(flood);
  ASSERT_TRUE(process.ok());
  // Nobody reads the exits meanwhile, yet requests are answered.
  EXPECT_TRUE(node->Spawn(Shell("exit 0")).ok());
  EXPECT_EQ(
      DescribeWaitStatus(WaitForExit(*node, process->node_pid).wait_status),
      "exit status 9");
}

TEST_F(LauncherTest, AForkBombStaysInItsNode) {
  int before = 0;
  std::ifstream("/proc/sys/kernel/pid_max") >> before;
  NodeSpec spec = HostNode("bomb");
  spec.pid_limit = 400;
  auto node = Start(spec), other = Start(HostNode("other"));
  RunResult bomb = RunToEnd(
      *node, Shell("i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i+1)); "
                   "done; echo $i"));
  EXPECT_THAT(bomb.output, HasSubstr("Cannot fork"));
  auto spawned = node->Spawn(Shell("exit 0"));
  EXPECT_THAT(std::string(spawned.status().message()),
              HasSubstr("making a process"));
  EXPECT_EQ(RunToEnd(*other, Shell("echo well")).output, "well\n");
  int after = 0;
  std::ifstream("/proc/sys/kernel/pid_max") >> after;
  EXPECT_EQ(after, before) << "the machine's own limit has changed";
}

TEST_F(LauncherTest, TheInitRunsWhereItIsTold) {
  launcher_.reset();
  auto launcher = Launcher::Start({.fifo_priority = 4});
  ASSERT_TRUE(launcher.ok());
  launcher_ = std::move(launcher).value();
  EXPECT_EQ(sched_getscheduler(launcher_->fork_server_pid()), SCHED_FIFO);
  auto plain = Start(HostNode("plain"));
  EXPECT_EQ(sched_getscheduler(plain->init_pid()), SCHED_OTHER);
  NodeSpec spec = HostNode();
  spec.init_cpu = 1;
  spec.init_fifo_priority = 3;
  auto node = Start(spec);
  EXPECT_EQ(sched_getscheduler(node->init_pid()), SCHED_FIFO);
  sched_param parameter;
  sched_getparam(node->init_pid(), &parameter);
  EXPECT_EQ(parameter.sched_priority, 3);
  cpu_set_t set;
  sched_getaffinity(node->init_pid(), sizeof(set), &set);
  EXPECT_TRUE(CPU_ISSET(1, &set) && CPU_COUNT(&set) == 1);
  RunResult run = RunToEnd(*node, Shell("cut -d' ' -f41 /proc/self/stat"));
  EXPECT_EQ(run.output, "0\n");  // SCHED_OTHER: not inherited
}

TEST_F(LauncherTest, FiftyNodes) {
  absl::Time start = absl::Now();
  std::vector<std::unique_ptr<NodeProcessTree>> nodes;
  for (int i = 0; i < 50; ++i) {
    nodes.push_back(Start(HostNode(absl::StrCat("n", i))));
    ASSERT_NE(nodes.back(), nullptr);
  }
  absl::Time up = absl::Now();
  for (auto& node : nodes) {
    auto process = node->Spawn(Shell("exit 0"));
    ASSERT_TRUE(process.ok()) << process.status();
  }
  absl::Time spawned = absl::Now();
  for (auto& node : nodes) node->Kill();
  nodes.clear();
  absl::Time down = absl::Now();
  printf("per node: start %.2f ms, spawn %.2f ms, stop %.2f ms\n",
         absl::ToDoubleMilliseconds(up - start) / 50,
         absl::ToDoubleMilliseconds(spawned - up) / 50,
         absl::ToDoubleMilliseconds(down - spawned) / 50);
}

}  // namespace
}  // namespace quiesce
