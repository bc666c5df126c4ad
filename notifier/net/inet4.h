// IPv4 addresses of links: net/ipv4/devinet.c.
#ifndef QUIESCE_NOTIFIER_NET_INET4_H_
#define QUIESCE_NOTIFIER_NET_INET4_H_

#include "notifier/net/stack.h"

namespace quiesce {

class Inet4 {
 public:
  // inet_rtm_newaddr, __inet_insert_ifa.
  static NetResult Add(Stack& stack, Address address, int nlm_flags);
  // inet_rtm_deladdr, __inet_del_ifa: secondaries go with their primary.
  static NetResult Delete(Stack& stack, const Address& address);
  // NETDEV_UP, NETDEV_UNREGISTER.
  static void LinkUp(Stack& stack, const Link& link);
  static void LinkGone(Stack& stack, const Link& link);

 private:
  static void DeleteAt(Stack& stack, int ifindex, size_t index);
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_INET4_H_
