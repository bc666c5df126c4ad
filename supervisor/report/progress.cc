#include "supervisor/report/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

constexpr char kGreen[] = "\033[32m";
constexpr char kReset[] = "\033[0m";
constexpr char kEraseLine[] = "\r\033[K";
constexpr int kBarWidth = 20;

void Count(absl::string_view what, uint64_t now, uint64_t all,
           std::string* out) {
  if (now == 0 && all == 0) return;
  absl::StrAppend(out, out->empty() ? "" : "  ", what, " ", now);
  if (all != 0) absl::StrAppend(out, "/", all);
}

// How much of what is known to come has come, from 0 to 1.
double Fraction(const ProgressState& state) {
  double sum = 0;
  int parts = 0;
  auto add = [&sum, &parts](double now, double all) {
    if (all <= 0) return;
    sum += std::min(1.0, now / all);
    ++parts;
  };
  add(state.nodes_up, state.nodes);
  add(state.sessions_established, state.sessions);
  add(static_cast<double>(state.routes),
      static_cast<double>(state.routes_expected));
  return parts == 0 ? 0 : sum / parts;
}

std::string Seconds(absl::Duration time) {
  return absl::StrFormat("%.1fs", absl::ToDoubleSeconds(time));
}

}  // namespace

ProgressOptions OptionsFor(int fd) {
  ProgressOptions options;
  const char* term = std::getenv("TERM");
  if (!isatty(fd) || term == nullptr || std::strcmp(term, "dumb") == 0) {
    return options;
  }
  options.style = ProgressStyle::kTerminal;
  const char* no_color = std::getenv("NO_COLOR");
  options.color = no_color == nullptr || *no_color == '\0';
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    options.width = size.ws_col;
  }
  return options;
}

std::string ProgressCounters(const ProgressState& state) {
  std::string text;
  Count("nodes", state.nodes_up, state.nodes, &text);
  Count("sessions", state.sessions_established, state.sessions, &text);
  Count("routes", state.routes, state.routes_expected, &text);
  Count("messages", state.messages, 0, &text);
  Count("round", state.rounds, 0, &text);
  if (state.virtual_time > absl::ZeroDuration()) {
    absl::StrAppend(&text, "  clock ", Seconds(state.virtual_time));
  }
  return text;
}

void Progress::Phase(absl::string_view name, absl::Duration elapsed) {
  EndPhase(elapsed);
  phase_ = std::string(name);
  phase_start_ = elapsed;
  if (options_.style == ProgressStyle::kTerminal) {
    last_ = elapsed;
    out_(Bar(elapsed));
    drawn_ = true;
  }
  // Plain: the first line of a phase comes when it has lasted, or at its end.
  if (options_.style == ProgressStyle::kPlain) last_ = elapsed;
}

void Progress::Update(const ProgressState& state, absl::Duration elapsed) {
  state_ = state;
  const absl::Duration interval = options_.style == ProgressStyle::kTerminal
                                      ? options_.terminal_interval
                                      : options_.plain_interval;
  if (options_.style == ProgressStyle::kQuiet || elapsed - last_ < interval) {
    return;
  }
  last_ = elapsed;
  if (options_.style == ProgressStyle::kTerminal) {
    out_(Bar(elapsed));
    drawn_ = true;
    return;
  }
  out_(absl::StrFormat("%-10s %7s  %s\n", phase_, Seconds(elapsed),
                       ProgressCounters(state_)));
}

void Progress::Note(absl::string_view line) {
  if (options_.style == ProgressStyle::kQuiet) return;
  Erase();
  out_(absl::StrCat(line, "\n"));
}

void Progress::Finish(absl::Duration elapsed) { EndPhase(elapsed); }

void Progress::EndPhase(absl::Duration elapsed) {
  if (phase_.empty()) return;
  const absl::Duration took = elapsed - phase_start_;
  phases_.emplace_back(phase_, took);
  if (options_.style != ProgressStyle::kQuiet) {
    Erase();
    out_(absl::StrFormat("%-10s %7s  %s%s%s\n", phase_, Seconds(took),
                         options_.color ? kGreen : "", ProgressCounters(state_),
                         options_.color ? kReset : ""));
  }
  phase_.clear();
}

void Progress::Erase() {
  if (drawn_) out_(kEraseLine);
  drawn_ = false;
}

std::string Progress::Bar(absl::Duration elapsed) const {
  const int full = static_cast<int>(Fraction(state_) * kBarWidth);
  std::string line = absl::StrFormat(
      "%-10s [%s%s] %s  %s", phase_, std::string(full, '='),
      std::string(kBarWidth - full, ' '), Seconds(elapsed - phase_start_),
      ProgressCounters(state_));
  // The last column stays free: some terminals wrap when it is written.
  const size_t most = static_cast<size_t>(std::max(1, options_.width - 1));
  if (line.size() > most) line.resize(most);
  if (options_.color && full > 0 && line.size() > 12u + full) {
    line.insert(12 + full, kReset);
    line.insert(12, kGreen);
  }
  return absl::StrCat(kEraseLine, line);
}

}  // namespace quiesce
