// Nodes and processes on the real kernel: needs root. The root file system is
// the host's, which has what the tests run.
#include "supervisor/launch/launcher.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NodeSpec HostNode(const std::string& name = "r1") {
  NodeSpec spec;
  spec.name = name;
  spec.rootfs = "host";
  spec.root_mode = RootMode::kReadOnly;
  spec.private_dirs = {"/run", "/tmp", "/var/tmp"};
  return spec;
}

ProcessSpec Shell(const std::string& script) {
  ProcessSpec spec;
  spec.name = "sh";
  spec.argv = {"/bin/sh", "-c", script};
  return spec;
}

// Waits for the exit of one process; other exits are passed over.
ExitReport WaitForExit(NodeProcessTree& node, pid_t node_pid) {
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
RunResult RunToEnd(NodeProcessTree& node, ProcessSpec spec) {
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

TEST_F(LauncherTest, RunsAProgramAndReportsItsExit) {
  auto node = Start(HostNode());
  RunResult run = RunToEnd(*node, Shell("echo hello; exit 3"));
  EXPECT_EQ(run.output, "hello\n");
  EXPECT_TRUE(run.exit.spawned);
  EXPECT_EQ(run.exit.name, "sh");
  EXPECT_EQ(DescribeWaitStatus(run.exit.wait_status), "exit status 3");
  EXPECT_TRUE(run.exit.launch_error.ok());
}

TEST_F(LauncherTest, ReportsASignal) {
  auto node = Start(HostNode());
  RunResult run = RunToEnd(*node, Shell("kill -SEGV $$"));
  EXPECT_THAT(DescribeWaitStatus(run.exit.wait_status),
              HasSubstr("killed by SIGSEGV"));
}

TEST_F(LauncherTest, ReportsOrphansAsNotSpawned) {
  auto node = Start(HostNode());
  // The shell's child outlives it and becomes PID 1's.
  auto process = node->Spawn(Shell("(read x; exit 5) < /dev/null & "));
  ASSERT_TRUE(process.ok()) << process.status();
  WaitForExit(*node, process->node_pid);
  pollfd waiting{node->events_fd(), POLLIN, 0};
  ASSERT_EQ(poll(&waiting, 1, 20000), 1);
  auto exit = node->ReadExit();
  ASSERT_TRUE(exit.ok() && exit->has_value());
  EXPECT_FALSE((*exit)->spawned);
  EXPECT_EQ(DescribeWaitStatus((*exit)->wait_status), "exit status 5");
}

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

TEST_F(LauncherTest, UserGroupsAndCapabilities) {
  auto node = Start(HostNode());
  ProcessSpec spec = Shell("id -u; id -g; id -G; grep Cap /proc/self/status");
  spec.user = "daemon";
  spec.supplementary_groups = {{"tty", "12"}};
  spec.capabilities = CapabilityBit(CAP_NET_ADMIN);
  RunResult run = RunToEnd(*node, spec);
  EXPECT_THAT(run.output, testing::StartsWith("1\n1\n1 5 12\n"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_THAT(run.output,
                HasSubstr(absl::StrCat(set, ":\t0000000000001000\n")));
  }
}

TEST_F(LauncherTest, RootKeepsOnlyWhatItMayHave) {
  auto node = Start(HostNode());
  RunResult run =
      RunToEnd(*node, Shell("grep CapEff /proc/self/status; mount -t "
                            "tmpfs none /tmp 2>&1 | head -1"));
  EXPECT_THAT(
      run.output,
      HasSubstr(absl::StrCat(
          "CapEff:\t", absl::Hex(DefaultCapabilities(), absl::kZeroPad16))));
  EXPECT_THAT(run.output, HasSubstr("denied"));
  ProcessSpec spec = Shell("grep CapEff /proc/self/status");
  spec.capabilities = DefaultCapabilities() | CapabilityBit(CAP_SYS_ADMIN);
  run = RunToEnd(*node, spec);
  EXPECT_THAT(
      run.output,
      HasSubstr(absl::StrCat(absl::Hex(*spec.capabilities, absl::kZeroPad16))));
}

TEST_F(LauncherTest, LimitsScheduleAndPersonality) {
  auto node = Start(HostNode());
  ProcessSpec spec = Shell(
      "ulimit -n; umask; pwd; cat /proc/self/personality; "
      "grep Cpus_allowed_list /proc/self/status; cut -d' ' -f40,41 "
      "/proc/self/stat; ls /proc/self/fd; echo $A");
  spec.rlimits = {{RLIMIT_NOFILE, {123, 123}}};
  spec.umask = 027;
  spec.cwd = "/usr";
  spec.cpu = 0;
  spec.fifo_priority = 2;
  spec.env = {"A=b c"};
  RunResult run = RunToEnd(*node, spec);
  EXPECT_EQ(run.output,
            "123\n0027\n/usr\n00040000\nCpus_allowed_list:\t0\n2 1\n"
            "0\n1\n2\n3\nb c\n");  // 3 is ls's own
}

TEST_F(LauncherTest, InheritedDescriptors) {
  auto node = Start(HostNode());
  UniqueFd memfd(memfd_create("given", MFD_CLOEXEC));
  ASSERT_EQ(write(memfd.get(), "seen\n", 5), 5);
  lseek(memfd.get(), 0, SEEK_SET);
  ProcessSpec spec = Shell("cat <&7");
  spec.inherit_fds = {{memfd.get(), 7}};
  EXPECT_EQ(RunToEnd(*node, spec).output, "seen\n");
}

TEST_F(LauncherTest, ProgramsThatCannotStart) {
  auto node = Start(HostNode());
  ProcessSpec spec = Shell("");
  auto message = [&] {
    return std::string(node->Spawn(spec).status().message());
  };
  spec.argv = {"/no/such/program"};
  EXPECT_EQ(node->Spawn(spec).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message(), HasSubstr("node r1, process sh: /no/such/program"));
  spec.argv = {"no-such-program"};
  EXPECT_THAT(message(), HasSubstr("no program no-such-program in PATH="));
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(node->Spawn(spec).status().code(),
            absl::StatusCode::kPermissionDenied);
  spec = Shell("");
  spec.cwd = "/no/such/directory";
  EXPECT_THAT(message(), HasSubstr("/no/such/directory"));
  spec = Shell("");
  spec.user = "no-such-user";
  EXPECT_THAT(message(), HasSubstr("no user \"no-such-user\""));
  spec = Shell("");
  spec.filter = {{BPF_RET | BPF_X, 9, 9, 0}};
  EXPECT_THAT(message(), HasSubstr("installing the seccomp filter"));
  EXPECT_EQ(RunToEnd(*node, Shell("echo still works")).output, "still works\n");
}

// Filters.

constexpr sock_filter kLoadCall = {BPF_LD | BPF_W | BPF_ABS, 0, 0,
                                   offsetof(seccomp_data, nr)};
constexpr sock_filter kAllow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
constexpr sock_filter kNotify = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF};

// Notifies the one call, lets all others through.
std::vector<sock_filter> NotifyOnly(unsigned call) {
  return {kLoadCall, {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call}, kNotify, kAllow};
}

// Notifies everything but what the launcher must have.
std::vector<sock_filter> NotifyEverything() {
  return {kLoadCall,
          {BPF_JMP | BPF_JEQ | BPF_K, 3, 0, SYS_close},
          {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, SYS_seccomp},
          {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_exit_group},
          kNotify,
          kAllow};
}

// Answers until the listener hangs up: `values` where it has the call, else
// lets the kernel do it. Returns how often each call came.
std::map<int, int> Serve(int listener, const std::map<int, int64_t>& values) {
  std::map<int, int> seen;
  for (;;) {
    pollfd waiting{listener, POLLIN, 0};
    if (poll(&waiting, 1, 20000) <= 0) {
      ADD_FAILURE() << "no call in 20 s";
      return seen;
    }
    if (!(waiting.revents & POLLIN)) return seen;
    seccomp_notif request = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;
    ++seen[request.data.nr];
    seccomp_notif_resp response = {};
    response.id = request.id;
    auto value = values.find(request.data.nr);
    if (value != values.end()) {
      response.val = value->second;
    } else {
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

TEST_F(LauncherTest, ListenerAnswersOneCall) {
  auto node = Start(HostNode());
  UniqueFd output(memfd_create("output", MFD_CLOEXEC));
  ProcessSpec spec = Shell("echo $PPID");
  spec.filter = NotifyOnly(SYS_getppid);
  spec.stdout_to = StdioSpec::Fd(output.get());
  auto process = node->Spawn(spec);
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_TRUE(process->listener.valid());
  EXPECT_GT(process->pid, 0);
  std::map<int, int> seen =
      Serve(process->listener.get(), {{SYS_getppid, 4711}});
  EXPECT_EQ(seen, (std::map<int, int>{{SYS_getppid, 1}}));
  EXPECT_EQ(WaitForExit(*node, process->node_pid).wait_status, 0);
  char text[16] = {};
  EXPECT_GT(pread(output.get(), text, sizeof(text) - 1, 0), 0);
  EXPECT_STREQ(text, "4711\n");
}

TEST_F(LauncherTest, EverythingMayBeNotified) {
  auto node = Start(HostNode());
  for (const char* user : {"root", "daemon"}) {
    ProcessSpec spec = Shell("exit 7");
    spec.filter = NotifyEverything();
    spec.user = user;
    auto process = node->Spawn(spec);
    ASSERT_TRUE(process.ok()) << process.status();
    std::map<int, int> seen = Serve(process->listener.get(), {});
    EXPECT_EQ(seen[SYS_execve], 1);
    EXPECT_GT(seen[SYS_mmap], 1);
    EXPECT_EQ(
        DescribeWaitStatus(WaitForExit(*node, process->node_pid).wait_status),
        "exit status 7");
  }
}

TEST_F(LauncherTest, FailedExecUnderAFilterIsReportedWithTheExit) {
  char path[] = "/var/tmp/quiesce-test-XXXXXX";
  UniqueFd script(mkstemp(path));
  ASSERT_TRUE(script.valid());
  ASSERT_GT(write(script.get(), "#!/no/interpreter\n", 18), 0);
  ASSERT_EQ(fchmod(script.get(), 0755), 0);
  script.Reset();
  NodeSpec node_spec = HostNode();
  node_spec.private_dirs = {"/run", "/tmp"};
  auto node = Start(node_spec);
  ProcessSpec spec = Shell("");
  spec.argv = {path};
  // Without a filter Spawn() itself says it.
  EXPECT_THAT(std::string(node->Spawn(spec).status().message()),
              HasSubstr("interpreter is missing"));
  spec.filter = NotifyEverything();
  auto process = node->Spawn(spec);
  ASSERT_TRUE(process.ok()) << process.status();
  Serve(process->listener.get(), {});
  ExitReport exit = WaitForExit(*node, process->node_pid);
  EXPECT_THAT(std::string(exit.launch_error.message()),
              HasSubstr("node r1, process sh: " + std::string(path)));
  EXPECT_EQ(exit.launch_error.code(), absl::StatusCode::kNotFound);
  unlink(path);
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

// A terminal of the test's own, the program's standard input and output.
struct Terminal {
  UniqueFd master, slave;
  Terminal() : master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(grantpt(master.get()), 0);
    EXPECT_EQ(unlockpt(master.get()), 0);
    slave.Reset(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_TRUE(slave.valid());
  }
};

TEST_F(LauncherTest, ForegroundProcessOwnsTheTerminal) {
  // Job control needs a session whose terminal this is: a child of ours.
  launcher_.reset();
  Terminal terminal;
  pid_t session = fork();
  ASSERT_GE(session, 0);
  if (session == 0) {
    if (setsid() < 0 || ioctl(terminal.slave.get(), TIOCSCTTY, 0) != 0) {
      _exit(10);
    }
    auto launcher = Launcher::Start();
    NodeSpec spec;
    spec.name = "one";
    spec.host_transparent = true;
    auto node = (*launcher)->StartNode(spec);
    if (!node.ok()) _exit(11);
    for (TerminalMode mode :
         {TerminalMode::kInherit, TerminalMode::kForeground}) {
      ProcessSpec process = Shell("test -t 0 && exec tty -s");
      process.keep_credentials = true;
      process.terminal = mode;
      process.stdin_from = StdioSpec::Fd(terminal.slave.get());
      process.stdout_to = process.stderr_to = process.stdin_from;
      auto shell = (*node)->Spawn(process);
      if (!shell.ok()) _exit(12);
      pid_t group = mode == TerminalMode::kForeground ? shell->pid : getpid();
      if (tcgetpgrp(terminal.slave.get()) != group) _exit(13);
      if (WaitForExit(**node, shell->node_pid).wait_status != 0) _exit(14);
    }
    signal(SIGTTOU, SIG_IGN);
    if (tcsetpgrp(terminal.slave.get(), getpid()) != 0) _exit(15);
    node->reset();
    launcher->reset();
    _exit(0);
  }
  int status;
  ASSERT_EQ(waitpid(session, &status, 0), session);
  EXPECT_EQ(DescribeWaitStatus(status), "exit status 0");
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

TEST_F(LauncherTest, ProcessLimitIsSaidClearly) {
  auto node = Start(HostNode());
  std::vector<SpawnedProcess> many;
  absl::Status status;
  while (status.ok()) {
    auto process = node->Spawn(Shell("exec sleep 1000"));
    status = process.status();
    if (process.ok()) many.push_back(std::move(process).value());
    ASSERT_LE(many.size(), 1000);
  }
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("has 256 processes of ours already"));
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
