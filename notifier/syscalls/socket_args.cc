#include "notifier/syscalls/socket_args.h"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace quiesce {

ErrnoOr<SocketArg> SocketAt(Call& call, int guest_fd) {
  // Before the first attempt it has been done.
  if (call.resumed()) call.kernel->Pump();
  SocketArg arg;
  auto socket = call.kernel->SocketOf(call, guest_fd, &arg.file);
  if (!socket.ok()) return Errno(socket.error());
  arg.socket = *socket;
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
  const int whole = static_cast<int>(from.size());
  return call.memory->WriteAll(
      {{address, from.data(), std::min<size_t>(*room, from.size())},
       {size_addr, &whole, sizeof(whole)}});
}

}  // namespace quiesce
