#include "notifier/listener/listener.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quiesce {

bool Listener::Receive(seccomp_notif* call) {
  // The kernel insists on zeroes, to be able to grow the struct.
  std::memset(call, 0, sizeof(*call));
  while (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, call) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

bool Listener::Valid(uint64_t id) const {
  return ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

bool Listener::Send(uint64_t id, int64_t value, int error, uint32_t flags) {
  seccomp_notif_resp answer{};
  answer.id = id;
  answer.val = value;
  answer.error = error;
  answer.flags = flags;
  while (ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

ErrnoOr<int> Listener::Install(uint64_t id, int fd, bool close_on_exec) {
  seccomp_notif_addfd add{};
  add.id = id;
  add.flags = SECCOMP_ADDFD_FLAG_SEND;
  add.srcfd = fd;
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  int number;
  do {
    number = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return Errno(errno);
  return number;
}

int Listener::Replace(uint64_t id, int fd, int number,
                      bool close_on_exec) const {
  seccomp_notif_addfd add{};
  add.id = id;
  add.flags = SECCOMP_ADDFD_FLAG_SETFD;
  add.srcfd = fd;
  add.newfd = number;
  add.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  int result;
  do {
    result = ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

}  // namespace quiesce
