#include "supervisor/hold.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "notifier/bpf/filter.h"
#include "notifier/syscalls/table.h"
#include "supervisor/exit_code.h"
#include "supervisor/hold_event.h"
#include "supervisor/hold_protocol.h"

namespace quiesce {
namespace {

// How long the network rests between looks at a command that waits for its
// user.
constexpr int kLookMs = 5;

bool HungUp(int socket) {
  pollfd p{socket, POLLIN, 0};
  return poll(&p, 1, 0) > 0;
}

// Runs one command to its end; its exit status.
absl::StatusOr<int> RunCommand(Emulation* emulation, NodeId node,
                               const HoldRequest& request, int client) {
  ProcessSpec spec;
  spec.name = request.argv[0].substr(request.argv[0].rfind('/') + 1);
  spec.argv = request.argv;
  spec.env = {"HOME=/root", "LANG=C", "TERM=dumb"};
  spec.capabilities = DefaultCapabilities();
  spec.stdin_from = StdioSpec::Fd(request.stdio[0].get());
  spec.stdout_to = StdioSpec::Fd(request.stdio[1].get());
  spec.stderr_to = StdioSpec::Fd(request.stdio[2].get());
  ASSIGN_OR_RETURN(spec.filter, BuildFilter(SyscallTable(), kForNetworks));
  ASSIGN_OR_RETURN(const pid_t pid, emulation->Spawn(node, spec));

  const absl::Time wall_begin = absl::Now();
  const Nanos virtual_begin = emulation->now();
  bool killed = false;
  while (true) {
    emulation->Nudge(node);
    RETURN_IF_ERROR(emulation->RunOn(
        virtual_begin + absl::ToInt64Nanoseconds(absl::Now() - wall_begin)));
    for (const ExitReport& exit : emulation->TakeOtherExits(node)) {
      if (!exit.spawned || exit.pid != pid) continue;
      if (!exit.launch_error.ok()) return exit.launch_error;
      return WIFSIGNALED(exit.wait_status) ? 128 + WTERMSIG(exit.wait_status)
                                           : WEXITSTATUS(exit.wait_status);
    }
    if (!killed && HungUp(client)) {
      kill(pid, SIGKILL);
      killed = true;
    }
    emulation->OnNode(node,
                      [](NodeRuntime& runtime) { runtime.ServeOnce(kLookMs); });
  }
}

// Lets one event happen and tells the client what has come of it; the exit
// status that a run would have.
absl::StatusOr<int> RunEvent(
    Emulation* emulation, const Topology& topology,
    const std::vector<absl::optional<Control>>& control,
    const HoldRequest& request, int client, const std::atomic<bool>* stop) {
  ASSIGN_OR_RETURN(
      const HeldEventResult result,
      RunHeldEvent(request.argv[0], topology, control, emulation, stop));
  const absl::string_view text = result.text;
  for (size_t at = 0; at < text.size(); at += kLongestAnswer - 1) {
    const std::string piece = absl::StrCat(std::string(1, kSays),
                                           text.substr(at, kLongestAnswer - 1));
    if (!SendPacket(client, piece, nullptr, 0).ok()) break;  // it has left
  }
  return result.converged ? kExitConverged : kExitNotConverged;
}

void Answer(int client, const absl::StatusOr<int>& result) {
  const std::string text =
      result.ok() ? absl::StrCat(std::string(1, kExited), *result)
                  : absl::StrCat(std::string(1, kRefused),
                                 std::string(result.status().message()));
  // A client that has left does not want it.
  SendPacket(client, text, nullptr, 0).IgnoreError();
}

}  // namespace

absl::Status Hold(Emulation* emulation, const Topology& topology,
                  const std::vector<absl::optional<Control>>& control,
                  const std::string& directory, const std::atomic<bool>* stop) {
  const std::string path = absl::StrCat(directory, "/", kControlSocket);
  ASSIGN_OR_RETURN(const UniqueFd listener, ListenControl(path));
  std::cerr << "holding the network; run a command in a node with:\n"
            << "  bazel run //tools:exec -- NODE COMMAND...\n"
            << "or let something happen to it with --event='...'\n"
            << "Ctrl-C ends it\n";
  absl::Status status;
  while (!*stop) {
    pollfd p{listener.get(), POLLIN, 0};
    if (poll(&p, 1, -1) <= 0) continue;  // EINTR: look at `stop`
    const UniqueFd client(
        accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) continue;
    absl::StatusOr<HoldRequest> request = ReceiveRequest(client.get());
    if (!request.ok()) {
      Answer(client.get(), request.status());
      continue;
    }
    absl::StatusOr<int> result;
    if (request->node.empty()) {
      result =
          RunEvent(emulation, topology, control, *request, client.get(), stop);
    } else if (const int node = topology.FindNode(request->node); node < 0) {
      result = absl::NotFoundError(
          absl::StrCat("no node is called ", request->node));
    } else if (!emulation->started(node)) {
      result = absl::NotFoundError(
          absl::StrCat("node ", request->node, " does not run"));
    } else {
      result = RunCommand(emulation, node, *request, client.get());
    }
    Answer(client.get(), result);
    if (!result.ok() && absl::IsAborted(result.status())) {
      status = result.status();
      break;
    }
  }
  unlink(path.c_str());
  return status;
}

}  // namespace quiesce
