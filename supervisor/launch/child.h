// The stretch between clone() and execve(): the only code that runs in a
// process which may already be under a seccomp filter, while nobody serves its
// listener yet. It allocates nothing and calls no library: raw system calls
// on a plan made beforehand.
//
// How the listener gets to the supervisor. Any system call may be one that the
// filter notifies, write() and sendmsg() included, so the child cannot send
// anything once the filter is on. Instead:
//   1. seccomp(2) returns the listener's number; the child stores it in a slot
//      of memory shared with the supervisor (no call);
//   2. it close()s the write end of a pipe; end-of-file tells the supervisor
//      to look into the slot and to fetch the listener with pidfd_getfd().
//      (A second argument, which the kernel does not look at, tells this
//      close() from the program's; it passes whatever the filter says.)
//   3. meanwhile execve() would close the listener, if the filter lets it
//      through. So the child first makes a call that does not exist and that
//      instructions before the caller's filter always notify. It sleeps
//      there until the supervisor, now holding the listener, answers.
#ifndef QUIESCE_SUPERVISOR_LAUNCH_CHILD_H_
#define QUIESCE_SUPERVISOR_LAUNCH_CHILD_H_

#include <linux/filter.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace quiesce {

// The call of step 3. No kernel has it; numbers of real calls are far smaller
// and x32's start at 0x40000000.
inline constexpr int kHandshakeCall = 0x51e5ce;

// How far a child came; its last value says what failed when it ended early.
enum class ChildStage : int32_t {
  kStarted = 0,
  kDescriptors,
  kTerminal,
  kDirectory,
  kLimits,
  kSchedule,
  kCredentials,
  kProgram,  // argv[0] is not there or not executable
  kFilter,
  kListening,  // the filter is on, `listener` is valid
  kWaiting,    // for a tracer, before execve()
  kExec,       // execve() was tried; if `error` stays 0 it worked
};
const char* ChildStageName(ChildStage stage);

// Shared between child and supervisor, written by the child only.
struct ChildSlot {
  std::atomic<ChildStage> stage;
  std::atomic<int32_t> error;  // errno of `stage`, else 0
  std::atomic<int32_t> listener;
};
inline constexpr int kChildSlots = 256;  // of one node, living processes

// Everything the child needs, made by the node init before clone(). All
// pointers point into memory of the init, which the child has a copy of.
struct ChildPlan {
  ChildSlot* slot = nullptr;
  const char* path = nullptr;  // of the program
  char* const* argv = nullptr;
  char* const* env = nullptr;
  const char* cwd = nullptr;

  // Descriptor `source` becomes `target`; targets are 0..2 and further ones,
  // in rising order. Everything else is closed.
  struct Fd {
    int source;
    int target;
  };
  Fd* fds = nullptr;
  int fd_count = 0;
  int pipe = -1;  // the write end of step 2

  int terminal = 0;  // TerminalMode

  bool set_credentials = true;
  uid_t uid = 0;
  gid_t gid = 0;
  const gid_t* groups = nullptr;
  int group_count = 0;
  uint64_t capabilities = 0;

  struct Limit {
    int resource;
    rlimit value;
  };
  const Limit* limits = nullptr;
  int limit_count = 0;
  int cpu = -1;
  int fifo_priority = 0;
  uint32_t personality = 0;
  bool merge_memory = false;
  int umask = -1;
  bool wait = false;  // ProcessSpec::wait_before_exec

  const sock_filter* filter = nullptr;  // with the launcher's own
  int filter_length = 0;
};

// Becomes the program, or ends. `plan.fds` is used as scratch space.
[[noreturn]] void RunChild(const ChildPlan& plan);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_LAUNCH_CHILD_H_
