#include "notifier/kernel/placeholder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstddef>

namespace quiesce {
namespace {

std::atomic<bool> reserve_was_reached = false;

socklen_t NameOf(uint64_t cookie, sockaddr_un* name) {
  memset(name, 0, sizeof(*name));
  name->sun_family = AF_UNIX;
  // sun_path[0] stays 0: abstract.
  int length =
      snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1,
               "quiesce/%016llx", static_cast<unsigned long long>(cookie));
  return offsetof(sockaddr_un, sun_path) + 1 + length;
}

}  // namespace

ErrnoOr<UniqueFd> NewPlaceholder(int type, bool nonblocking) {
  UniqueFd fd(socket(
      AF_UNIX, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0));
  if (InReserve(fd.get())) return Errno(ENFILE);
  return fd;
}

bool InReserve(int fd) {
  static const rlim_t limit = [] {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur;
  }();
  if (fd >= 0 && fd + rlim_t{kDescriptorReserve} < limit) return false;
  reserve_was_reached.store(true, std::memory_order_relaxed);
  return true;
}

bool ReserveWasReached() {
  return reserve_was_reached.load(std::memory_order_relaxed);
}

uint64_t SocketCookie(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return 0;
  return cookie;
}

int BindPlaceholder(int fd, uint64_t cookie) {
  sockaddr_un name;
  socklen_t size = NameOf(cookie, &name);
  return bind(fd, reinterpret_cast<sockaddr*>(&name), size) == 0 ? 0 : errno;
}

int ConnectToPlaceholder(int fd, uint64_t cookie) {
  sockaddr_un name;
  socklen_t size = NameOf(cookie, &name);
  return connect(fd, reinterpret_cast<sockaddr*>(&name), size) == 0 ? 0 : errno;
}

bool PlaceholderLives(uint64_t cookie) {
  UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return true;  // cannot tell: do not take it away
  return BindPlaceholder(probe.get(), cookie) == EADDRINUSE;
}

void SetSendBuffer(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) == 0) {
    return;
  }
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

}  // namespace quiesce
