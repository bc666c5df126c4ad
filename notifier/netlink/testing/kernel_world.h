// A real network namespace to compare ours with: lo, eth0 and eth1, whose other
// ends are in a second namespace that stands for the cables.
#ifndef QUIESCE_NOTIFIER_NETLINK_TESTING_KERNEL_WORLD_H_
#define QUIESCE_NOTIFIER_NETLINK_TESTING_KERNEL_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

class KernelWorld {
 public:
  // The calling thread stays in the new namespace. Errors say why namespaces
  // cannot be made here (no privilege, no veth).
  static absl::StatusOr<std::unique_ptr<KernelWorld>> Create();

  // Sends one datagram and collects what comes back: until NLMSG_DONE for a
  // dump, or an answer or acknowledgement for each message otherwise.
  std::vector<std::string> Exchange(absl::string_view request);
  void SetStrictCheck(bool on);
  // The far end of eth0 (0) or eth1 (1).
  void SetCable(int which, bool connected);
  // Waits until what the kernel does behind our backs is done: operational
  // state follows the carrier, IPv6 addresses have their routes. False when it
  // does not settle.
  bool Settle();
  // What the multicast groups of rtnetlink delivered since the last call.
  std::vector<std::string> TakeNotifications();

 private:
  KernelWorld() = default;

  bool Settled();

  UniqueFd cables_namespace_;
  UniqueFd cables_;  // rtnetlink in the other namespace
  UniqueFd socket_;
  UniqueFd monitor_;   // wakes Settle
  UniqueFd listener_;  // for TakeNotifications
};

// Writes a file of /proc/sys in the calling thread's network namespace.
bool WriteSysctl(const std::string& path, const std::string& value);

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_TESTING_KERNEL_WORLD_H_
