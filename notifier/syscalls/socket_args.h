// Socket addresses and descriptors as system calls pass them.
#ifndef QUIESCE_NOTIFIER_SYSCALLS_SOCKET_ARGS_H_
#define QUIESCE_NOTIFIER_SYSCALLS_SOCKET_ARGS_H_

#include "notifier/base/errno_or.h"
#include "notifier/call/call.h"
#include "notifier/kernel/guest_file.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"

namespace quiesce {

// The socket of a call: null is a socket that is not ours.
struct SocketArg {
  Socket* socket = nullptr;
  GuestFile file;
  bool nonblocking() const { return file.nonblocking(); }
};

// After moving what the node has sent to itself, so that the answer is about
// now. EBADF, ENOTSOCK.
ErrnoOr<SocketArg> SocketAt(Call& call, int guest_fd);

// net/socket.c:move_addr_to_kernel. EINVAL, EFAULT.
ErrnoOr<SockAddr> ReadSockAddr(Call& call, GuestAddr address, int size);
// net/socket.c:move_addr_to_user: `size_addr` holds the guest's room and gets
// the whole size. 0, EINVAL, EFAULT.
int WriteSockAddr(Call& call, const SockAddr& from, GuestAddr address,
                  GuestAddr size_addr);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SYSCALLS_SOCKET_ARGS_H_
