#include "supervisor/one_program.h"

#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notifier/base/status_macros.h"
#include "notifier/bpf/filter.h"
#include "supervisor/fabric/fabric.h"
#include "supervisor/launch/launcher.h"

extern char** environ;

namespace quiesce {
namespace {

constexpr NodeId kTheNode = 0;

// A world of one node: what it sends goes nowhere, in the way a packet does
// that finds no neighbour.
class LoneWorld : public World {
 public:
  explicit LoneWorld(const OneProgramOptions& options)
      : options_(options), now_(RealNow()) {}

  static Nanos RealNow() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
  }

  Nanos Now() const override {
    return options_.virtual_time ? now_ : RealNow();
  }
  Nanos RealtimeOffset() const override { return options_.epoch - start_; }
  bool VirtualTime() const override { return options_.virtual_time; }
  bool HoldsGuests() const override { return false; }
  void Send(Message message) override { sent_.push_back(std::move(message)); }
  void OnNewImage(Call& call) override { runtime_->TakeClock(call); }
  Outcome OnClockPage(Call& call) override { return runtime_->ClockPage(call); }
  void OnNewProcess(Call&) override { runtime_->LookForProcesses(); }
  void Confess(NodeId, absl::string_view what) override {
    confessions_.insert(std::string(what));
  }

  void Attach(NodeRuntime* runtime) {
    runtime_ = runtime;
    fabric_ = std::make_unique<Fabric>(
        std::vector<const Stack*>{&runtime->kernel().stack()});
  }

  // Routes what was sent; delivers what has come back by now.
  void Exchange() {
    for (Message& m : fabric_->Route(std::exchange(sent_, {}), Now())) {
      returning_.push_back(std::move(m));
    }
    const auto later = std::stable_partition(
        returning_.begin(), returning_.end(),
        [&](const Message& m) { return m.arrival <= Now(); });
    std::vector<Message> due(std::make_move_iterator(returning_.begin()),
                             std::make_move_iterator(later));
    returning_.erase(returning_.begin(), later);
    runtime_->Deliver(due);
  }

  Nanos next_event() const {
    Nanos next = runtime_->next_timer();
    for (const Message& m : returning_) next = std::min(next, m.arrival);
    return sent_.empty() ? next : Now();
  }
  void AdvanceTo(Nanos t) { now_ = std::max(now_, t); }
  const std::set<std::string>& confessions() const { return confessions_; }

 private:
  const OneProgramOptions& options_;
  Nanos now_;
  const Nanos start_ = now_;
  NodeRuntime* runtime_ = nullptr;
  std::unique_ptr<Fabric> fabric_;
  std::vector<Message> sent_;
  std::vector<Message> returning_;
  std::set<std::string> confessions_;
};

// Signals meant for the program that reach us: passed on.
std::atomic<pid_t> g_program{0};

void PassOn(int signal) {
  if (const pid_t program = g_program.load()) kill(program, signal);
}

void HandleSignals() {
  // From the terminal the program gets these itself.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  struct sigaction action {};
  action.sa_handler = PassOn;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    sigaction(number, &action, nullptr);
  }
}

