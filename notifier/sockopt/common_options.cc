#include "notifier/sockopt/common_options.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "notifier/sockopt/option_shapes.h"
#include "notifier/sockopt/option_table.h"

namespace quiesce {
namespace {

Outcome Result(int error) {
  return error == 0 ? Outcome::Value(0) : Outcome::Fail(error);
}

// filter.c:__get_filter. 0 or an errno.
int ReadFilter(Call& call, absl::string_view value,
               std::optional<SocketFilter>* filter) {
  sock_fprog words;
  if (value.size() != sizeof(words)) return EINVAL;
  memcpy(&words, value.data(), sizeof(words));
  if (words.len == 0 || words.len > BPF_MAXINSNS) return EINVAL;
  std::vector<sock_filter> program(words.len);
  const auto from =
      static_cast<GuestAddr>(reinterpret_cast<uint64_t>(words.filter));
  if (int error = call.memory->Read(from, program.data(),
                                    program.size() * sizeof(sock_filter))) {
    return error;
  }
  auto made = SocketFilter::Make(std::move(program));
  if (!made) return EINVAL;
  *filter = std::move(made);
  return 0;
}

// filter.c:sk_get_filter: the length is told in instructions.
Outcome GetFilter(const std::optional<SocketFilter>& filter,
                  std::string* value) {
  const size_t count = filter ? filter->program().size() : 0;
  const size_t room = std::exchange(*value, "").size();
  if (count == 0 || room == 0) return Outcome::Value(count);
  if (room < count) return Outcome::Fail(EINVAL);
  value->assign(reinterpret_cast<const char*>(filter->program().data()),
                count * sizeof(sock_filter));
  return Outcome::Value(count);
}

}  // namespace

Outcome CommonOptions::Set(Call& call, NodeKernel& kernel, int name,
                           absl::string_view value) {
  int number = 0;
  if (value.size() < sizeof(number) && name != SO_BINDTODEVICE) {
    return Outcome::Fail(EINVAL);
  }
  if (value.size() >= sizeof(number)) {
    memcpy(&number, value.data(), sizeof(number));
  }
  switch (name) {
    case SO_SNDBUF:
    case SO_RCVBUF:
      number = static_cast<int>(std::min<uint32_t>(number, 212992));
      [[fallthrough]];
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE: {
      bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
      if (value.size() < sizeof(number)) return Outcome::Fail(EINVAL);
      if (force && !call.Capable(CAP_NET_ADMIN)) return Outcome::Fail(EPERM);
      bool send = name == SO_SNDBUF || name == SO_SNDBUFFORCE;
      number = std::min(std::max(number, 0), INT_MAX / 2) * 2;
      (send ? send_buffer : receive_buffer) =
          std::max(number, send ? 4608 : 2304);
      return Outcome::Value(0);
    }
    case SO_PRIORITY:
      priority = number;
      return Outcome::Value(0);
    case SO_LINGER:
      return Result(value.size() < sizeof(linger) ? EINVAL : 0);
    case SO_RCVTIMEO:
    case SO_SNDTIMEO: {
      Nanos timeout;
      if (int bad = ParseTimeout(value, &timeout)) return Outcome::Fail(bad);
      (name == SO_RCVTIMEO ? receive_timeout : send_timeout) = timeout;
      return Outcome::Value(0);
    }
    case SO_BINDTODEVICE:
    case SO_BINDTOIFINDEX:
      return Result(
          ParseDevice(call, kernel.stack(), name, value, device, &device));
    case SO_ATTACH_FILTER:
      return Result(ReadFilter(call, value, &filter));
    case SO_DETACH_FILTER:
      if (filter) {
        filter.reset();
        return Outcome::Value(0);
      }
      [[fallthrough]];
    default:
      return SetFilterOption(kernel, name, value, &ebpf);
  }
}

Outcome CommonOptions::Get(const Socket& socket, const Stack& stack, int name,
                           std::string* value) const {
  switch (name) {
    case SO_TYPE:
      PutInt(socket.type(), value);
      return Outcome::Value(0);
    case SO_DOMAIN:
      PutInt(socket.family(), value);
      return Outcome::Value(0);
    case SO_PROTOCOL:
      PutInt(socket.protocol(), value);
      return Outcome::Value(0);
    case SO_ACCEPTCONN:
      PutInt(0, value);
      return Outcome::Value(0);
    case SO_SNDBUF:
      PutInt(send_buffer, value);
      return Outcome::Value(0);
    case SO_RCVBUF:
      PutInt(receive_buffer, value);
      return Outcome::Value(0);
    case SO_PRIORITY:
      PutInt(priority, value);
      return Outcome::Value(0);
    case SO_LINGER:
      PutStruct(linger{}, value);
      return Outcome::Value(0);
    case SO_RCVTIMEO:
      PutTimeout(receive_timeout, value);
      return Outcome::Value(0);
    case SO_SNDTIMEO:
      PutTimeout(send_timeout, value);
      return Outcome::Value(0);
    case SO_BINDTODEVICE:
      return GetDevice(stack, device, value);
    case SO_BINDTOIFINDEX:
      PutInt(device, value);
      return Outcome::Value(0);
    case SO_GET_FILTER:
      return GetFilter(filter, value);
    default:
      return GetFilterOption(name, value);
  }
}

}  // namespace quiesce
