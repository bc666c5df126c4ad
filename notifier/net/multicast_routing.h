// Multicast routing tables as a daemon builds them up through a socket of its
// own: net/ipv4/ipmr.c, net/ipv6/ip6mr.c. Kept and shown as Linux does, with
// the register device that comes and goes; nothing is forwarded by them here,
// and no upcalls are made.
#ifndef QUIESCE_NOTIFIER_NET_MULTICAST_ROUTING_H_
#define QUIESCE_NOTIFIER_NET_MULTICAST_ROUTING_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "notifier/base/ip.h"
#include "notifier/net/types.h"

namespace quiesce {

class Stack;

struct MulticastInterface {
  bool registers = false;  // VIFF_REGISTER, MIFF_REGISTER: makes its own device
  uint8_t flags = 0;       // as given
  uint8_t threshold = 0;
  int ifindex = 0;
};

class MulticastRouting {
 public:
  static constexpr uint32_t kDefaultTable = RT_TABLE_DEFAULT;
  static constexpr int kMaxInterfaces = 32;  // MAXVIFS, MAXMIFS

  struct Table {
    uint64_t owner = 0;  // cookie of the socket that routes; 0: none
    bool assert = false;
    bool pim = false;
    std::map<int, MulticastInterface> interfaces;              // by number
    std::map<std::pair<IpAddress, IpAddress>, MulticastRoute>  // group, source
        routes;
  };

  MulticastRouting(Stack* stack, int family) : stack_(stack), family_(family) {}

  // Made as soon as it is asked for.
  Table& table(uint32_t id) { return tables_[id]; }
  const std::map<uint32_t, Table>& tables() const { return tables_; }

  // What MRT_* ask for: 0 or an errno.
  int Start(uint32_t table, uint64_t owner);  // MRT_INIT: EADDRINUSE
  int Stop(uint32_t table, uint64_t owner);   // MRT_DONE: EACCES
  int AddInterface(uint32_t table, int number, MulticastInterface interface);
  int DeleteInterface(uint32_t table, int number);
  int AddRoute(MulticastRoute route);
  int DeleteRoute(uint32_t table, const IpAddress& source,
                  const IpAddress& group);
  // MRT_FLUSH: those that a daemon has added.
  void Flush(uint32_t table, bool interfaces, bool routes);
  // The socket is gone; what it had started stops.
  void SocketGone(uint64_t owner);
  // The link is about to go.
  void DeviceGone(int ifindex);

 private:
  // Its mc_forwarding and IFLA_ALLMULTI, by one.
  void Count(int ifindex, int step);
  void Forget(uint32_t table, std::map<int, MulticastInterface>::iterator it);

  Stack* const stack_;
  const int family_;
  std::map<uint32_t, Table> tables_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_MULTICAST_ROUTING_H_
