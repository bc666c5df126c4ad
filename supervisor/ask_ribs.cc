#include "supervisor/ask_ribs.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "notifier/bpf/filter.h"
#include "notifier/syscalls/table.h"
#include "supervisor/report/rib_query.h"

namespace quiesce {
namespace {

using Replies = absl::StatusOr<std::vector<std::string>>;

// Over the daemon's control socket, serving the calls it makes to answer.
Replies AskSocket(NodeRuntime& node, const Control& control) {
  ASSIGN_OR_RETURN(
      UniqueFd socket,
      ConnectInRoot(absl::StrCat("/proc/", node.tree().init_pid(), "/root"),
                    control.path));
  RibQuery query(std::move(socket),
                 MakeDialogue(control.kind, ReportQuestions(control.kind)));
  // The daemon sleeps between our writing and our reading, so each turn moves
  // something, or it will never answer.
  int idle_turns = 0;
  while (!query.done()) {
    const uint64_t before = query.progress();
    if (query.want_write()) RETURN_IF_ERROR(query.OnWritable());
    node.kernel().Touch();  // the daemon's poll may be satisfied now
    node.RunUntilIdle();
    RETURN_IF_ERROR(query.OnReadable());
    idle_turns = query.progress() == before ? idle_turns + 1 : 0;
    if (idle_turns > 2) {
      return absl::DeadlineExceededError(
          absl::StrCat("is idle but does not answer on ", control.path));
    }
  }
  return query.replies();
}

// What a program prints that is run in the node. It must need no time.
absl::StatusOr<std::string> RunProgram(Emulation* emulation, NodeId id,
                                       const Question& words) {
  const UniqueFd output(memfd_create("output", MFD_CLOEXEC));
  if (!output.valid()) return ErrnoStatus("memfd_create");
  ProcessSpec spec;
  spec.name = words[0];
  spec.argv = words;
  spec.env = {"HOME=/", "LANG=C"};
  spec.capabilities = DefaultCapabilities();
  spec.stdout_to = StdioSpec::Fd(output.get());
  spec.stderr_to = spec.stdout_to;
  ASSIGN_OR_RETURN(spec.filter, BuildFilter(SyscallTable(), kForNetworks));
  ASSIGN_OR_RETURN(const pid_t pid, emulation->Spawn(id, spec));
  absl::optional<ExitReport> exit;
  emulation->OnNode(id, [&](NodeRuntime& node) {
    node.RunUntilIdle();
    for (ExitReport& one : node.TakeExits()) {
      if (one.pid == pid) exit = std::move(one);
    }
  });
  std::string text(lseek(output.get(), 0, SEEK_END), '\0');
  if (pread(output.get(), text.data(), text.size(), 0) !=
      static_cast<ssize_t>(text.size())) {
    return ErrnoStatus("pread");
  }
  const std::string command = absl::StrJoin(words, " ");
  if (!exit.has_value()) {
    return absl::DeadlineExceededError(
        absl::StrCat("is idle but \"", command, "\" has not ended"));
  }
  RETURN_IF_ERROR(exit->launch_error);
  if (exit->wait_status != 0) {
    return absl::InternalError(absl::StrCat(
        "\"", command, "\" ended: ", DescribeWaitStatus(exit->wait_status),
        ": ", text.substr(0, 500)));
  }
  return text;
}

Replies AskPrograms(Emulation* emulation, NodeId id, ControlKind kind) {
  std::vector<std::string> replies;
  for (const Question& question : ReportQuestions(kind)) {
    ASSIGN_OR_RETURN(std::string reply, RunProgram(emulation, id, question));
    replies.push_back(std::move(reply));
  }
  return replies;
}

}  // namespace

std::vector<absl::StatusOr<NodeRib>> AskRibs(
    const std::vector<absl::optional<Control>>& control, Emulation* emulation) {
  std::vector<absl::StatusOr<NodeRib>> ribs(control.size(), NodeRib{});
  const auto note = [&](NodeId id, const Replies& replies) {
    if (!replies.ok()) {
      ribs[id] = replies.status();
    } else {
      ribs[id] =
          ParseReport(control[id]->kind, emulation->node(id).name(), *replies);
    }
  };
  emulation->ForEachNode([&](NodeId id, NodeRuntime& node) {
    if (!control[id].has_value() || control[id]->path.empty()) return;
    note(id, AskSocket(node, *control[id]));
  });
  for (size_t id = 0; id < control.size(); ++id) {
    if (!emulation->started(id) || !control[id].has_value() ||
        !control[id]->path.empty()) {
      continue;
    }
    note(id, AskPrograms(emulation, id, control[id]->kind));
  }
  return ribs;
}

}  // namespace quiesce
