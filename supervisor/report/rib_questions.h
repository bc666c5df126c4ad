// What is asked of routing daemons for the report, kind by kind, and their
// answers as rows. Pure.
#ifndef QUIESCE_SUPERVISOR_REPORT_RIB_QUESTIONS_H_
#define QUIESCE_SUPERVISOR_REPORT_RIB_QUESTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "supervisor/report/control_dialogue.h"
#include "supervisor/report/rib.h"

namespace quiesce {

// The kinds of daemon that can be asked: FRR and BIRD over their control
// sockets, the others by programs of their own that are run in the node.
enum class ControlKind { kFrr, kBird, kOpenbgpd, kGobgp };

// Where the daemon listens when nobody says otherwise: Debian's
// /run/frr/bgpd.vty and /run/bird/bird.ctl. Empty for daemons that are asked by
// programs.
std::string DefaultControlPath(ControlKind kind);

// The questions for everything the report needs: sessions, then paths of both
// families. A command of the control socket is one line; a program, its words.
using Question = std::vector<std::string>;
// FRR is asked again for each of the node's VRFs, BIRD for all its tables if
// there is any.
std::vector<Question> ReportQuestions(
    ControlKind kind, const std::vector<std::string>& vrfs = {});

// A dialogue that asks `questions` over the control socket, and a reply to
// each.
std::unique_ptr<ControlDialogue> MakeDialogue(
    ControlKind kind, const std::vector<Question>& questions);

struct NodeRib {
  std::vector<RibRow> paths;
  std::vector<BgpSession> sessions;
};

// Rows from the replies to ReportQuestions, whatever the VRFs, or to the first
// of them alone: then there are sessions only.
absl::StatusOr<NodeRib> ParseReport(ControlKind kind, absl::string_view node,
                                    const std::vector<std::string>& replies);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_RIB_QUESTIONS_H_
