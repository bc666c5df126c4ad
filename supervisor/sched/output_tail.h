// The last words of a process: what it wrote to its standard output and error.
#ifndef QUIESCE_SUPERVISOR_SCHED_OUTPUT_TAIL_H_
#define QUIESCE_SUPERVISOR_SCHED_OUTPUT_TAIL_H_

#include <string>

#include "supervisor/launch/spec.h"

namespace quiesce {

// "\n  its last output:\n    ..." with at most ten lines from the files of the
// process's stdout and stderr; empty if it wrote nothing.
std::string OutputTail(const ProcessSpec& process);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_SCHED_OUTPUT_TAIL_H_
