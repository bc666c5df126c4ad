// Who wants to know about changes of a node's network state: rtnetlink's
// multicast groups, reports, the fabric's caches.
#ifndef QUIESCE_NOTIFIER_NET_OBSERVER_H_
#define QUIESCE_NOTIFIER_NET_OBSERVER_H_

#include "notifier/net/types.h"

namespace quiesce {

// Called within the change, after it is made, in the order in which Linux sends
// its notifications. The values live until the call returns. An observer must
// not change the stack.
class StackObserver {
 public:
  virtual ~StackObserver() = default;
  // `changed` holds the IFF_* bits that differ from before; for a new link it
  // is all ones.
  virtual void OnLink(NetEvent, const Link&, uint32_t changed) {}
  virtual void OnAddress(NetEvent, const Address&) {}
  // `nlm_flags` are NLM_F_CREATE, NLM_F_REPLACE, NLM_F_APPEND as Linux shows
  // them in the notification.
  virtual void OnRoute(NetEvent, const Route&, int nlm_flags) {}
  virtual void OnRule(NetEvent, const Rule&) {}
  virtual void OnNeighbour(NetEvent, const Neighbour&) {}
  virtual void OnNexthop(NetEvent, const NexthopObject&, int nlm_flags) {}
  // The first socket has joined a group on a link, or the last has left it.
  virtual void OnGroup(NetEvent, int ifindex, const IpAddress& group) {}
  virtual void OnMulticastRoute(NetEvent, const MulticastRoute&) {}
  virtual void OnNetconf(NetEvent, int family, int ifindex, const Netconf&) {}
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_OBSERVER_H_
