#include "supervisor/launch/environment.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS  // 6.6
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

// Runs `probe` in a child; what it returns (an errno, 0 is good) is the
// answer. Filters and namespaces die with it.
int InChild(const std::function<int()>& probe) {
  pid_t pid = fork();
  if (pid < 0) return errno;
  if (pid == 0) _exit(probe());
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int ErrnoUnless(bool good) { return good ? 0 : errno; }

// A listener, fetched as the launcher fetches it.
int TryListener() {
  sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  sock_fprog program = {1, &allow};
  int listener =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
              SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
              &program);
  return ErrnoUnless(listener >= 0);
}

int TrySyncWakeUp() {
  sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  sock_fprog program = {1, &allow};
  int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                         SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
  return ErrnoUnless(listener >= 0 &&
                     ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags) ==
                         0);
}

int TryPidfdGetfd() {
  int self = syscall(SYS_pidfd_open, getpid(), 0);
  return ErrnoUnless(self >= 0 && syscall(SYS_pidfd_getfd, self, self, 0) >= 0);
}

int TryNamespaces() {
  return ErrnoUnless(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
                             CLONE_NEWIPC | CLONE_NEWNET) == 0);
}

// fsopen and mount_setattr: 5.12.
int TryMounts() {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  int context = syscall(SYS_fsopen, "tmpfs", 0);
  if (context < 0) return errno;
  // An empty attribute block of the right size is fine, if it is known.
  uint64_t attributes[4] = {};
  return ErrnoUnless(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, attributes,
                             sizeof(attributes)) == 0);
}

int TryRealtime() {
  sched_param parameter = {};
  parameter.sched_priority = 3;
  return ErrnoUnless(sched_setscheduler(0, SCHED_FIFO, &parameter) == 0);
}

}  // namespace

std::vector<EnvironmentProblem> CheckEnvironment(
    const EnvironmentNeeds& needs) {
  std::vector<EnvironmentProblem> problems;
  auto probe = [&](const std::string& what, int (*function)(),
                   const std::string& remedy, bool fatal = true) {
    if (int error = InChild(function); error != 0) {
      problems.push_back(
          {absl::StrCat(what, " (", strerror(error), ")"), remedy, fatal});
    }
  };
  if (geteuid() != 0) {
    problems.push_back({"root", "run it with sudo"});
    return problems;  // everything else would be missing for this reason
  }
  utsname kernel = {};
  uname(&kernel);
  if (strcmp(kernel.machine, "x86_64") != 0) {
    problems.push_back(
        {absl::StrCat("an x86-64 machine; this one is ", kernel.machine),
         "run it on x86-64 Linux"});
  }
  const std::string container =
      "in a container run it privileged (docker run --privileged); on the "
      "host this needs no setting";
  probe("seccomp user notification", TryListener,
        absl::StrCat("Linux 5.9 or later with CONFIG_SECCOMP_FILTER; ",
                     container));
  probe("SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP", TrySyncWakeUp,
        "Linux 6.6 or later makes intercepted calls much faster", false);
  probe("pidfd_getfd", TryPidfdGetfd,
        absl::StrCat("Linux 5.6 or later and CAP_SYS_PTRACE; ", container));
  probe("new mount, PID, UTS, IPC and network namespaces", TryNamespaces,
        absl::StrCat("raise user.max_*_namespaces (sysctl); ", container));
  probe("the mount calls fsopen and mount_setattr", TryMounts,
        absl::StrCat("Linux 5.12 or later; ", container));
  if (needs.realtime) {
    probe("realtime scheduling (SCHED_FIFO)", TryRealtime,
          "CAP_SYS_NICE, and a cpu cgroup with a realtime budget "
          "(cpu.rt_runtime_us); without it runs are slower",
          false);
  }

  for (const HostLimit& limit : CompareWithHost(needs.resources)) {
    if (!limit.Fits()) problems.push_back({limit.ToString(), limit.remedy});
  }
  return problems;
}

void RaiseDescriptorLimit() {
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

std::string DescribeProblems(const std::vector<EnvironmentProblem>& problems) {
  std::string text;
  for (const EnvironmentProblem& problem : problems) {
    absl::StrAppend(&text, problem.fatal ? "missing: " : "note: missing: ",
                    problem.what, "\n  remedy: ", problem.remedy, "\n");
  }
  return text;
}

}  // namespace quiesce
