// getsockopt, setsockopt, ioctl (net/socket.c).
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "notifier/sockopt/interface_ioctl.h"
#include "notifier/sockopt/option_table.h"
#include "notifier/syscalls/socket_args.h"
#include "notifier/syscalls/socket_calls.h"

namespace quiesce {
namespace {

// No option is longer; what a guest claims beyond is not looked at.
constexpr int kLongestOption = 8192;

// The names with which struct sock_timeval and its like have 64 bits
// everywhere; here they always have.
int OldName(int level, int name) {
  if (level != SOL_SOCKET) return name;
  switch (name) {
    case SO_RCVTIMEO_NEW:
      return SO_RCVTIMEO;
    case SO_SNDTIMEO_NEW:
      return SO_SNDTIMEO;
    case SO_TIMESTAMPING_NEW:
      return SO_TIMESTAMPING;
    default:
      return name;
  }
}

// SO_PEERNAME: getpeername(2), of which the guest may want less.
Outcome GetPeerName(Socket& socket, std::string* value) {
  auto name = socket.PeerName();
  if (!name.ok()) return Outcome::Fail(ENOTCONN);
  if (value->size() > name->size()) return Outcome::Fail(EINVAL);
  *value = name->substr(0, value->size());
  return Outcome::Value(0);
}

// SIOCADDRT is the first and SIOCSIFMAP and its neighbours the last of the
// requests that every socket passes on to the interfaces (net/socket.c:
// sock_do_ioctl).
bool IsInterfaceRequest(uint32_t request) {
  return request >= 0x8910 && request <= 0x89b1;
}

}  // namespace

Outcome SysSetsockopt(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  int size = call.Int(4);
  if (size < 0) return Outcome::Fail(EINVAL);
  std::string value(std::min(size, kLongestOption), '\0');
  if (!value.empty()) {
    int error = call.memory->Read(call.Addr(3), value.data(), value.size());
    if (error != 0 && value.size() > sizeof(int)) {
      // Only what the option needs has to be there.
      value.resize(sizeof(int));
      error = call.memory->Read(call.Addr(3), value.data(), value.size());
    }
    if (error != 0) return Outcome::Fail(error);
  }
  const int level = call.Int(1);
  const int name = OldName(level, call.Int(2));
  Outcome outcome = arg->socket->SetOption(call, arg->file, level, name, value);
  if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) &&
      (arg->socket->receive_timeout() != 0 ||
       arg->socket->send_timeout() != 0) &&
      call.kernel->world().VirtualTime()) {
    call.kernel->ExpectSocketTimeouts();
  }
  // Options that the table has are refused to such sockets by Linux, too.
  if (outcome.kind() == Outcome::Kind::kFail &&
      outcome.error() == ENOPROTOOPT && !IsKnownOption(level, name)) {
    call.kernel->Confess(absl::StrCat("setsockopt: level ", level, " option ",
                                      name, " is refused"));
  }
  return outcome;
}

Outcome SysGetsockopt(Call& call) {
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Fail(arg.error());
  if (arg->socket == nullptr) return Outcome::Native();
  auto size = call.memory->ReadValue<int>(call.Addr(4));
  if (!size.ok()) return Outcome::Fail(size.error());
  if (*size < 0) return Outcome::Fail(EINVAL);
  std::string value(std::min(*size, kLongestOption), '\0');
  const int level = call.Int(1);
  const int name = OldName(level, call.Int(2));
  Outcome outcome =
      level == SOL_SOCKET && name == SO_PEERNAME
          ? GetPeerName(*arg->socket, &value)
          : arg->socket->GetOption(call, arg->file, level, name, &value);
  if (outcome.kind() != Outcome::Kind::kValue) return outcome;
  const int written =
      static_cast<int>(outcome.value() != 0 ? outcome.value() : value.size());
  const int error =
      call.memory->WriteAll({{call.Addr(3), value.data(), value.size()},
                             {call.Addr(4), &written, sizeof(written)}});
  return error != 0 ? Outcome::Fail(error) : Outcome::Value(0);
}

Outcome SysIoctl(Call& call) {
  auto request = static_cast<uint32_t>(call.args[1]);
  auto arg = SocketAt(call, call.Int(0));
  if (!arg.ok()) return Outcome::Native();  // some other file, or none
  if (arg->socket == nullptr) {
    // A socket of another family asks the same interfaces.
    if (!IsInterfaceRequest(request)) return Outcome::Native();
    return InterfaceIoctl(call, *call.kernel, request, call.Addr(2));
  }
  return arg->socket->Ioctl(call, arg->file, request, call.Addr(2));
}

}  // namespace quiesce
