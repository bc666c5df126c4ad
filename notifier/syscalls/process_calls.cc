#include "notifier/syscalls/process_calls.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>

#include "notifier/kernel/node_kernel.h"

namespace quiesce {
namespace {

// kernel/sched/syscalls.c:__sched_setscheduler, as far as a guest that may or
// may not become a realtime task can tell.
Outcome JudgePolicy(Call& call, int policy, int priority) {
  switch (policy & ~SCHED_RESET_ON_FORK) {
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
      return priority == 0 ? Outcome::Value(0) : Outcome::Fail(EINVAL);
    case SCHED_FIFO:
    case SCHED_RR:
      if (priority < 1 || priority > 99) return Outcome::Fail(EINVAL);
      return call.Capable(CAP_SYS_NICE) ? Outcome::Value(0)
                                        : Outcome::Fail(EPERM);
    default:
      return Outcome::Fail(EINVAL);
  }
}

}  // namespace

Outcome SysFirstOfImage(Call& call) {
  if (call.kernel->world().VirtualTime()) call.kernel->world().OnNewImage(call);
  return Outcome::Native();
}

Outcome SysClockPage(Call& call) {
  return call.kernel->world().OnClockPage(call);
}

Outcome SysNewProcess(Call& call) {
  uint64_t flags = call.number == SYS_clone ? call.args[0] : 0;
  if (call.number == SYS_clone3) {
    // The filter cannot look at clone_args: most of these are threads.
    const ErrnoOr<uint64_t> read =
        call.memory->ReadValue<uint64_t>(call.Addr(0));
    if (read.ok()) flags = *read;
    if (flags & CLONE_THREAD) return Outcome::Native();
  }
  if (flags & CLONE_FILES) call.kernel->poll_sets().GiveUp();
  call.kernel->world().OnNewProcess(call);
  call.kernel->ExpectSignals();  // SIGCHLD, at least
  return Outcome::Native();
}

Outcome SysRenumber(Call& call) {
  switch (call.number) {
    case SYS_close:
      call.kernel->DescriptorChanges(call.tgid, call.Int(0));
      break;
    case SYS_dup2:
    case SYS_dup3:
      call.kernel->DescriptorChanges(call.tgid, call.Int(1));
      break;
    default:
      call.kernel->DescriptorsChange(call.tgid);
      break;
  }
  return Outcome::Native();
}

Outcome SysKill(Call& call) {
  call.kernel->ExpectSignals();
  return Outcome::Native();
}

Outcome SysSignalfd(Call& call) {
  call.kernel->ExpectSignalFds();
  return Outcome::Native();
}

Outcome SysSchedSetscheduler(Call& call) {
  if (call.Int(1) < 0) return Outcome::Fail(EINVAL);
  if (call.Addr(2) == GuestAddr::kNull) return Outcome::Fail(EINVAL);
  ErrnoOr<sched_param> parameters =
      call.memory->ReadValue<sched_param>(call.Addr(2));
  if (!parameters.ok()) return Outcome::Fail(parameters.error());
  return JudgePolicy(call, call.Int(1), parameters->sched_priority);
}

Outcome SysSchedSetparam(Call& call) {
  if (call.Addr(1) == GuestAddr::kNull) return Outcome::Fail(EINVAL);
  ErrnoOr<sched_param> parameters =
      call.memory->ReadValue<sched_param>(call.Addr(1));
  if (!parameters.ok()) return Outcome::Fail(parameters.error());
  return JudgePolicy(call, SCHED_OTHER, parameters->sched_priority);
}

Outcome SysSchedSetattr(Call& call) {
  struct Attributes {  // struct sched_attr, first version
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
  };
  ErrnoOr<Attributes> attributes =
      call.memory->ReadValue<Attributes>(call.Addr(1));
  if (!attributes.ok()) return Outcome::Fail(attributes.error());
  return JudgePolicy(call, attributes->policy, attributes->priority);
}

Outcome SysSchedSetaffinity(Call& call) {
  uint64_t first = 0;
  const uint64_t size = static_cast<uint32_t>(call.args[1]);
  if (int error = call.memory->Read(call.Addr(2), &first,
                                    size < sizeof(first) ? size : 8)) {
    return Outcome::Fail(error);
  }
  return size == 0 ? Outcome::Fail(EINVAL) : Outcome::Value(0);
}

Outcome SysRefuse(Call&) { return Outcome::Fail(ENOSYS); }

}  // namespace quiesce
