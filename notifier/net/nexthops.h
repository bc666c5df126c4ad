// Nexthop objects: net/ipv4/nexthop.c.
#ifndef QUIESCE_NOTIFIER_NET_NEXTHOPS_H_
#define QUIESCE_NOTIFIER_NET_NEXTHOPS_H_

#include "notifier/net/stack.h"

namespace quiesce {

class NexthopStore {
 public:
  static NetResult Add(Stack& stack, NexthopObject nexthop, int nlm_flags,
                       uint32_t* id);
  static NetResult Delete(Stack& stack, uint32_t id);
  // nexthop_flush_dev: objects through a device that went down or
  // lost its carrier are removed, without notification.
  static void DeviceDown(Stack& stack, int ifindex);

 private:
  static NetResult CheckGroup(const Stack& stack, const NexthopObject& group);
  static void Remove(Stack& stack, uint32_t id, bool tell);
  // __nexthop_replace_notify: the routes that lead elsewhere now.
  static void TellRoutes(Stack& stack, uint32_t id);
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_NEXTHOPS_H_
