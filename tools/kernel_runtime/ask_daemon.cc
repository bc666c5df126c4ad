#include "tools/kernel_runtime/ask_daemon.h"

#include <poll.h>

#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "supervisor/report/rib_query.h"

namespace quiesce {
namespace {

using Replies = absl::StatusOr<std::vector<std::string>>;

constexpr absl::Duration kPatience = absl::Minutes(1);
// For a node whose daemon an event may have stopped.
constexpr absl::Duration kLittlePatience = absl::Seconds(1);

Replies AskSocket(const std::string& root, const Control& control,
                  const std::vector<Question>& questions,
                  absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  ASSIGN_OR_RETURN(UniqueFd socket, ConnectInRoot(root, control.path));
  RibQuery query(std::move(socket), MakeDialogue(control.kind, questions));
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

Replies AskPrograms(KernelNode* node, const std::vector<Question>& questions,
                    absl::Duration patience) {
  std::vector<std::string> replies;
  for (const Question& question : questions) {
    ASSIGN_OR_RETURN(Answer answer, node->RunProgram(question, patience));
    if (answer.wait_status != 0) {
      return absl::InternalError(
          absl::StrCat("\"", absl::StrJoin(question, " "),
                       "\" ended: ", DescribeWaitStatus(answer.wait_status),
                       ": ", answer.text.substr(0, 500)));
    }
    replies.push_back(std::move(answer.text));
  }
  return replies;
}

// The first `count` questions of the report, all if there are fewer.
absl::StatusOr<NodeRib> Ask(KernelNetwork* network, int id, size_t count) {
  KernelNode* const node = network->node(id);
  if (node == nullptr) return NodeRib{};
  const absl::optional<Control> control = ControlOf(network->plan(id).image);
  if (!control.has_value()) return NodeRib{};
  std::vector<Question> questions = ReportQuestions(control->kind);
  if (count < questions.size()) questions.resize(count);
  const absl::Duration patience =
      node->Complete() ? kPatience : kLittlePatience;
  const Replies replies =
      control->path.empty()
          ? AskPrograms(node, questions, patience)
          : AskSocket(node->Root(), *control, questions, patience);
  // Nobody answers where an event has ended or stopped the daemon.
  if (!replies.ok() && !node->Complete()) return NodeRib{};
  const std::string& name = network->plan(id).spec.name;
  if (replies.ok()) return ParseReport(control->kind, name, *replies);
  return absl::Status(
      replies.status().code(),
      absl::StrCat(name, ": ", std::string(replies.status().message())));
}

absl::StatusOr<std::vector<Answer>> AskQuestions(KernelNetwork* network) {
  std::vector<Answer> answers;
  for (int node = 0; node < network->size(); ++node) {
    if (network->node(node) == nullptr) continue;
    for (const Question& argv : network->topology().QuestionsFor(node)) {
      ASSIGN_OR_RETURN(Answer answer,
                       network->node(node)->RunProgram(argv, kPatience));
      answers.push_back(std::move(answer));
    }
  }
  return answers;
}

// Whether the daemons believe the same.
bool Same(const std::vector<Answer>& a, const std::vector<Answer>& b) {
  return absl::c_equal(a, b, [](const Answer& x, const Answer& y) {
    return x.wait_status == y.wait_status &&
           WithoutTimes(x.text) == WithoutTimes(y.text);
  });
}

}  // namespace

absl::StatusOr<std::vector<Answer>> AwaitAnswers(KernelNetwork* network,
                                                 absl::Duration quiet,
                                                 absl::Duration patience) {
  const absl::Time begin = absl::Now();
  ASSIGN_OR_RETURN(std::vector<Answer> before, AskQuestions(network));
  while (!before.empty()) {
    absl::SleepFor(quiet);
    ASSIGN_OR_RETURN(std::vector<Answer> now, AskQuestions(network));
    if (Same(before, now)) return now;
    if (absl::Now() - begin > patience) {
      return absl::DeadlineExceededError("answers still change");
    }
    before = std::move(now);
  }
  return before;
}

absl::StatusOr<NodeRib> AskRib(KernelNetwork* network, int node) {
  return Ask(network, node, SIZE_MAX);
}

absl::StatusOr<std::vector<BgpSession>> AskSessions(KernelNetwork* network,
                                                    int node) {
  ASSIGN_OR_RETURN(NodeRib rib, Ask(network, node, 1));
  return std::move(rib.sessions);
}

}  // namespace quiesce
