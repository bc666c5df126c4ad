// Processes of nodes on the real kernel: what they are given, how they fail,
// how their listeners come to the supervisor.
#include <fcntl.h>
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

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "supervisor/launch/launch_testing.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {
namespace {

using ::testing::HasSubstr;

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

TEST_F(LauncherTest, MemoryMayBeMerged) {
  auto node = Start(HostNode());
  for (const bool merged : {true, false}) {
    ProcessSpec spec = Shell("cat /proc/self/ksm_stat");
    spec.merge_memory = merged;
    const std::string stat = RunToEnd(*node, spec).output;
    if (stat.find("ksm_merge_any") == std::string::npos) {
      GTEST_SKIP() << "a kernel that does not say";
    }
    EXPECT_NE(stat.find(merged ? "ksm_merge_any: yes" : "ksm_merge_any: no"),
              std::string::npos)
        << stat;
  }
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

}  // namespace
}  // namespace quiesce
