// Changes of a stack as the multicast messages of rtnetlink.
#ifndef QUIESCE_NOTIFIER_NETLINK_NOTIFICATIONS_H_
#define QUIESCE_NOTIFIER_NETLINK_NOTIFICATIONS_H_

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "notifier/net/observer.h"
#include "notifier/net/stack.h"

namespace quiesce {

// One message to every socket of the node that joined `group`, except the one
// with `except_portid` (0: no exception): a requester that asked for an echo
// gets that instead (net/netlink/af_netlink.c:nlmsg_notify).
struct Notification {
  uint32_t group = 0;  // RTNLGRP_*
  uint32_t except_portid = 0;
  std::string bytes;
};

// Observes a stack and hands each change to `deliver`. Owned beside the stack,
// and must not outlive it.
class Notifications : public StackObserver {
 public:
  using Deliver = std::function<void(const Notification&)>;

  Notifications(Stack& stack, Deliver deliver);
  ~Notifications() override;

  // While one lives, changes carry the requester's port and sequence number, as
  // Linux fills nlmsg_pid and nlmsg_seq.
  class Requester {
   public:
    // Only in messages of the request's own family: what follows from it in
    // other families (routes of an address, addresses of a link) is nobody's
    // request.
    Requester(Notifications* notifications, uint32_t portid,
              const nlmsghdr& request, std::vector<std::string>* echoes);
    ~Requester();
    Requester(const Requester&) = delete;
    Requester& operator=(const Requester&) = delete;

   private:
    Notifications* notifications_;
  };

  void OnLink(NetEvent, const Link&, uint32_t changed) override;
  void OnAddress(NetEvent, const Address&) override;
  void OnRoute(NetEvent, const Route&, int nlm_flags) override;
  void OnRule(NetEvent, const Rule&) override;
  void OnNeighbour(NetEvent, const Neighbour&) override;
  void OnNexthop(NetEvent, const NexthopObject&, int nlm_flags) override;
  void OnMulticastRoute(NetEvent, const MulticastRoute&) override;
  void OnNetconf(NetEvent, int family, int ifindex, const Netconf&) override;

 private:
  struct Origin {
    uint32_t portid = 0;
    uint32_t sequence = 0;
    uint16_t flags = 0;  // the request's NLM_F_*
  };
  // Who is to be named in messages of the family of `on_new`, an RTM_NEWx.
  Origin OriginOf(uint16_t on_new) const;
  void Send(uint32_t group, uint16_t on_new, std::string bytes);

  Stack& stack_;
  Deliver deliver_;
  uint16_t type_ = 0;
  uint32_t portid_ = 0;
  uint32_t sequence_ = 0;
  uint16_t flags_ = 0;
  bool echo_ = false;
  std::vector<std::string>* echoes_ = nullptr;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NETLINK_NOTIFICATIONS_H_
