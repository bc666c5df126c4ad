// Opening files that tell about the node's network, time or chance. A few
// paths are answered with a file of our own making; every other open is
// Native.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

Outcome SysOpen(Call& call);
Outcome SysOpenat(Call& call);
Outcome SysOpenat2(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_PATH_CALLS_H_
