// When did the network last change? Watched from outside, without asking the
// routers: route notifications of every namespace's kernel, and the byte
// counters of its BGP connections (sock_diag).
#ifndef QUIESCE_TOOLS_KERNEL_RUNTIME_ACTIVITY_H_
#define QUIESCE_TOOLS_KERNEL_RUNTIME_ACTIVITY_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "notifier/base/unique_fd.h"

namespace quiesce {

// Did a BGP connection that received `bytes` between two looks carry more
// than keepalives (19 bytes, RFC 4271, 4.4)?
bool MoreThanKeepalives(uint64_t bytes);

class Activity {
 public:
  // Nothing is watched yet; a network of `nodes`.
  explicit Activity(int nodes) : nodes_(nodes) {}

  // Watches a node's network namespace from now on, and none that it had
  // before; -1: it has none. The descriptor is borrowed for the call only.
  // What is watched lives: a namespace goes when it is no longer watched.
  absl::Status Watch(int node, int netns);

  // Takes all route notifications. Cheap.
  absl::Status PollRoutes();
  // Looks at all connections. Not cheap: the kernel goes through its whole
  // table of connections for each namespace (net/ipv4/inet_diag.c:
  // inet_diag_dump_icsk), about 2 ms each time; 180 nodes every 100 ms would
  // take a quarter of a 2-core machine from the routers.
  absl::Status PollConnections();

  // The last route notification, new or lost connection, or data other than
  // keepalives; where only a counter tells, the time of the look that saw it
  // less the kernel's own "last data received".
  absl::Time last_change() const { return last_change_; }
  // Ends of established BGP connections at the last look.
  int connected_ends() const { return connected_ends_; }
  int connected_ends(int node) const { return nodes_[node].connected; }
  // Route notifications so far.
  int64_t route_events() const { return route_events_; }

 private:
  struct Watched {
    UniqueFd routes;  // NETLINK_ROUTE, in the route groups
    UniqueFd diag;    // NETLINK_SOCK_DIAG
    absl::flat_hash_map<uint64_t, uint64_t> received;  // by socket cookie
    int connected = 0;
  };

  absl::Status PollRoutesOf(Watched& node);
  absl::Status PollConnectionsOf(Watched& node);
  void Changed(absl::Time when) {
    if (when > last_change_) last_change_ = when;
  }

  std::vector<Watched> nodes_;
  absl::Time last_change_ = absl::InfinitePast();
  int connected_ends_ = 0;
  int64_t route_events_ = 0;
};

}  // namespace quiesce

#endif  // QUIESCE_TOOLS_KERNEL_RUNTIME_ACTIVITY_H_
