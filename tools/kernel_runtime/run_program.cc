#include "tools/kernel_runtime/run_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <deque>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "notifier/base/status_macros.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {
namespace {

constexpr int kTailLines = 12;

std::string TailOf(const std::string& path) {
  std::ifstream file(path);
  std::deque<std::string> lines;
  std::string line;
  while (std::getline(file, line)) {
    lines.push_back(line);
    if (lines.size() > kTailLines) lines.pop_front();
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace

absl::StatusOr<ProgramRun> RunProgram(const std::vector<std::string>& argv,
                                      const std::string& log,
                                      const ProgramSurroundings& surroundings) {
  UniqueFd out(
      open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!out.valid()) return ErrnoStatus(log);
  UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<char*> words;
  for (const std::string& word : argv) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  absl::Time start = absl::Now();
  pid_t pid = fork();
  if (pid < 0) return ErrnoStatus("fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(null.get(), 0);
    dup2(out.get(), 1);
    dup2(out.get(), 2);
    if (surroundings.group >= 0 && write(surroundings.group, "0", 1) != 1) {
      perror("cgroup.procs");
      _exit(127);
    }
    execv(words[0], words.data());
    dprintf(2, "%s cannot be run\n", words[0]);
    _exit(127);
  }
  if (surroundings.started) surroundings.started(pid);
  int status;
  rusage usage;
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) return ErrnoStatus("wait4");
  }
  ProgramRun run;
  run.wall = absl::Now() - start;
  run.cpu = absl::DurationFromTimeval(usage.ru_utime) +
            absl::DurationFromTimeval(usage.ru_stime);
  run.exit_code =
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.tail = TailOf(log);
  return run;
}

absl::StatusOr<std::string> SiblingProgram(const std::string& path) {
  char self[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", self, sizeof(self));
  if (size < 0) return ErrnoStatus("/proc/self/exe");
  std::string here(self, size);
  // .../bin/tools/oracle/oracle: up to the package that all share.
  for (size_t slash = here.rfind('/'); slash != std::string::npos && slash > 0;
       slash = here.rfind('/', slash - 1)) {
    std::string candidate = here.substr(0, slash + 1) + path;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  std::string label = path;
  label[label.rfind('/')] = ':';
  return absl::NotFoundError(absl::StrCat("there is no ", path, " beside ",
                                          here, "; bazel build //", label));
}

}  // namespace quiesce
