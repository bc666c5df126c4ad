// Which groups a socket has joined, whom it hears there, and where its own
// multicasts go out.
//
// Sources: net/ipv4/igmp.c:ip_mc_join_group, ip_mc_leave_group, ip_mc_source,
// ip_mc_msfilter, ip_mc_sf_allow; net/ipv6/mcast.c with the same names;
// net/ipv4/ip_sockglue.c:do_ip_setsockopt.
#ifndef QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_
#define QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_

#include <netinet/in.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"
#include "notifier/datagram/multicast_request.h"
#include "notifier/net/stack.h"

namespace quiesce {

class MulticastOptions {
 public:
  // `stack` outlives it, and is told of the groups.
  explicit MulticastOptions(Stack* stack) : stack_(stack) {}
  ~MulticastOptions();
  MulticastOptions(const MulticastOptions&) = delete;
  MulticastOptions& operator=(const MulticastOptions&) = delete;

  // setsockopt(2): 0 or an errno; -1: the option is another.
  int Set(int level, int name, absl::string_view value);
  // getsockopt(2); false: the option is another.
  bool Get(int level, int name, std::string* value) const;

  // Of IP_MULTICAST_IF; 0, not valid: none.
  int device() const { return device_; }
  IpAddress source() const;

  // Whether the socket wants what `source` sends to `group` and has come in by
  // `device`; `all`: also of groups it has not joined (IP_MULTICAST_ALL).
  bool Allows(const IpAddress& group, const IpAddress& source, int device,
              bool all) const;

 private:
  struct Group {
    IpAddress address;
    int device = 0;
    in_addr by{};          // the interface's address in a request for IPv4
    bool include = false;  // only `sources`, or all but them
    std::vector<IpAddress> sources;
  };
  using Groups = std::vector<Group>;

  int DeviceFor(const MulticastRequest& request) const;
  Groups::iterator Find(const MulticastRequest& request);
  int Join(const MulticastRequest& request, bool include);
  int Leave(const MulticastRequest& request);
  int Erase(Groups::iterator joined);
  int ChangeSource(const MulticastRequest& request, bool include, bool add);
  int SetFilter(const MulticastRequest& request);
  int SetInterface(absl::string_view value);

  Stack* const stack_;
  Groups groups_;
  int device_ = 0;
  in_addr address_{};
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_DATAGRAM_MULTICAST_OPTIONS_H_
