// A notified call of a real guest: what the kernel said, with the caller's
// memory and descriptors behind it.
#ifndef QUIESCE_NOTIFIER_GUEST_GUEST_CALL_H_
#define QUIESCE_NOTIFIER_GUEST_GUEST_CALL_H_

#include <linux/seccomp.h>

#include <algorithm>

#include "notifier/call/call.h"
#include "notifier/guest/thread_access.h"
#include "notifier/listener/listener.h"

namespace quiesce {

struct GuestCall : Call {
  GuestCall(const seccomp_notif& notification, pid_t process,
            NodeKernel* node_kernel, Nanos now, int process_pidfd,
            UniqueFd* pidfd)
      : id(notification.id),
        memory_of_thread(notification.pid),
        files_of_thread(notification.pid, process_pidfd, pidfd) {
    number = notification.data.nr;
    std::copy_n(notification.data.args, args.size(), args.begin());
    tid = notification.pid;
    tgid = process;
    kernel = node_kernel;
    memory = &memory_of_thread;
    files = &files_of_thread;
    started = now;
  }

  bool Capable(int capability) override {
    return (EffectiveCapabilities(tid) >> capability) & 1;
  }

  int Replace(int guest_fd, int fd) override;

  // For a thread that was taken out of this call and makes it again: whether
  // this is it, which is answered from now on.
  bool IsRepeatedBy(const seccomp_notif& notification) {
    if (notification.data.nr != number ||
        !std::equal(args.begin(), args.end(), notification.data.args)) {
      return false;
    }
    id = notification.id;
    return true;
  }

  const Listener* listener = nullptr;  // where the call came from
  uint64_t id;                         // the notification's, for the answer
  uint64_t park_serial = 0;            // of its first parking; orders retries
  ThreadMemory memory_of_thread;
  ThreadFiles files_of_thread;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_GUEST_GUEST_CALL_H_
