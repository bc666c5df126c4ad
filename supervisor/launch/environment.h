// Whether this machine lets us do what we need, asked before anything starts.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_ENVIRONMENT_H_
#define QUIESCE_SUPERVISOR_LAUNCH_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "supervisor/launch/host_limits.h"

namespace quiesce {

// One thing that is missing and what to do about it.
struct EnvironmentProblem {
  std::string what;
  std::string remedy;
  bool fatal = true;  // else: works, but slower or smaller
};

// What the run is going to take.
struct EnvironmentNeeds {
  ResourceNeeds resources;
  bool realtime = true;  // guests at SCHED_FIFO
};

// Tries, rather than reads, wherever trying is cheap: root, capabilities,
// namespaces, seccomp user notification with its flags, pidfd_getfd, the
// mount calls, SCHED_FIFO. Leaves nothing behind.
std::vector<EnvironmentProblem> CheckEnvironment(const EnvironmentNeeds& needs);

// Lets this process have as many descriptors as its hard limit allows.
void RaiseDescriptorLimit();

// The exit code of a run that the environment does not allow.
inline constexpr int kExitEnvironment = 4;

// "missing: WHAT\n  remedy: REMEDY\n" for each.
std::string DescribeProblems(const std::vector<EnvironmentProblem>& problems);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_ENVIRONMENT_H_
