// One notified system call, as its handler sees it. The same Call is given to
// the handler again each time a parked call is run again.
#ifndef QUIESCE_NOTIFIER_CALL_CALL_H_
#define QUIESCE_NOTIFIER_CALL_CALL_H_

#include <sys/types.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>

#include "notifier/base/nanos.h"
#include "notifier/call/guest_access.h"

namespace quiesce {

class NodeKernel;

struct Call {
  int number = 0;  // x86-64 system call number
  std::array<uint64_t, 6> args{};
  pid_t tid = 0;   // of the calling thread, in our pid namespace
  pid_t tgid = 0;  // of its process
  // The thread has CAP_NET_ADMIN / CAP_NET_RAW / CAP_NET_BIND_SERVICE now.
  // Looked up on demand by Capable().
  virtual bool Capable(int capability) = 0;

  NodeKernel* kernel = nullptr;  // the calling process's node
  GuestMemory* memory = nullptr;
  GuestFiles* files = nullptr;

  // Puts `fd` in the place of the caller's socket `guest_fd`, wherever the
  // process has it: under all its numbers, in all its epoll sets. Other
  // processes keep the old file. 0 or an errno.
  virtual int Replace(int guest_fd, int fd) {
    (void)guest_fd, (void)fd;
    return ENOSYS;
  }

  // The thread begins again with what a signal took it out of.
  bool interrupted = false;
  // It has come so far that a signal ends it with success, not with EINTR.
  bool done_in_part = false;
  int attempts = 0;   // 0 the first time, then how often it was parked
  Nanos started = 0;  // virtual time of the first attempt
  // Whatever a handler wants to remember from one attempt to the next.
  uint64_t scratch = 0;
  // The same for what has to be given back: goes with the call.
  std::shared_ptr<void> held;
  // What to do once the caller has got its answer, a value; or null. (A signal
  // may take it out of the call before.)
  std::function<void()> delivered;
  // What to do whenever the clock has moved while the call is parked; or null.
  std::function<void()> on_clock;

  // Whether a parked call is known to wait on without being run again; null:
  // that can never be said.
  bool (*waits_on)(Call& call) = nullptr;

  // What a handler has read of the caller's memory at the first attempt, where
  // the kernel takes a copy, too, and never looks again.
  struct Arguments {
    virtual ~Arguments() = default;
  };
  std::shared_ptr<Arguments> arguments;

  virtual ~Call() = default;

  // An int argument: seccomp hands it over zero-extended.
  int Int(int index) const { return static_cast<int32_t>(args[index]); }
  GuestAddr Addr(int index) const {
    return static_cast<GuestAddr>(args[index]);
  }
  bool resumed() const { return attempts > 0; }
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_CALL_CALL_H_
