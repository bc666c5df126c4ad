#include "supervisor/ask_ribs.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "supervisor/ask_program.h"
#include "supervisor/report/rib_query.h"

namespace quiesce {
namespace {

using Replies = absl::StatusOr<std::vector<std::string>>;

std::vector<std::string> VrfsOf(const Stack& stack) {
  std::vector<std::string> vrfs;
  for (const auto& [ifindex, link] : stack.links()) {
    if (link.kind == "vrf") vrfs.push_back(link.name);
  }
  return vrfs;
}

// Over the daemon's control socket, serving the calls it makes to answer.
Replies AskSocket(NodeRuntime& node, const Control& control) {
  ASSIGN_OR_RETURN(
      UniqueFd socket,
      ConnectInRoot(absl::StrCat("/proc/", node.tree().init_pid(), "/root"),
                    control.path));
  RibQuery query(std::move(socket),
                 MakeDialogue(control.kind,
                              ReportQuestions(control.kind,
                                              VrfsOf(node.kernel().stack()))));
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

// What a program prints that is run in the node.
absl::StatusOr<std::string> Ask(Emulation* emulation, NodeId id,
                                const Question& words) {
  ASSIGN_OR_RETURN(Answer answer, AskProgram(emulation, id, words));
  if (answer.wait_status == 0) return std::move(answer.text);
  return absl::InternalError(
      absl::StrCat("\"", absl::StrJoin(words, " "),
                   "\" ended: ", DescribeWaitStatus(answer.wait_status), ": ",
                   answer.text.substr(0, 500)));
}

Replies AskPrograms(Emulation* emulation, NodeId id, ControlKind kind) {
  std::vector<std::string> replies;
  for (const Question& question : ReportQuestions(kind)) {
    ASSIGN_OR_RETURN(std::string reply, Ask(emulation, id, question));
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
