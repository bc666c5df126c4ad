// Ctrl-C and SIGTERM as a flag: the first asks the run to stop and to write
// what there is, the second ends the process at once (everything it started
// dies with it).
#ifndef QUIESCE_SUPERVISOR_INTERRUPT_H_
#define QUIESCE_SUPERVISOR_INTERRUPT_H_

#include <atomic>

namespace quiesce {

// Installs the handlers; the flag lives as long as the process.
const std::atomic<bool>* CatchInterrupts();

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_INTERRUPT_H_
