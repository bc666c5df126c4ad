// Which groups a socket has joined, and where its own multicasts go out.
//
// Sources: net/ipv4/igmp.c:ip_mc_join_group, ip_mc_leave_group;
// net/ipv6/mcast.c:ipv6_sock_mc_join, ipv6_sock_mc_drop;
// net/ipv4/ip_sockglue.c:do_ip_setsockopt.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_
#define QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_

#include <netinet/in.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"
#include "notifier/net/stack.h"

namespace quiesce {

class MulticastOptions {
 public:
  // setsockopt(2): 0 or an errno; -1: the option is another.
  int Set(const Stack& stack, int level, int name, absl::string_view value);
  // getsockopt(2); false: the option is another.
  bool Get(int level, int name, std::string* value) const;
  // Of IP_MULTICAST_IF; 0: none.
  int device() const { return device_; }

 private:
  struct Group {
    IpAddress address;
    int device;    // 0 in a request: not said
    in_addr by{};  // the interface's address in a request for IPv4, if said
  };
  int Join(const Stack& stack, Group group);
  int Leave(const Stack& stack, const Group& group);
  int SetInterface(const Stack& stack, absl::string_view value);

  std::vector<Group> groups_;
  int device_ = 0;
  in_addr address_{};
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_
