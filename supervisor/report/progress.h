// What a run shows while it goes on: a bar that is redrawn on a terminal, plain
// lines every few seconds elsewhere, so that a log stays short.
//
// Draws only when told the time; owns no clock, no thread and no descriptor.
#ifndef QUIESCE_SUPERVISOR_REPORT_PROGRESS_H_
#define QUIESCE_SUPERVISOR_REPORT_PROGRESS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "supervisor/report/fib.h"

namespace quiesce {

enum class ProgressStyle { kTerminal, kPlain, kQuiet };

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::kPlain;
  bool color = false;
  int width = 80;  // columns; the bar's line is never longer
  absl::Duration plain_interval = absl::Seconds(5);
  absl::Duration terminal_interval = absl::Milliseconds(100);
};

// As `fd` is: a terminal, unless TERM is "dumb" or unset; in colour unless
// NO_COLOR is set and not empty (no-color.org).
ProgressOptions OptionsFor(int fd);

// Counters; those without a total show no "/N", those that are 0 of 0 nothing.
struct ProgressState {
  uint32_t nodes_up = 0, nodes = 0;
  uint32_t sessions_established = 0, sessions = 0;
  uint64_t routes = 0, routes_expected = 0;
  uint64_t messages = 0;
  uint32_t rounds = 0;
  absl::Duration virtual_time;
};

class Progress {
 public:
  Progress(ProgressOptions options, TextSink out)
      : options_(options), out_(std::move(out)) {}

  // `elapsed` is wall time since the run began, and never goes back.
  void Phase(absl::string_view name, absl::Duration elapsed);
  void Update(const ProgressState& state, absl::Duration elapsed);
  // A line that stays, above the bar.
  void Note(absl::string_view line);
  // Ends the last phase and removes the bar.
  void Finish(absl::Duration elapsed);

  // Wall time of each finished phase, in order.
  const std::vector<std::pair<std::string, absl::Duration>>& phases() const {
    return phases_;
  }

 private:
  void EndPhase(absl::Duration elapsed);
  void Erase();
  std::string Bar(absl::Duration elapsed) const;

  const ProgressOptions options_;
  const TextSink out_;
  ProgressState state_;
  std::string phase_;
  absl::Duration phase_start_;
  absl::Duration last_ = -absl::InfiniteDuration();
  bool drawn_ = false;
  std::vector<std::pair<std::string, absl::Duration>> phases_;
};

// "nodes 20/20  sessions 64/64  routes 320": for both styles.
std::string ProgressCounters(const ProgressState& state);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_PROGRESS_H_
