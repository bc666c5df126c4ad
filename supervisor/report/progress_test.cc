#include "supervisor/report/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace quiesce {
namespace {

ProgressState State(uint32_t nodes, uint32_t sessions) {
  ProgressState state;
  state.nodes_up = nodes;
  state.nodes = 20;
  state.sessions_established = sessions;
  state.sessions = 64;
  return state;
}

class Screen {
 public:
  TextSink sink() {
    return [this](absl::string_view s) { text_ += std::string(s); };
  }
  std::string Take() { return std::exchange(text_, ""); }

 private:
  std::string text_;
};

TEST(Progress, PlainLinesAreFew) {
  Screen screen;
  Progress progress({}, screen.sink());
  progress.Phase("boot", absl::ZeroDuration());
  for (int ms = 0; ms < 12000; ms += 10) {
    progress.Update(State(7, 3), absl::Milliseconds(ms));
  }
  EXPECT_EQ(screen.Take(),
            "boot          5.0s  nodes 7/20  sessions 3/64\n"
            "boot         10.0s  nodes 7/20  sessions 3/64\n");
  progress.Update(State(20, 3), absl::Seconds(12));
  progress.Phase("converge", absl::Seconds(12));
  EXPECT_EQ(screen.Take(), "boot         12.0s  nodes 20/20  sessions 3/64\n");
  progress.Finish(absl::Seconds(14));
  EXPECT_EQ(screen.Take(), "converge      2.0s  nodes 20/20  sessions 3/64\n");
  ASSERT_EQ(progress.phases().size(), 2);
  EXPECT_EQ(progress.phases()[0].first, "boot");
  EXPECT_EQ(progress.phases()[1].second, absl::Seconds(2));
}

TEST(Progress, TheTerminalsBarStaysOnItsLine) {
  Screen screen;
  ProgressOptions options;
  options.style = ProgressStyle::kTerminal;
  options.width = 60;
  Progress progress(options, screen.sink());
  progress.Phase("converge", absl::ZeroDuration());
  screen.Take();
  ProgressState state = State(20, 32);
  state.routes = 123456789;
  state.messages = 123456789;
  progress.Update(state, absl::Seconds(1));
  std::string bar = screen.Take();
  EXPECT_EQ(bar.substr(0, 4), "\r\033[K");
  EXPECT_EQ(bar.find('\n'), std::string::npos);
  EXPECT_LE(bar.size() - 4, 59);
  // All nodes and half of the sessions.
  EXPECT_NE(bar.find("[===============     ]"), std::string::npos) << bar;
  progress.Update(state, absl::Milliseconds(1050));
  EXPECT_EQ(screen.Take(), "");
  progress.Note("r1: bgpd exited");
  EXPECT_EQ(screen.Take(), "\r\033[Kr1: bgpd exited\n");
}

TEST(Progress, ColoursOnlyWhenAsked) {
  for (bool color : {false, true}) {
    Screen screen;
    ProgressOptions options;
    options.style = ProgressStyle::kTerminal;
    options.color = color;
    Progress progress(options, screen.sink());
    progress.Phase("boot", absl::ZeroDuration());
    progress.Update(State(10, 10), absl::Seconds(1));
    progress.Finish(absl::Seconds(2));
    EXPECT_EQ(screen.Take().find("\033[32m") != std::string::npos, color);
  }
}

TEST(Progress, QuietSaysNothingButMeasures) {
  Screen screen;
  ProgressOptions options;
  options.style = ProgressStyle::kQuiet;
  Progress progress(options, screen.sink());
  progress.Phase("boot", absl::ZeroDuration());
  progress.Update(State(1, 1), absl::Seconds(60));
  progress.Note("note");
  progress.Finish(absl::Seconds(61));
  EXPECT_EQ(screen.Take(), "");
  EXPECT_EQ(progress.phases().size(), 1);
}

TEST(Progress, OptionsFollowTheTerminal) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  setenv("TERM", "xterm", 1);
  EXPECT_EQ(OptionsFor(fds[1]).style, ProgressStyle::kPlain);
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  unsetenv("NO_COLOR");
  EXPECT_EQ(OptionsFor(terminal).style, ProgressStyle::kTerminal);
  EXPECT_TRUE(OptionsFor(terminal).color);
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(OptionsFor(terminal).color);
  setenv("TERM", "dumb", 1);
  EXPECT_EQ(OptionsFor(terminal).style, ProgressStyle::kPlain);
  close(terminal);
  close(fds[0]);
  close(fds[1]);
}

TEST(Progress, CountersShowWhatIsKnown) {
  ProgressState state;
  EXPECT_EQ(ProgressCounters(state), "");
  state.nodes = 5;
  state.routes = 12;
  state.rounds = 3;
  state.virtual_time = absl::Milliseconds(1500);
  EXPECT_EQ(ProgressCounters(state),
            "nodes 0/5  routes 12  round 3  clock 1.5s");
}

}  // namespace
}  // namespace quiesce
