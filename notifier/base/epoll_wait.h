// epoll_wait(2) that is no cancellation point: in a program with threads those
// cost two atomic exchanges a call, which shows where calls are many and short.
#ifndef QUIESCE_NOTIFIER_BASE_EPOLL_WAIT_H_
#define QUIESCE_NOTIFIER_BASE_EPOLL_WAIT_H_

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace quiesce {

// `timeout` in ms, -1 for ever. How many events there are, or -1 with errno.
inline int EpollWait(int set, epoll_event* events, int room, int timeout) {
  return static_cast<int>(syscall(SYS_epoll_wait, set, events, room, timeout));
}

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_BASE_EPOLL_WAIT_H_
