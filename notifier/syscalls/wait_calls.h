// Waits with a timeout. Under virtual time they park; what they wait for is
// looked at from outside, by short-lived duplicates of the guest's own
// descriptors, each time anything has happened in the node.
//
// Without virtual time they are the kernel's business (Native).
#ifndef QUIESCE_NOTIFIER_SYSCALLS_WAIT_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_WAIT_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

Outcome SysPoll(Call& call);
Outcome SysPpoll(Call& call);
Outcome SysSelect(Call& call);
Outcome SysPselect6(Call& call);
Outcome SysEpollWait(Call& call);
Outcome SysEpollPwait(Call& call);
Outcome SysEpollPwait2(Call& call);
Outcome SysNanosleep(Call& call);
Outcome SysClockNanosleep(Call& call);
Outcome SysFutex(Call& call);
Outcome SysFutexWaitv(Call& call);
Outcome SysRtSigtimedwait(Call& call);
Outcome SysMqTimedsend(Call& call);
Outcome SysMqTimedreceive(Call& call);
Outcome SysSemtimedop(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_WAIT_CALLS_H_
