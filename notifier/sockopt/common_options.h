// SOL_SOCKET options of datagram and packet sockets that are more than a number
// in the table.
#ifndef QUIESCE_NOTIFIER_SOCKOPT_COMMON_OPTIONS_H_
#define QUIESCE_NOTIFIER_SOCKOPT_COMMON_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/nanos.h"
#include "notifier/bpf/socket_filter.h"
#include "notifier/call/call.h"
#include "notifier/call/outcome.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"

namespace quiesce {

struct CommonOptions {
  int device = 0;  // SO_BINDTODEVICE
  int send_buffer = 212992;
  int receive_buffer = 212992;
  int priority = 0;
  Nanos receive_timeout = 0;
  Nanos send_timeout = 0;
  std::optional<SocketFilter> filter;
  bool ebpf = false;  // a filter that is not run

  // setsockopt(2) of a name that no row knows (net/core/sock.c:sk_setsockopt).
  Outcome Set(Call& call, NodeKernel& kernel, int name,
              absl::string_view value);
  // getsockopt(2). Outcome::Park() where the option is none of these. SO_ERROR
  // is the socket's own.
  Outcome Get(const Socket& socket, const Stack& stack, int name,
              std::string* value) const;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_SOCKOPT_COMMON_OPTIONS_H_
