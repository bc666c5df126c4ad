// /proc/sys/net as far as it is about the node's interfaces and routing.
#ifndef QUIESCE_NOTIFIER_PROCFS_SYSCTLS_H_
#define QUIESCE_NOTIFIER_PROCFS_SYSCTLS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/net/stack.h"

namespace quiesce {

// Settings that the network stack knows are read from it and written to it.
// The other settings of an interface are kept here with Linux's defaults: they
// come back as they were written and have no effect. Those of "all", "default"
// and "lo" that the stack does not know are the kernel's own: the node's
// namespace has them.
//
// A path here is relative to /proc/sys/net: "ipv4/conf/eth0/rp_filter".
class Sysctls {
 public:
  // With the newline; absent for what is the kernel's.
  std::optional<std::string> Read(const Stack& stack,
                                  absl::string_view path) const;

  // What came of a write: 0, or EINVAL. `effect`: false where the value is
  // only kept.
  int Write(Stack& stack, absl::string_view path, absl::string_view value,
            bool* effect);

 private:
  std::map<std::string, std::string> kept_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_PROCFS_SYSCTLS_H_
