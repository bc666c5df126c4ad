// bind, listen, connect, accept, names, shutdown (net/socket.c).
#include <errno.h>
#include <sys/socket.h>

#include "notifier/syscalls/socket_args.h"
#include "notifier/syscalls/socket_calls.h"

namespace quiesce {

Outcome SysBind(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  auto address = ReadSockAddr(call, call.Addr(1), call.Int(2));
  if (!address.ok()) return Outcome::Fail(address.error());
  return arg->socket->Bind(call, arg->file.get(), *address);
}

Outcome SysListen(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  return arg->socket->Listen(call, arg->file.get(), call.Int(1));
}

Outcome SysConnect(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  auto address = ReadSockAddr(call, call.Addr(1), call.Int(2));
  if (!address.ok()) return Outcome::Fail(address.error());
  return arg->socket->Connect(call, arg->file.get(), *address,
                              arg->nonblocking());
}

namespace {

Outcome AcceptCall(Call& call, int flags) {
  if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) return Outcome::Fail(EINVAL);
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  SockAddr peer;
  Outcome outcome = arg->socket->Accept(call, arg->file, flags, &peer);
  if (outcome.kind() != Outcome::Kind::kInstall ||
      call.Addr(1) == GuestAddr::kNull) {
    return outcome;
  }
  if (int error = WriteSockAddr(call, peer, call.Addr(1), call.Addr(2))) {
    if (outcome.done()) outcome.done()(false);
    return Outcome::Fail(error);
  }
  return outcome;
}

}  // namespace

Outcome SysAccept(Call& call) { return AcceptCall(call, 0); }
Outcome SysAccept4(Call& call) { return AcceptCall(call, call.Int(3)); }

Outcome SysGetsockname(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  auto name = arg->socket->LocalName();
  if (!name.ok()) return Outcome::Fail(name.error());
  if (int error = WriteSockAddr(call, *name, call.Addr(1), call.Addr(2))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysGetpeername(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  auto name = arg->socket->PeerName();
  if (!name.ok()) return Outcome::Fail(name.error());
  if (int error = WriteSockAddr(call, *name, call.Addr(1), call.Addr(2))) {
    return Outcome::Fail(error);
  }
  return Outcome::Value(0);
}

Outcome SysShutdown(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  return arg->socket->Shutdown(call, arg->file.get(), call.Int(1));
}

}  // namespace quiesce
