// Conversations with a daemon's own control socket, as state machines over
// bytes: what to send next, what has been answered. No I/O (rib_query.h).
#ifndef QUIESCE_SUPERVISOR_REPORT_CONTROL_DIALOGUE_H_
#define QUIESCE_SUPERVISOR_REPORT_CONTROL_DIALOGUE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace quiesce {

// One command is outstanding at a time. Replies are kept in the commands'
// order.
class ControlDialogue {
 public:
  virtual ~ControlDialogue() = default;

  // Bytes to write now; empty when it is the daemon's turn. The caller removes
  // what it has written with Sent.
  absl::string_view output() const { return output_; }
  void Sent(size_t bytes) { output_.erase(0, bytes); }

  // Takes bytes as they come, in pieces of any size. Errors: InvalidArgument
  // when the daemon refuses a command (naming it and its words), DataLoss when
  // it sends what the protocol does not allow.
  virtual absl::Status OnBytes(absl::string_view bytes) = 0;

  bool done() const { return replies_.size() == commands_.size(); }
  const std::vector<std::string>& replies() const { return replies_; }

 protected:
  explicit ControlDialogue(std::vector<std::string> commands)
      : commands_(std::move(commands)) {}
  const std::string& current() const { return commands_[replies_.size()]; }

  const std::vector<std::string> commands_;
  std::vector<std::string> replies_;
  std::string output_;
};

// FRR's vty protocol as vtysh speaks it (vtysh/vtysh.c:vtysh_client_run,
// lib/vty.c:vtysh_read): a command ends with a zero byte; a reply ends with
// three zero bytes and the command's status; CMD_SUCCESS and CMD_WARNING are
// answers, all others refusals. A session begins with "enable" by itself.
std::unique_ptr<ControlDialogue> FrrVtyDialogue(
    std::vector<std::string> commands);

// BIRD's (nest/cli.c): a greeting 0001; a command ends with a newline; reply
// lines are "NNNN " or "NNNN-" (more follows) and text, or a blank and text
// with the previous line's code. 0xxx ends a reply, 8xxx and 9xxx are errors
// that end it too. Replies are kept without the codes, as birdc prints them.
std::unique_ptr<ControlDialogue> BirdDialogue(
    std::vector<std::string> commands);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_CONTROL_DIALOGUE_H_
