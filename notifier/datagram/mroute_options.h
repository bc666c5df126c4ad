// The socket options and ioctls by which a daemon routes multicasts: MRT_* of
// raw IGMP sockets (net/ipv4/ipmr.c:ip_mroute_setsockopt, ipmr_ioctl), MRT6_*
// of raw ICMPv6 sockets (net/ipv6/ip6mr.c with the like names).
#ifndef QUIESCE_NOTIFIER_DATAGRAM_MROUTE_OPTIONS_H_
#define QUIESCE_NOTIFIER_DATAGRAM_MROUTE_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "notifier/call/call.h"
#include "notifier/kernel/node_kernel.h"
#include "notifier/kernel/socket.h"
#include "notifier/net/multicast_routing.h"

namespace quiesce {

// What a socket has to do with multicast routing.
class MrouteOptions {
 public:
  MrouteOptions(const Socket* socket, NodeKernel* kernel);
  ~MrouteOptions();
  MrouteOptions(const MrouteOptions&) = delete;
  MrouteOptions& operator=(const MrouteOptions&) = delete;

  // setsockopt(2): 0 or an errno; -1: the option is another.
  int Set(Call& call, int level, int name, absl::string_view value);
  // getsockopt(2): the same.
  int Get(int level, int name, std::string* value) const;
  // ioctl(2) of a raw socket: the same; what it has to say is at `argument`.
  int Ioctl(Call& call, uint32_t request, GuestAddr argument) const;

 private:
  bool Has(int level, int name) const;
  // Whether the socket is of the kind that may ask.
  bool Routes() const;
  int SetInterface(int name, absl::string_view value);
  int SetRoute(int name, absl::string_view value);
  int SetNumber(int name, absl::string_view value);

  const Socket* const socket_;
  NodeKernel* const kernel_;
  MulticastRouting* const routing_;
  uint32_t table_ = MulticastRouting::kDefaultTable;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_MROUTE_OPTIONS_H_
