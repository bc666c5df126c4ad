// Calls about the process itself: a new program image, the scheduler.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_PROCESS_CALLS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_PROCESS_CALLS_H_

#include "notifier/call/call.h"
#include "notifier/call/outcome.h"

namespace quiesce {

// brk(0) and arch_prctl(ARCH_SET_FS): the first calls of a new program image,
// before it has read a clock. Native, once its vDSO is patched.
Outcome SysFirstOfImage(Call& call);

// Of the code put into the vDSO (notifier/guest/vdso.h).
Outcome SysClockPage(Call& call);

// fork, vfork, clone and clone3: Native. A node that has forked has processes
// that we have not heard of yet.
Outcome SysNewProcess(Call& call);

// kill and its relatives: Native. From then on waits that unblock signals look
// whether one has come.
Outcome SysKill(Call& call);
Outcome SysSignalfd(Call& call);

// The guest's own wishes about scheduling are taken note of and answered; the
// schedule is ours.
Outcome SysSchedSetscheduler(Call& call);
Outcome SysSchedSetparam(Call& call);
Outcome SysSchedSetattr(Call& call);
Outcome SysSchedSetaffinity(Call& call);

// close, dup2, dup3, close_range: Native. Numbers of the process may mean other
// files from then on.
Outcome SysRenumber(Call& call);

// ENOSYS, as a kernel without it answers: io_uring (its requests would pass
// below seccomp).
Outcome SysRefuse(Call& call);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_PROCESS_CALLS_H_
