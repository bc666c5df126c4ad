#include "tools/kernel_runtime/ask_daemon.h"

#include <poll.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/bird_rib.h"
#include "supervisor/report/frr_rib.h"

namespace quiesce {
namespace {

absl::StatusOr<std::vector<std::string>> Ask(
    const Control& control, const std::string& root,
    std::unique_ptr<ControlDialogue> dialogue, absl::Duration timeout) {
  absl::Time deadline = absl::Now() + timeout;
  ASSIGN_OR_RETURN(UniqueFd socket, ConnectInRoot(root, control.path));
  RibQuery query(std::move(socket), std::move(dialogue));
  while (!query.done()) {
    int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) {
      return absl::DeadlineExceededError("no answer on the control socket");
    }
    pollfd one = {query.fd(), POLLIN, 0};
    if (query.want_write()) one.events |= POLLOUT;
    if (poll(&one, 1, left) < 0 && errno != EINTR) return ErrnoStatus("poll");
    RETURN_IF_ERROR(query.OnWritable());
    RETURN_IF_ERROR(query.OnReadable());
  }
  return query.replies();
}

absl::Status At(const std::string& node, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(node, ": ", std::string(status.message())));
}

}  // namespace

absl::StatusOr<NodeRib> AskRib(const Control& control, const std::string& node,
                               const std::string& root,
                               absl::Duration timeout) {
  auto replies = Ask(control, root, ReportDialogue(control.kind), timeout);
  if (!replies.ok()) return At(node, replies.status());
  return ParseReport(control.kind, node, *replies);
}

absl::StatusOr<std::vector<BgpSession>> AskSessions(const Control& control,
                                                    const std::string& node,
                                                    const std::string& root,
                                                    absl::Duration timeout) {
  bool frr = control.kind == ControlKind::kFrr;
  auto replies = Ask(control, root,
                     frr ? FrrVtyDialogue({kFrrShowSessions})
                         : BirdDialogue({kBirdShowSessions}),
                     timeout);
  if (!replies.ok()) return At(node, replies.status());
  if (frr) return ParseFrrSessions(node, replies->at(0));
  return ParseBirdSessions(node, replies->at(0));
}

}  // namespace quiesce
