#include "supervisor/report/rib_questions.h"

#include <iterator>

#include "absl/strings/str_join.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/frr_rib.h"
#include "supervisor/report/gobgp_rib.h"
#include "supervisor/report/openbgpd_rib.h"

namespace quiesce {

std::string DefaultControlPath(ControlKind kind) {
  switch (kind) {
    case ControlKind::kFrr:
      return "/run/frr/bgpd.vty";
    case ControlKind::kBird:
      return "/run/bird/bird.ctl";
    case ControlKind::kOpenbgpd:
    case ControlKind::kGobgp:
      break;
  }
  return "";
}

std::vector<Question> ReportQuestions(ControlKind kind) {
  switch (kind) {
    case ControlKind::kFrr:
      return {{kFrrShowSessions}, {kFrrShowRib4}, {kFrrShowRib6}};
    case ControlKind::kBird:
      return {{kBirdShowSessions}, {kBirdShowRib}};
    case ControlKind::kOpenbgpd:
      return {{"/usr/sbin/bgpctl", "-j", "show", "neighbor"},
              {"/usr/sbin/bgpctl", "-j", "show", "rib", "detail"}};
    case ControlKind::kGobgp:
      return {{"/usr/bin/gobgp", "-j", "neighbor"},
              {"/usr/bin/gobgp", "-j", "global", "rib", "-a", "ipv4"},
              {"/usr/bin/gobgp", "-j", "global", "rib", "-a", "ipv6"}};
  }
  return {};
}

std::unique_ptr<ControlDialogue> MakeDialogue(
    ControlKind kind, const std::vector<Question>& questions) {
  std::vector<std::string> lines;
  for (const Question& question : questions) {
    lines.push_back(absl::StrJoin(question, " "));
  }
  return kind == ControlKind::kFrr ? FrrVtyDialogue(std::move(lines))
                                   : BirdDialogue(std::move(lines));
}

namespace {

absl::StatusOr<std::vector<BgpSession>> ParseSessions(ControlKind kind,
                                                      absl::string_view node,
                                                      absl::string_view text) {
  switch (kind) {
    case ControlKind::kFrr:
      return ParseFrrSessions(node, text);
    case ControlKind::kBird:
      return ParseBirdSessions(node, text);
    case ControlKind::kOpenbgpd:
      return ParseOpenbgpdSessions(node, text);
    case ControlKind::kGobgp:
      return ParseGobgpSessions(node, text);
  }
  return absl::InternalError("no such kind of daemon");
}

absl::StatusOr<std::vector<RibRow>> ParsePaths(
    ControlKind kind, absl::string_view node, absl::string_view text,
    const std::vector<BgpSession>& sessions) {
  switch (kind) {
    case ControlKind::kFrr:
      return ParseFrrRib(node, text);
    case ControlKind::kBird:
      return ParseBirdRib(node, text, sessions);
    case ControlKind::kOpenbgpd:
      return ParseOpenbgpdRib(node, text);
    case ControlKind::kGobgp:
      return ParseGobgpRib(node, text, sessions);
  }
  return absl::InternalError("no such kind of daemon");
}

}  // namespace

absl::StatusOr<NodeRib> ParseReport(ControlKind kind, absl::string_view node,
                                    const std::vector<std::string>& replies) {
  if (replies.size() != 1 && replies.size() != ReportQuestions(kind).size()) {
    return absl::InvalidArgumentError("the daemon has not answered everything");
  }
  NodeRib rib;
  ASSIGN_OR_RETURN(rib.sessions, ParseSessions(kind, node, replies[0]));
  for (size_t i = 1; i < replies.size(); ++i) {
    ASSIGN_OR_RETURN(std::vector<RibRow> paths,
                     ParsePaths(kind, node, replies[i], rib.sessions));
    rib.paths.insert(rib.paths.end(), std::make_move_iterator(paths.begin()),
                     std::make_move_iterator(paths.end()));
  }
  return rib;
}

}  // namespace quiesce
