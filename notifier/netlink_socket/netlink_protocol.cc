#include "notifier/netlink_socket/netlink_protocol.h"

#include <sys/socket.h>

#include "notifier/netlink_socket/netlink_socket.h"

namespace quiesce {
namespace {

// Among the IP protocols of a node's kernel, but never one of them.
constexpr int kNumber = 0x10000 + AF_NETLINK;

}  // namespace

NetlinkProtocol& NetlinkProtocol::Of(NodeKernel& kernel) {
  if (kernel.protocol(kNumber) == nullptr) {
    kernel.SetProtocol(kNumber, std::make_unique<NetlinkProtocol>(&kernel));
  }
  return *static_cast<NetlinkProtocol*>(kernel.protocol(kNumber));
}

void NetlinkProtocol::Joined() {
  if (notifications_ != nullptr) return;
  notifications_ = std::make_unique<Notifications>(
      kernel_->stack(), [this](const Notification& notification) {
        for (NetlinkSocket* socket : sockets_) socket->Notify(notification);
      });
}

void NetlinkProtocol::Remove(NetlinkSocket* socket) {
  std::erase(sockets_, socket);
  auto it = ports_.find(socket->portid());
  if (it != ports_.end() && it->second == socket) ports_.erase(it);
}

bool NetlinkProtocol::ClaimPort(NetlinkSocket* socket, uint32_t portid) {
  return ports_.try_emplace(portid, socket).second;
}

uint32_t NetlinkProtocol::AnyPort(NetlinkSocket* socket, uint32_t wish) {
  if (wish != 0 && ClaimPort(socket, wish)) return wish;
  // Downwards from -4096, as the first random rover of Linux would; here it is
  // always the same.
  for (int32_t portid = -4097;; --portid) {
    if (ClaimPort(socket, static_cast<uint32_t>(portid))) {
      return static_cast<uint32_t>(portid);
    }
  }
}

}  // namespace quiesce
