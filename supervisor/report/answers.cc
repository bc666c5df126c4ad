#include "supervisor/report/answers.h"

#include <sys/wait.h>

#include <regex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "supervisor/report/text.h"

namespace quiesce {

void WriteAnswersJsonl(const std::vector<Answer>& answers,
                       const TextSink& sink) {
  for (const Answer& answer : answers) {
    const int exit_status = WIFSIGNALED(answer.wait_status)
                                ? 128 + WTERMSIG(answer.wait_status)
                                : WEXITSTATUS(answer.wait_status);
    sink(absl::StrCat("{\"Node\":", JsonString(answer.node), ",\"Command\":",
                      JsonString(absl::StrJoin(answer.argv, " ")),
                      ",\"Exit_Status\":", exit_status,
                      ",\"Answer\":", JsonString(answer.text), "}\n"));
  }
}

std::string WithoutTimes(absl::string_view text) {
  static const std::regex* const kTime = new std::regex(
      R"((^|[^:\w.])(\d+:\d\d:\d\d(\.\d+)?|(\d+[wdhm])*\d+[wdhms]|)"
      R"(\d+(\.\d+)? ?(ms|msecs?|s|secs?|seconds?))(?![:\w]))");
  static const std::regex* const kBlanks = new std::regex("[ \\t]+");
  std::string result = std::regex_replace(std::string(text), *kTime, "$1-");
  result = std::regex_replace(result, *kBlanks, " ");
  return std::regex_replace(result, std::regex(" (\n|$)"), "$1");
}

}  // namespace quiesce
