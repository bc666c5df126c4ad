// A supervisor to be killed: goes through its life in small steps and says
// "step N" before each, until it dies. See sudden_death_test.cc.
//   victim KIND   nodes: starts and ends nodes, each with filtered processes
//                 transparent: the same without PID namespaces
//                 parked: starts five nodes, leaves their calls unanswered
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "supervisor/launch/launcher.h"

namespace quiesce {
namespace {

void Step() {
  static int step = 0;
  std::string line = absl::StrCat("step ", step++, "\n");
  if (write(1, line.data(), line.size()) < 0) abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    fprintf(stderr, "victim: %s\n", value.status().ToString().c_str());
    abort();
  }
  return std::move(value).value();
}

NodeSpec Node(const std::string& kind, int number) {
  NodeSpec spec;
  spec.name = absl::StrCat("n", number);
  spec.rootfs = "host";
  spec.private_dirs = {"/run", "/tmp", "/var/tmp"};
  spec.files = {{"/run/config", std::string(100000, 'x')}};
  spec.root_mode = number % 2 ? RootMode::kOverlay : RootMode::kReadOnly;
  if (kind == "transparent") {
    spec.host_transparent = true;
    spec.pid_namespace = false;
  }
  return spec;
}

ProcessSpec Stubborn() {
  ProcessSpec spec;
  spec.name = "stubborn";
  // Ignores what can be ignored, has a child in another session.
  spec.argv = {"/bin/sh", "-c",
               "trap '' INT TERM HUP QUIT; setsid sleep 1000 & "
               "echo $PPID; exec sleep 1000"};
  spec.filter = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getppid},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  return spec;
}

[[noreturn]] void Live(const std::string& kind) {
  Step();
  std::unique_ptr<Launcher> launcher = Must(Launcher::Start());
  Step();
  std::vector<std::unique_ptr<NodeProcessTree>> nodes;
  std::vector<SpawnedProcess> processes;
  for (int number = 0;; ++number) {
    nodes.push_back(Must(launcher->StartNode(Node(kind, number))));
    Step();
    for (int i = 0; i < 2; ++i) {
      processes.push_back(Must(nodes.back()->Spawn(Stubborn())));
      Step();
    }
    if (kind == "parked" && number == 4) {
      for (SpawnedProcess& process : processes) {
        pollfd waiting{process.listener.get(), POLLIN, 0};
        poll(&waiting, 1, -1);
        Step();
      }
      pause();
    }
    if (kind != "parked" && number % 3 == 2) {
      processes.clear();
      nodes.clear();
      Step();
    }
  }
}

}  // namespace
}  // namespace quiesce

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  quiesce::Live(argv[1]);
}
