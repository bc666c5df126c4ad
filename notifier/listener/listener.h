// One process's seccomp listener: the kernel's side of every notified call.
//
// A guest may leave at any moment (killed, or a signal handler runs): then an
// answer finds nobody. That is news, not an error: answers return false.
// Source: seccomp_unotify(2), kernel/seccomp.c.
#ifndef QUIESCE_NOTIFIER_LISTENER_LISTENER_H_
#define QUIESCE_NOTIFIER_LISTENER_LISTENER_H_

#include <linux/seccomp.h>

#include <cstdint>

#include "notifier/base/errno_or.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

class Listener {
 public:
  explicit Listener(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }

  // To be called once per POLLIN: RECV blocks even on a non-blocking
  // descriptor. False if the caller has left meanwhile.
  bool Receive(seccomp_notif* call);

  // The caller of `id` still waits.
  bool Valid(uint64_t id) const;

  bool Return(uint64_t id, int64_t value) { return Send(id, value, 0, 0); }
  bool Fail(uint64_t id, int error) { return Send(id, 0, -error, 0); }
  // The kernel runs the call itself.
  bool Continue(uint64_t id) {
    return Send(id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
  }

  // Puts `fd` into the caller's table at the lowest free number and returns
  // that number from the call, atomically. ENOENT if the caller has left;
  // EMFILE and the like have not been answered yet.
  ErrnoOr<int> Install(uint64_t id, int fd, bool close_on_exec);
  // Puts `fd` at `number`, whatever was there; the call still waits. 0 or an
  // errno.
  int Replace(uint64_t id, int fd, int number, bool close_on_exec) const;

 private:
  bool Send(uint64_t id, int64_t value, int error, uint32_t flags);

  UniqueFd fd_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_LISTENER_LISTENER_H_
