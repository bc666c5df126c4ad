#include "supervisor/launch/child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include <climits>

#include "supervisor/launch/spec.h"

namespace quiesce {
namespace {

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

// A system call and nothing else: no errno, no cancellation point. Returns
// what the kernel returns, -errno for an error.
inline long Raw(long number, long a = 0, long b = 0, long c = 0, long d = 0,
                long e = 0) {
#ifdef __x86_64__
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
               : "rcx", "r11", "memory");
  return result;
#else
#error "Quiesce knows x86-64 only"
#endif
}

template <typename T>
long P(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

[[noreturn]] void End(ChildSlot* slot, long result) {
  slot->error.store(static_cast<int32_t>(-result));
  for (;;) Raw(SYS_exit_group, 127);
}

// What sys/signal's kernel side takes; libc's struct sigaction is another.
struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

void ResetSignals() {
  KernelSigaction fresh = {};  // SIG_DFL
  for (int sig = 1; sig < _NSIG; ++sig) {
    Raw(SYS_rt_sigaction, sig, P(&fresh), 0, sizeof(uint64_t));
  }
  uint64_t none = 0;
  Raw(SYS_rt_sigprocmask, SIG_SETMASK, P(&none), 0, sizeof(none));
}

// Puts every descriptor where the program wants it and closes all others.
// Returns the pipe's new number, or -errno.
long PlaceDescriptors(const ChildPlan& plan) {
  int base = 3;
  for (int i = 0; i < plan.fd_count; ++i) {
    if (plan.fds[i].target >= base) base = plan.fds[i].target + 1;
  }
  // First all out of the way of the targets, then down to them.
  for (int i = 0; i < plan.fd_count; ++i) {
    long moved = Raw(SYS_fcntl, plan.fds[i].source, F_DUPFD_CLOEXEC, base);
    if (moved < 0) return moved;
    plan.fds[i].source = static_cast<int>(moved);
  }
  long pipe = Raw(SYS_fcntl, plan.pipe, F_DUPFD_CLOEXEC, base);
  if (pipe < 0) return pipe;
  unsigned next = 0;  // the first number not yet decided upon
  for (int i = 0; i < plan.fd_count; ++i) {
    unsigned target = plan.fds[i].target;
    long done = Raw(SYS_dup3, plan.fds[i].source, target, 0);
    if (done < 0) return done;
    if (target > next) Raw(SYS_close_range, next, target - 1, 0);
    next = target + 1;
  }
  if (static_cast<unsigned>(pipe) > next) {
    Raw(SYS_close_range, next, pipe - 1, 0);
  }
  Raw(SYS_close_range, pipe + 1, UINT_MAX, 0);
  return pipe;
}

long SetTerminal(const ChildPlan& plan) {
  switch (static_cast<TerminalMode>(plan.terminal)) {
    case TerminalMode::kNewSession:
      return Raw(SYS_setsid);
    case TerminalMode::kInherit:
      return 0;
    case TerminalMode::kForeground: {
      long done = Raw(SYS_setpgid, 0, 0);
      if (done < 0) return done;
      // A background group may take the terminal only while it ignores or
      // blocks SIGTTOU (drivers/tty/tty_jobctrl.c:__tty_check_change).
      uint64_t ttou = uint64_t{1} << (SIGTTOU - 1), none = 0;
      int group = static_cast<int>(Raw(SYS_getpid));
      Raw(SYS_rt_sigprocmask, SIG_SETMASK, P(&ttou), 0, sizeof(ttou));
      Raw(SYS_ioctl, 0, TIOCSPGRP, P(&group));  // no terminal: no matter
      Raw(SYS_rt_sigprocmask, SIG_SETMASK, P(&none), 0, sizeof(none));
      return 0;
    }
  }
  return 0;
}

long SetSchedule(const ChildPlan& plan) {
  if (plan.cpu >= 0) {
    unsigned long mask[1024 / (8 * sizeof(long))] = {};
    mask[plan.cpu / (8 * sizeof(long))] |= 1ul
                                           << (plan.cpu % (8 * sizeof(long)));
    long done = Raw(SYS_sched_setaffinity, 0, sizeof(mask), P(mask));
    if (done < 0) return done;
  }
  sched_param parameter = {};
  parameter.sched_priority = plan.fifo_priority;
  int policy = plan.fifo_priority > 0 ? SCHED_FIFO : SCHED_OTHER;
  return Raw(SYS_sched_setscheduler, 0, policy, P(&parameter));
}

// Leaves the process with `plan.capabilities` as its bounding, inheritable
// and, for other users than root, ambient set. CAP_SYS_ADMIN stays effective
// for seccomp(2); execve() takes it away (root: by the bounding set; others:
// permitted becomes ambient; security/commoncap.c:cap_bprm_creds_from_file).
long SetCredentials(const ChildPlan& plan) {
  uint64_t keep = plan.capabilities;
  for (int cap = 0; cap < 64; ++cap) {
    if (Raw(SYS_prctl, PR_CAPBSET_READ, cap) < 0) break;  // the last one
    if (keep >> cap & 1) continue;
    long done = Raw(SYS_prctl, PR_CAPBSET_DROP, cap);
    if (done < 0) return done;
  }
  long done = Raw(SYS_setgroups, plan.group_count, P(plan.groups));
  if (done < 0) return done;
  done = Raw(SYS_setresgid, plan.gid, plan.gid, plan.gid);
  if (done < 0) return done;
  Raw(SYS_prctl, PR_SET_KEEPCAPS, 1);
  done = Raw(SYS_setresuid, plan.uid, plan.uid, plan.uid);
  if (done < 0) return done;
  Raw(SYS_prctl, PR_SET_KEEPCAPS, 0);

  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  done = Raw(SYS_capget, P(&header), P(data));
  if (done < 0) return done;
  uint64_t have = data[0].permitted | uint64_t{data[1].permitted} << 32;
  keep &= have;
  uint64_t now = keep | (have & uint64_t{1} << CAP_SYS_ADMIN);
  for (int half = 0; half < 2; ++half) {
    data[half].permitted = static_cast<uint32_t>(now >> (32 * half));
    data[half].effective = data[half].permitted;
    data[half].inheritable = static_cast<uint32_t>(keep >> (32 * half));
  }
  done = Raw(SYS_capset, P(&header), P(data));
  if (done < 0 || plan.uid == 0) return done;
  for (int cap = 0; cap < 64; ++cap) {
    if (!(keep >> cap & 1)) continue;
    done = Raw(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap);
    if (done < 0) return done;
  }
  return 0;
}

}  // namespace

void RunChild(const ChildPlan& plan) {
  ChildSlot* slot = plan.slot;
  // Each step says first what it is; a failure leaves that and the errno.
#define STEP(name, call)                         \
  do {                                           \
    slot->stage.store(ChildStage::k##name);      \
    long step_result = (call);                   \
    if (step_result < 0) End(slot, step_result); \
  } while (false)

  ResetSignals();
  long pipe = -1;
  STEP(Descriptors, pipe = PlaceDescriptors(plan));
  STEP(Terminal, SetTerminal(plan));
  STEP(Schedule, SetSchedule(plan));
  for (int i = 0; i < plan.limit_count; ++i) {
    STEP(Limits, Raw(SYS_prlimit64, 0, plan.limits[i].resource,
                     P(&plan.limits[i].value)));
  }
  if (plan.umask >= 0) Raw(SYS_umask, plan.umask);
  const long ours = Raw(SYS_personality, 0xffffffff);
  STEP(Limits, Raw(SYS_personality, ours | plan.personality));
  // An old kernel does not know it; memory is then not merged.
  Raw(SYS_prctl, PR_SET_MEMORY_MERGE, plan.merge_memory ? 1 : 0);
  if (plan.set_credentials) STEP(Credentials, SetCredentials(plan));
  STEP(Directory, Raw(SYS_chdir, P(plan.cwd)));
  STEP(Program, Raw(SYS_faccessat, AT_FDCWD, P(plan.path), X_OK));

  if (plan.filter_length > 0) {
    sock_fprog program = {static_cast<unsigned short>(plan.filter_length),
                          const_cast<sock_filter*>(plan.filter)};
    slot->stage.store(ChildStage::kFilter);
    long listener =
        Raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
            SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
            P(&program));
    if (listener < 0) End(slot, listener);
    slot->listener.store(static_cast<int32_t>(listener));
    slot->stage.store(ChildStage::kListening);
    Raw(SYS_close, pipe, kHandshakeCall);
    if (long done = Raw(kHandshakeCall); done != 0) End(slot, done);
  }
  if (plan.wait) {
    slot->stage.store(ChildStage::kWaiting);
    Raw(SYS_close, pipe);
    Raw(SYS_ppoll);  // until a tracer lets it return
  }
  slot->stage.store(ChildStage::kExec);
  // On success the pipe, close-on-exec, tells the supervisor.
  End(slot, Raw(SYS_execve, P(plan.path), P(plan.argv), P(plan.env)));
#undef STEP
}

const char* ChildStageName(ChildStage stage) {
  switch (stage) {
    case ChildStage::kStarted:
      return "starting";
    case ChildStage::kDescriptors:
      return "placing descriptors";
    case ChildStage::kTerminal:
      return "setting session and terminal";
    case ChildStage::kDirectory:
      return "changing to the working directory";
    case ChildStage::kLimits:
      return "setting limits and personality";
    case ChildStage::kSchedule:
      return "setting cpu and scheduling policy";
    case ChildStage::kCredentials:
      return "setting user, groups and capabilities";
    case ChildStage::kProgram:
      return "looking for the program";
    case ChildStage::kFilter:
      return "installing the seccomp filter";
    case ChildStage::kListening:
      return "handing over the listener";
    case ChildStage::kWaiting:
      return "waiting to be traced";
    case ChildStage::kExec:
      return "execve";
  }
  return "?";
}

}  // namespace quiesce
