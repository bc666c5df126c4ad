// The AF_UNIX objects that stand for a guest's sockets, and how they are named.
//
// A placeholder is known by its SO_COOKIE. It is bound to an abstract name made
// of that cookie, in the supervisor's own network namespace where nobody else
// has names. While any descriptor of it is left anywhere the name stays taken,
// so binding the name a second time tells whether it lives.
#ifndef QUIESCE_NOTIFIER_KERNEL_PLACEHOLDER_H_
#define QUIESCE_NOTIFIER_KERNEL_PLACEHOLDER_H_

#include <cstdint>

#include "notifier/base/errno_or.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// A new, unconnected, unnamed AF_UNIX socket of `type` (SOCK_STREAM ...,
// without flags), non-blocking if asked. ENFILE when the supervisor has no
// descriptor left.
ErrnoOr<UniqueFd> NewPlaceholder(int type, bool nonblocking);

// Whether a descriptor just made is among the last that the supervisor may
// have. Those are kept for what it needs for a moment only, so that running out
// fails a guest's socket() and nothing else.
bool InReserve(int fd);
inline constexpr int kDescriptorReserve = 200;
// Whether that has ever been so: as the limit, true of the whole process.
bool ReserveWasReached();

// SO_COOKIE; 0 where `fd` is not a socket.
uint64_t SocketCookie(int fd);

// Binds `fd` to the name of `cookie`. 0 or an errno; EINVAL if it has a name.
int BindPlaceholder(int fd, uint64_t cookie);
// Connects `fd` to the listener named by `cookie`, without waiting:
// ECONNREFUSED (nobody listens), EAGAIN (backlog full).
int ConnectToPlaceholder(int fd, uint64_t cookie);
// Whether the SOCK_STREAM placeholder named by `cookie` is still open
// somewhere.
bool PlaceholderLives(uint64_t cookie);

// Sets SO_SNDBUF, beyond the host's limit where we may.
void SetSendBuffer(int fd, int bytes);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_KERNEL_PLACEHOLDER_H_
