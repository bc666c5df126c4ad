// Clocks and timers under virtual time. Without it they are the kernel's.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_TIME_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_TIME_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

Outcome SysClockGettime(Call& call);
Outcome SysGettimeofday(Call& call);
Outcome SysTime(Call& call);
Outcome SysTimes(Call& call);
Outcome SysGetrusage(Call& call);
Outcome SysSysinfo(Call& call);
Outcome SysGetrandom(Call& call);

Outcome SysTimerfdCreate(Call& call);
Outcome SysTimerfdSettime(Call& call);
Outcome SysTimerfdGettime(Call& call);
Outcome SysTimerCreate(Call& call);
Outcome SysTimerSettime(Call& call);
Outcome SysTimerGettime(Call& call);
Outcome SysTimerGetoverrun(Call& call);
Outcome SysTimerDelete(Call& call);
Outcome SysSetitimer(Call& call);
Outcome SysGetitimer(Call& call);
Outcome SysAlarm(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_TIME_CALLS_H_
