// Being in another network namespace for a while.
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_IN_NAMESPACE_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_IN_NAMESPACE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// The calling thread is in the namespace while the object lives, then back
// where it was. Sockets made meanwhile belong to the namespace for ever, and
// /proc/sys/net is the namespace's.
class InNamespace {
 public:
  // `netns`: a descriptor of a network namespace; borrowed.
  static absl::StatusOr<InNamespace> Enter(int netns);
  InNamespace(InNamespace&&) = default;
  ~InNamespace();

 private:
  explicit InNamespace(UniqueFd home) : home_(std::move(home)) {}
  UniqueFd home_;
};

// The network namespace of a process.
absl::StatusOr<UniqueFd> NetworkNamespaceOf(pid_t pid);

// A new one that holds nothing and goes with its last descriptor.
absl::StatusOr<UniqueFd> NewNetworkNamespace();

// Writes `value` to /proc/sys/net/NAME of the namespace the thread is in.
absl::Status WriteNetSysctl(const std::string& name, const std::string& value);

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_IN_NAMESPACE_H_
