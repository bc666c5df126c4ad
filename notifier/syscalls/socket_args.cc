#include "notifier/syscalls/socket_args.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace quiesce {

ErrnoOr<SocketArg> SocketAt(Call& call, int guest_fd) {
  call.kernel->Pump();
  SocketArg arg;
  auto socket = call.kernel->SocketOf(call, guest_fd, &arg.file);
  if (!socket.ok()) return Errno(socket.error());
  arg.socket = *socket;
  arg.nonblocking = fcntl(arg.file.get(), F_GETFL) & O_NONBLOCK;
  return arg;
}

ErrnoOr<SockAddr> ReadSockAddr(Call& call, GuestAddr address, int size) {
  if (size < 0 || size > static_cast<int>(sizeof(sockaddr_storage))) {
    return Errno(EINVAL);
  }
  SockAddr bytes(size, '\0');
  if (size == 0) return bytes;
  if (int error = call.memory->Read(address, bytes.data(), size)) {
    return Errno(error);
  }
  return bytes;
}

int WriteSockAddr(Call& call, const SockAddr& from, GuestAddr address,
                  GuestAddr size_addr) {
  auto room = call.memory->ReadValue<int>(size_addr);
  if (!room.ok()) return room.error();
  if (*room < 0) return EINVAL;
  size_t size = std::min<size_t>(*room, from.size());
  if (size > 0) {
    if (int error = call.memory->Write(address, from.data(), size)) {
      return error;
    }
  }
  return call.memory->WriteValue(size_addr, static_cast<int>(from.size()));
}

}  // namespace quiesce
