// Stands in for the handlers where only the table's rows are of interest: its
// own tests, the filter's, the trace's.
#include <cerrno>

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

#define QUIESCE_NO_HANDLER(name) \
  Outcome name(Call&) { return Outcome::Fail(ENOSYS); }

QUIESCE_NO_HANDLER(SysAccept)
QUIESCE_NO_HANDLER(SysAccept4)
QUIESCE_NO_HANDLER(SysAlarm)
QUIESCE_NO_HANDLER(SysBind)
QUIESCE_NO_HANDLER(SysClockGettime)
QUIESCE_NO_HANDLER(SysClockNanosleep)
QUIESCE_NO_HANDLER(SysConnect)
QUIESCE_NO_HANDLER(SysEpollPwait)
QUIESCE_NO_HANDLER(SysEpollPwait2)
QUIESCE_NO_HANDLER(SysEpollWait)
QUIESCE_NO_HANDLER(SysFirstOfImage)
QUIESCE_NO_HANDLER(SysFlushThenNative)
QUIESCE_NO_HANDLER(SysFutex)
QUIESCE_NO_HANDLER(SysGetitimer)
QUIESCE_NO_HANDLER(SysGetpeername)
QUIESCE_NO_HANDLER(SysGetrandom)
QUIESCE_NO_HANDLER(SysGetrusage)
QUIESCE_NO_HANDLER(SysGetsockname)
QUIESCE_NO_HANDLER(SysGetsockopt)
QUIESCE_NO_HANDLER(SysGettimeofday)
QUIESCE_NO_HANDLER(SysIoctl)
QUIESCE_NO_HANDLER(SysKill)
QUIESCE_NO_HANDLER(SysListen)
QUIESCE_NO_HANDLER(SysNanosleep)
QUIESCE_NO_HANDLER(SysNewProcess)
QUIESCE_NO_HANDLER(SysOpen)
QUIESCE_NO_HANDLER(SysOpenat)
QUIESCE_NO_HANDLER(SysOpenat2)
QUIESCE_NO_HANDLER(SysPoll)
QUIESCE_NO_HANDLER(SysPpoll)
QUIESCE_NO_HANDLER(SysPselect6)
QUIESCE_NO_HANDLER(SysRecvfrom)
QUIESCE_NO_HANDLER(SysRecvmmsg)
QUIESCE_NO_HANDLER(SysRecvmsg)
QUIESCE_NO_HANDLER(SysRefuse)
QUIESCE_NO_HANDLER(SysRtSigtimedwait)
QUIESCE_NO_HANDLER(SysSchedSetaffinity)
QUIESCE_NO_HANDLER(SysSchedSetattr)
QUIESCE_NO_HANDLER(SysSchedSetparam)
QUIESCE_NO_HANDLER(SysSchedSetscheduler)
QUIESCE_NO_HANDLER(SysSelect)
QUIESCE_NO_HANDLER(SysSendmmsg)
QUIESCE_NO_HANDLER(SysSendmsg)
QUIESCE_NO_HANDLER(SysSendto)
QUIESCE_NO_HANDLER(SysSetitimer)
QUIESCE_NO_HANDLER(SysSetsockopt)
QUIESCE_NO_HANDLER(SysShutdown)
QUIESCE_NO_HANDLER(SysSocket)
QUIESCE_NO_HANDLER(SysSysinfo)
QUIESCE_NO_HANDLER(SysTime)
QUIESCE_NO_HANDLER(SysTimerCreate)
QUIESCE_NO_HANDLER(SysTimerDelete)
QUIESCE_NO_HANDLER(SysTimerGetoverrun)
QUIESCE_NO_HANDLER(SysTimerGettime)
QUIESCE_NO_HANDLER(SysTimerSettime)
QUIESCE_NO_HANDLER(SysTimerfdCreate)
QUIESCE_NO_HANDLER(SysTimerfdGettime)
QUIESCE_NO_HANDLER(SysTimerfdSettime)
QUIESCE_NO_HANDLER(SysTimes)

}  // namespace quiesce
