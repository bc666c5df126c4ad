#include "supervisor/report/rib_questions.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/frr_rib.h"
#include "supervisor/report/gobgp_rib.h"
#include "supervisor/report/openbgpd_rib.h"

namespace quiesce {

namespace {

// "show bgp summary json" -> "show bgp vrf red summary json".
Question InVrf(const Question& question, const std::string& vrf) {
  return {absl::StrReplaceAll(
      question[0], {{"show bgp ", absl::StrCat("show bgp vrf ", vrf, " ")}})};
}

}  // namespace

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

std::vector<Question> ReportQuestions(ControlKind kind,
                                      const std::vector<std::string>& vrfs) {
  std::vector<Question> questions;
  switch (kind) {
    case ControlKind::kFrr:
      questions = {{kFrrShowSessions}, {kFrrShowRib4}, {kFrrShowRib6}};
      for (const std::string& vrf : vrfs) {
        for (int i = 0; i < 3; ++i)
          questions.push_back(InVrf(questions[i], vrf));
      }
      return questions;
    case ControlKind::kBird:
      return {{kBirdShowSessions},
              {vrfs.empty() ? kBirdShowRib : kBirdShowAllTables}};
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
  const size_t questions = ReportQuestions(kind).size();
  if (replies.size() != 1 && replies.size() % questions != 0) {
    return absl::InvalidArgumentError("the daemon has not answered everything");
  }
  NodeRib rib;
  for (size_t i = 0; i < replies.size(); ++i) {
    if (i % questions == 0) {
      ASSIGN_OR_RETURN(std::vector<BgpSession> sessions,
                       ParseSessions(kind, node, replies[i]));
      rib.sessions.insert(rib.sessions.end(),
                          std::make_move_iterator(sessions.begin()),
                          std::make_move_iterator(sessions.end()));
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<RibRow> paths,
                     ParsePaths(kind, node, replies[i], rib.sessions));
    rib.paths.insert(rib.paths.end(), std::make_move_iterator(paths.begin()),
                     std::make_move_iterator(paths.end()));
  }
  return rib;
}

}  // namespace quiesce
