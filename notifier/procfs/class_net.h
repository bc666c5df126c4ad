// Files below /sys/class/net, drawn from a node's links.
#ifndef QUIESCE_NOTIFIER_PROCFS_CLASS_NET_H_
#define QUIESCE_NOTIFIER_PROCFS_CLASS_NET_H_

#include <string>

#include "absl/strings/string_view.h"
#include "notifier/base/errno_or.h"
#include "notifier/net/stack.h"

namespace quiesce {

// The content of /sys/class/net/`path` ("eth0/mtu"), as net/core/net-sysfs.c
// shows it. ENOENT for what the node has not (whatever the host has); EINVAL
// for what can be opened but not read now: the carrier of a link that is down,
// the speed of one that has none.
ErrnoOr<std::string> ClassNetFile(const Stack& stack, absl::string_view path);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PROCFS_CLASS_NET_H_
