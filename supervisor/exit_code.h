// How a run ends, as scripts see it.
#ifndef QUIESCE_SUPERVISOR_EXIT_CODE_H_
#define QUIESCE_SUPERVISOR_EXIT_CODE_H_

namespace quiesce {

// Exit codes of a run; scripts rely on them.
enum ExitCode {
  kExitConverged = 0,    // and every check passed
  kExitCheckFailed = 1,  // some pair of nodes is not reachable
  kExitUsage = 2,
  kExitNotConverged = 3,
  kExitLacking = 4,  // the environment lacks something
  kExitNodeFailed = 5,
  kExitInternal = 6,
  kExitInterrupted = 130,
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_EXIT_CODE_H_
