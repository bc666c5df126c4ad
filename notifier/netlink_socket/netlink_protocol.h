// NETLINK_ROUTE of one node: its sockets, their ports and groups, and the
// notifications that changes of the stack send them.
#ifndef QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_PROTOCOL_H_
#define QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_PROTOCOL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "notifier/kernel/node_kernel.h"
#include "notifier/netlink/notifications.h"

namespace quiesce {

class NetlinkSocket;

class NetlinkProtocol : public Protocol {
 public:
  explicit NetlinkProtocol(NodeKernel* kernel) : kernel_(kernel) {}
  static NetlinkProtocol& Of(NodeKernel& kernel);

  NodeKernel& kernel() { return *kernel_; }
  // Null as long as no socket has joined a group: then nobody is told.
  Notifications* notifications() { return notifications_.get(); }
  void Joined();

  void Add(NetlinkSocket* socket) { sockets_.push_back(socket); }
  void Remove(NetlinkSocket* socket);
  // bind(2) to `portid`, or with 0 to `wish` or a free one (net/netlink/
  // af_netlink.c:netlink_autobind). False if it is taken.
  bool ClaimPort(NetlinkSocket* socket, uint32_t portid);
  uint32_t AnyPort(NetlinkSocket* socket, uint32_t wish);

  void Receive(Message) override {}
  Nanos next_timer() const override { return kNever; }
  void RunTimers(Nanos) override {}

 private:
  NodeKernel* const kernel_;
  std::unique_ptr<Notifications> notifications_;
  std::vector<NetlinkSocket*> sockets_;  // oldest first
  std::map<uint32_t, NetlinkSocket*> ports_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_SOCKET_NETLINK_PROTOCOL_H_
