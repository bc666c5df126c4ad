// IPv6 addresses of links: net/ipv6/addrconf.c without duplicate address
// detection (as accept_dad=0 does it).
#ifndef QUIESCE_NOTIFIER_NET_INET6_H_
#define QUIESCE_NOTIFIER_NET_INET6_H_

#include "notifier/net/stack.h"

namespace quiesce {

class Inet6 {
 public:
  // inet6_rtm_newaddr, inet6_addr_add, inet6_addr_modify.
  static NetResult Add(Stack& stack, Address address, int nlm_flags);
  static NetResult Delete(Stack& stack, const Address& address);
  // addrconf_permanent_addr: routes of addresses given while the link was down.
  static void LinkUp(Stack& stack, const Link& link);
  // addrconf_notify: NETDEV_UP or NETDEV_CHANGE with a working link.
  static void LinkReady(Stack& stack, Link& link);
  // addrconf_ifdown: every address goes.
  static void LinkDown(Stack& stack, Link& link, bool unregister);
  // addrconf_forward_change: anycast routes of routers.
  static void ForwardingChanged(Stack& stack, int ifindex, bool on);

 private:
  static void Insert(Stack& stack, const Address& address, bool prefix_route);
  static void PrefixRoute(Stack& stack, const Address& address);
  static void Anycast(Stack& stack, const Address& address, bool join);
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_INET6_H_
