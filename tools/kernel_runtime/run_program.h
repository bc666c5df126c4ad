// Runs another of our programs as the oracle and the benchmark do: to its end,
// with its output in a file, and knowing what it cost.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_RUN_PROGRAM_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_RUN_PROGRAM_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace quiesce {

struct ProgramRun {
  int exit_code = 0;  // 128 + signal if it was killed
  absl::Duration wall;
  // Of it and of the descendants it waited for.
  absl::Duration cpu;
  std::string tail;  // the last lines it wrote
};

struct ProgramSurroundings {
  // cgroup.procs of a control group in which it is to run; borrowed. -1: ours.
  int group = -1;
  // Called as soon as it runs, if not empty.
  std::function<void(pid_t)> started;
};

// `argv[0]` is a path. stdout and stderr go to `log`, which is replaced. The
// program is killed when the calling thread ends.
absl::StatusOr<ProgramRun> RunProgram(
    const std::vector<std::string>& argv, const std::string& log,
    const ProgramSurroundings& surroundings = {});

// The path of another program of this build, "tools/oracle/oracle", found from
// where this one lies in Bazel's output. NotFound says what to build.
absl::StatusOr<std::string> SiblingProgram(const std::string& path);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_RUN_PROGRAM_H_
