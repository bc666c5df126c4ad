#include "supervisor/launch/node_init.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <fstream>
#include <set>
#include <string>

#include "notifier/base/status_macros.h"
#include "supervisor/launch/node_root.h"
#include "supervisor/launch/node_spawn.h"
#include "supervisor/launch/spec_wire.h"
#include "supervisor/launch/wire.h"

namespace quiesce {
namespace {

constexpr size_t kMostExits = 4096;

void WakeUp(int) {}  // SIGCHLD's: makes ppoll return

class NodeInit {
 public:
  NodeInit(NodeSpec spec, NodeInitChannels channels)
      : spec_(std::move(spec)), channels_(std::move(channels)) {}

  [[noreturn]] void Run() {
    absl::Status ready = SetUp();
    WireWriter answer;
    PutStatus(ready, answer);
    absl::Status sent = SendMessage(channels_.control.get(), answer.bytes());
    // What remains is for the life of the node: give the rest back.
    spec_.files = {};
    spec_.sys_files = {};
    malloc_trim(0);
    if (ready.ok() && sent.ok()) Serve();
    End();
  }

 private:
  absl::Status SetUp() {
    if (spec_.pid_namespace) prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int sig = 1; sig < _NSIG; ++sig) signal(sig, SIG_DFL);
    if (!spec_.pid_namespace) {
      // An ordinary process: it must itself look after what a namespace does.
      for (int sig : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN,
                      SIGTTOU, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM}) {
        signal(sig, SIG_IGN);
      }
      prctl(PR_SET_CHILD_SUBREAPER, 1);
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, nullptr);
    struct sigaction wake = {};
    wake.sa_handler = WakeUp;
    sigaction(SIGCHLD, &wake, nullptr);
    prctl(PR_SET_NAME, "quiesce-init");

    void* memory =
        mmap(nullptr, sizeof(ChildSlot) * kChildSlots, PROT_READ | PROT_WRITE,
             MAP_SHARED, channels_.slots.get(), 0);
    if (memory == MAP_FAILED) return ErrnoStatus("mapping the child slots");
    slots_ = static_cast<ChildSlot*>(memory);
    channels_.slots.Reset();
    RETURN_IF_ERROR(SetSchedule());
    if (spec_.host_transparent) {
      return spec_.pid_namespace ? MountOwnProc() : absl::OkStatus();
    }
    const std::string& name = spec_.HostName();
    if (sethostname(name.data(), name.size()) != 0) {
      return absl::InvalidArgumentError("hostname \"" + name +
                                        "\" is not possible (64 bytes)");
    }
    return BuildNodeRoot(spec_);
  }

  absl::Status SetSchedule() {
    if (spec_.init_cpu >= 0) {
      cpu_set_t set;
      CPU_ZERO(&set);
      CPU_SET(spec_.init_cpu, &set);
      if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        return ErrnoStatus("pinning the node init to its cpu");
      }
    }
    sched_param parameter = {};
    parameter.sched_priority = spec_.init_fifo_priority;
    int policy = parameter.sched_priority > 0 ? SCHED_FIFO : SCHED_OTHER;
    if (sched_setscheduler(0, policy, &parameter) != 0) {
      return ErrnoStatus("the scheduling policy of the node init");
    }
    return absl::OkStatus();
  }

  // Until the supervisor is gone.
  void Serve() {
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
      Reap();
      FlushExits();
      pollfd waiting[2] = {
          {channels_.control.get(), POLLIN, 0},
          {channels_.events.get(),
           static_cast<short>(exits_.empty() ? 0 : POLLOUT), 0}};
      if (ppoll(waiting, 2, nullptr, &none) < 0) continue;  // SIGCHLD
      if (waiting[1].revents & (POLLHUP | POLLERR)) return;
      if (waiting[0].revents == 0) continue;
      auto request = ReceiveMessage(channels_.control.get());
      if (!request.ok()) {
        if (absl::IsUnavailable(request.status())) return;
        AnswerSpawn(request.status(), {});
        continue;
      }
      WireReader in(request->bytes);
      const auto what = in.Value<NodeRequest>();
      int slot = in.Value<int>();
      if (what == NodeRequest::kAdopt && slot >= 0 && slot < kChildSlots) {
        slots_[slot].error.store(0);
        slots_[slot].stage.store(ChildStage::kExec);
        spawned_.insert(in.Value<pid_t>());
        AnswerSpawn(absl::OkStatus(), {});
        continue;
      }
      if (what != NodeRequest::kSpawn) return;
      ProcessSpec process = TakeProcessSpec(in);
      if (!in.ok() || slot < 0 || slot >= kChildSlots) return;
      auto child = SpawnChild(process, std::move(request->fds), &slots_[slot]);
      if (child.ok()) {
        spawned_.insert(child->pid);
        AnswerSpawn(absl::OkStatus(), std::move(child).value());
      } else {
        AnswerSpawn(child.status(), {});
      }
    }
  }

  void AnswerSpawn(const absl::Status& status, SpawnedChild child) {
    WireWriter answer;
    PutStatus(status, answer);
    answer.Value(child.pid);
    int pidfd = child.pidfd.get();
    (void)SendMessage(channels_.control.get(), answer.bytes(),
                      child.pidfd.valid() ? absl::MakeConstSpan(&pidfd, 1)
                                          : absl::Span<const int>());
  }

  void Reap() {
    for (;;) {
      WireExit exit = {};
      exit.node_pid = wait4(-1, &exit.wait_status, WNOHANG, &exit.usage);
      if (exit.node_pid <= 0) return;
      exit.spawned = spawned_.erase(exit.node_pid) > 0;
      // A node that floods us with orphans loses news of orphans.
      if (exit.spawned || exits_.size() < kMostExits) exits_.push_back(exit);
    }
  }

  // Never blocks: a supervisor that does not read must not keep us from
  // answering it.
  void FlushExits() {
    while (!exits_.empty()) {
      ssize_t done = send(channels_.events.get(), &exits_.front(),
                          sizeof(WireExit), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (done < 0) return;
      exits_.pop_front();
    }
  }

  // With a namespace, our end is everybody's. Without, children are killed
  // until there are none; their orphans become ours and are next.
  [[noreturn]] void End() {
    if (!spec_.pid_namespace) {
      for (;;) {
        std::ifstream children("/proc/thread-self/children");
        pid_t child;
        while (children >> child) kill(child, SIGKILL);
        if (wait4(-1, nullptr, 0, nullptr) < 0) break;
      }
    }
    _exit(0);
  }

  NodeSpec spec_;
  NodeInitChannels channels_;
  ChildSlot* slots_ = nullptr;
  std::set<pid_t> spawned_;     // and not reaped yet
  std::deque<WireExit> exits_;  // not yet told to the supervisor
};

}  // namespace

void RunNodeInit(NodeSpec spec, NodeInitChannels channels) {
  NodeInit(std::move(spec), std::move(channels)).Run();
}

}  // namespace quiesce
