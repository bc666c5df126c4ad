#include "supervisor/launch/fork_server.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdint>

#include "absl/status/statusor.h"
#include "notifier/base/status_macros.h"
#include "supervisor/launch/node_init.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

uint64_t NamespacesOf(const NodeSpec& spec) {
  uint64_t flags = 0;
  // Its /proc must be of its PID namespace: hence CLONE_NEWNS, too.
  if (spec.pid_namespace) flags |= CLONE_NEWPID | CLONE_NEWNS;
  if (spec.net_namespace) flags |= CLONE_NEWNET;
  if (!spec.host_transparent) {
    flags |= CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  }
  return flags;
}

absl::StatusOr<UniqueFd> CloneInit(WireMessage& request, UniqueFd& channel) {
  WireReader in(request.bytes);
  NodeSpec spec = TakeNodeSpec(in);
  if (!in.ok()) return absl::InternalError("a node's spec was cut short");
  std::vector<UniqueFd>& fds = request.fds;
  if (fds.size() != 3) return absl::InternalError("three channels expected");
  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_PIDFD | NamespacesOf(spec);
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid == 0) {
    channel.Reset();
    RunNodeInit(spec,
                {std::move(fds[0]), std::move(fds[1]), std::move(fds[2])});
  }
  if (pid < 0) {
    absl::Status failure = ErrnoStatus("cloning a node into new namespaces");
    return absl::Status(failure.code(),
                        std::string(failure.message()) +
                            ": root is needed, and room in kernel.pid_max and "
                            "user.max_{mnt,pid,net,uts,ipc}_namespaces");
  }
  return UniqueFd(pidfd);
}

absl::Status SetPriority(int fifo_priority) {
  sched_param parameter = {};
  parameter.sched_priority = fifo_priority;
  int policy = fifo_priority > 0 ? SCHED_FIFO : SCHED_OTHER;
  if (sched_setscheduler(0, policy, &parameter) != 0) {
    return ErrnoStatus("the scheduling policy of the fork server");
  }
  return absl::OkStatus();
}

}  // namespace

void RunForkServer(UniqueFd channel, const std::string& name,
                   int fifo_priority) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, name.c_str());
  // The terminal's signals and kill(1)'s are for the supervisor; ignored
  // children need no reaping.
  for (int sig : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU,
                  SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD}) {
    signal(sig, SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Whoever waits for the end of the supervisor's output must not wait for us.
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  int own = fcntl(channel.get(), F_DUPFD_CLOEXEC, 3);
  if (own < 0) _exit(1);
  dup3(own, 3, O_CLOEXEC);
  (void)channel.Release();
  close_range(4, UINT_MAX, 0);
  UniqueFd served(3);
  WireWriter hello;
  PutStatus(SetPriority(fifo_priority), hello);
  if (!SendMessage(served.get(), hello.bytes()).ok()) _exit(0);
  for (;;) {
    auto request = ReceiveMessage(served.get());
    if (!request.ok() && absl::IsUnavailable(request.status())) _exit(0);
    absl::StatusOr<UniqueFd> init = absl::InternalError("no request");
    if (request.ok()) {
      init = CloneInit(*request, served);
    } else {
      init = request.status();
    }
    WireWriter answer;
    PutStatus(init.status(), answer);
    int pidfd = init.ok() ? init->get() : -1;
    absl::Status sent = SendMessage(
        served.get(), answer.bytes(),
        init.ok() ? absl::MakeConstSpan(&pidfd, 1) : absl::Span<const int>());
    if (absl::IsUnavailable(sent)) _exit(0);
  }
}

}  // namespace quiesce
