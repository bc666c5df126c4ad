// Runs a command in a node of a network that stands still.
#ifndef QUIESCE_SUPERVISOR_ASK_PROGRAM_H_
#define QUIESCE_SUPERVISOR_ASK_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "supervisor/report/answers.h"
#include "supervisor/sched/emulation.h"

namespace quiesce {

// What the command prints, and how it ends. Virtual time stands still
// meanwhile; DeadlineExceeded where the command waits for it. A program that
// cannot be started is an error of launching it.
absl::StatusOr<Answer> AskProgram(Emulation* emulation, NodeId id,
                                  const std::vector<std::string>& argv);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_ASK_PROGRAM_H_
