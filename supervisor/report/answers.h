// What commands have printed that were run in the nodes once all was over
// (`question` in a topology), and how that is compared.
#ifndef QUIESCE_SUPERVISOR_REPORT_ANSWERS_H_
#define QUIESCE_SUPERVISOR_REPORT_ANSWERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "supervisor/report/fib.h"

namespace quiesce {

struct Answer {
  std::string node;
  std::vector<std::string> argv;
  int wait_status = 0;  // as wait(2) gives it; 0: it ended well
  std::string text;     // standard output and error

  bool operator==(const Answer&) const = default;
};

// A line for each, in order: Node, Command, Exit_Status (128 and the signal's
// number for what a signal has ended), Answer.
void WriteAnswersJsonl(const std::vector<Answer>& answers,
                       const TextSink& sink);

// The text without what depends on when the question was put: each time of day
// (10:21:07.5), age (00:01:12, 2d03h) and duration (12s, 3.5 secs, 7000 msec)
// is
// "-", and blanks count as one.
std::string WithoutTimes(absl::string_view text);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_ANSWERS_H_
