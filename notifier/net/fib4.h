// The IPv4 forwarding tables: net/ipv4/fib_trie.c, fib_semantics.c and
// fib_frontend.c in the order in which a route meets them. Static functions on
// a stack, used by it alone.
#ifndef QUIESCE_NOTIFIER_NET_FIB4_H_
#define QUIESCE_NOTIFIER_NET_FIB4_H_

#include "notifier/net/stack.h"

namespace quiesce {

class Fib4 {
 public:
  // fib_table_insert. Host bits set, unknown devices, unreachable gateways ...
  // are refused with Linux's errno and message.
  static NetResult Insert(Stack& stack, Route route, int nlm_flags);
  // fib_table_delete: the first that matches.
  static NetResult Delete(Stack& stack, const RouteMatch& match);
  // fib_frontend.c:fib_add_ifaddr, fib_del_ifaddr.
  static void AddAddress(Stack& stack, const Address& address);
  static void DeleteAddress(Stack& stack, const Address& address);
  // fib_modify_prefix_metric: the connected route moves to another priority.
  static void ChangePriority(Stack& stack, const Address& address,
                             uint32_t old_priority);
  // fib_sync_down_addr: routes that prefer a source which is gone.
  static void SourceGone(Stack& stack, const IpAddress& address,
                         uint32_t table = RT_TABLE_MAIN);
  // fib_sync_down_dev followed by fib_flush; `force` also takes local routes.
  static void DeviceDown(Stack& stack, int ifindex, bool force);
  static void CarrierLost(Stack& stack, int ifindex);
  // fib_sync_up: clears `flags` of the nexthops through the device.
  static void DeviceUp(Stack& stack, int ifindex, uint32_t flags);
  // Removes every route that uses the nexthop object.
  static void NexthopGone(Stack& stack, uint32_t id);
  // fib_check_nh: resolves a hop's scope, device and link state.
  static NetResult CheckHop(const Stack& stack, uint32_t table, uint8_t scope,
                            Hop& hop);
  // inet_addr_type_table: an RTN_* value, as the local table (or a
  // VRF's) has it.
  static uint8_t AddressType(const Stack& stack, const IpAddress& address,
                             uint32_t table = RT_TABLE_LOCAL);

 private:
  static NetResult Create(const Stack& stack, Route& route);
  static bool SameInfo(const Route& a, const Route& b);
  static bool HopsMatch(const RouteMatch& match, const Route& route);
  static void Magic(Stack& stack, bool add, uint8_t type,
                    const IpPrefix& prefix, const Address& address,
                    uint32_t priority);
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_FIB4_H_