absl::Status BuildStack(const OneProgramOptions& options, Stack& stack) {
  constexpr int kLoopback = 1;
  stack.SetUp(kLoopback);
  if (options.addresses.empty()) return absl::OkStatus();
  const MacAddress mac = {0x02, 0, 0, 0, 0, 0x02};
  const int eth0 = stack.AddEthernet("eth0", mac, 1500);
  stack.SetUp(eth0);
  for (const IpPrefix& address : options.addresses) {
    const NetResult added = stack.AddAddress(eth0, address);
    if (!added.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--address=", address.ToString(), ": ", std::strerror(added.error)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ProcessSpec> ProgramSpec(const OneProgramOptions& options) {
  ProcessSpec spec;
  spec.name = options.argv[0].substr(options.argv[0].rfind('/') + 1);
  spec.argv = options.argv;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    spec.env.push_back(*entry);
  }
  if (options.rootfs == "host") {
    char cwd[PATH_MAX];
    spec.cwd = getcwd(cwd, sizeof(cwd)) != nullptr ? cwd : "/";
    // Bazel's run starts us in its own tree; the user's directory is here.
    if (const char* user = getenv("BUILD_WORKING_DIRECTORY")) spec.cwd = user;
  }
  spec.keep_credentials = options.rootfs == "host";
  spec.stdin_from = StdioSpec::Fd(STDIN_FILENO);
  spec.stdout_to = StdioSpec::Fd(STDOUT_FILENO);
  spec.stderr_to = StdioSpec::Fd(STDERR_FILENO);
  spec.terminal = TerminalMode::kInherit;
  if (!options.virtual_time) spec.personality = 0;
  uint8_t reasons = kMeaning | kStrict;
  if (options.virtual_time) reasons |= kTime;
  ASSIGN_OR_RETURN(spec.filter, BuildFilter(SyscallTable(), reasons));
  return spec;
}

// Milliseconds until `t`, rounded up; -1 for never.
int MillisecondsUntil(Nanos t, Nanos now) {
  if (t == kNever) return -1;
  if (t <= now) return 0;
  return static_cast<int>(
      std::min<Nanos>((t - now + kMillisecond - 1) / kMillisecond, INT_MAX));
}

}  // namespace

absl::StatusOr<int> RunOneProgram(const OneProgramOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Launcher> launcher, Launcher::Start());
  NodeSpec node_spec;
  node_spec.name = "host";
  node_spec.rootfs = options.rootfs;
  node_spec.host_transparent = options.rootfs == "host";
  ASSIGN_OR_RETURN(std::unique_ptr<NodeProcessTree> tree,
                   launcher->StartNode(node_spec));
  // Placeholders live in a network namespace of our own.
  if (unshare(CLONE_NEWNET) != 0) {
    return ErrnoStatus("a network namespace for the supervisor");
  }
  LoneWorld world(options);
  ASSIGN_OR_RETURN(std::unique_ptr<NodeKernel> kernel,
                   NodeKernel::Create(kTheNode, "host", options.seed, &world));
  RETURN_IF_ERROR(BuildStack(options, kernel->stack()));
  std::unique_ptr<GuestClocks> clocks;
  NodeRuntimeOptions runtime_options;
  runtime_options.trace = options.trace;
  if (options.virtual_time) {
    ASSIGN_OR_RETURN(clocks, GuestClocks::Make(1));
    runtime_options.clocks = clocks.get();
  }
  NodeRuntime runtime(std::move(kernel), std::move(tree), runtime_options);
  world.Attach(&runtime);

  HandleSignals();
  ASSIGN_OR_RETURN(ProcessSpec program, ProgramSpec(options));
  ASSIGN_OR_RETURN(SpawnedProcess process, runtime.tree().Spawn(program));
  g_program = process.pid;
  runtime.AddWorker(std::move(process));

  while (true) {
    if (options.virtual_time) {
      runtime.RunUntilIdle();
    } else {
      runtime.ServeOnce(MillisecondsUntil(world.next_event(), world.Now()));
    }
    for (const ExitReport& exit : runtime.TakeExits()) {
      if (!exit.spawned) continue;
      if (!exit.launch_error.ok()) return exit.launch_error;
      for (const std::string& what : world.confessions()) {
        std::cerr << "quiesce: " << what << "\n";
      }
      return WIFSIGNALED(exit.wait_status) ? 128 + WTERMSIG(exit.wait_status)
                                           : WEXITSTATUS(exit.wait_status);
    }
    if (runtime.dead()) return 128 + SIGKILL;
    if (options.virtual_time) {
      const Nanos next = world.next_event();
      if (next == kNever) {
        runtime.ServeOnce(-1);  // only the world outside can wake it
      } else {
        world.AdvanceTo(next);
      }
    }
    runtime.RunTimers();
    world.Exchange();
  }
}

}  // namespace quiesce
