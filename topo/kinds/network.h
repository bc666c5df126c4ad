// What the generators have in common: nodes that are joined, and addresses, AS
// numbers, sessions and images that follow from that by the address plan
// (topo/address_plan.h).
//
// Every link is an eBGP session for each family, unless one end is a host.
#ifndef QUIESCE_TOPO_KINDS_NETWORK_H_
#define QUIESCE_TOPO_KINDS_NETWORK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/topology.pb.h"
#include "topo/kinds/arguments.h"

namespace quiesce {

// The keys that every generator knows: af, prefixes, image, images,
// compare_routerid.
absl::Span<const KeyDoc> CommonKeys();

class Network {
 public:
  // Reads the common keys. `default_prefixes` is how many prefixes an
  // originator has if the user does not say; `default_image` what routers run.
  Network(Arguments* arguments, int default_prefixes,
          absl::string_view default_image);

  // A router of AS number `as` (0, 1, 2 ... of this network; several nodes may
  // share one). Returns its index.
  int AddRouter(absl::string_view name, absl::string_view role, int as);
  // A router in an AS of its own, with a number that no AddRouter(as) may use.
  int AddRouter(absl::string_view name, absl::string_view role);

  // A link between two routers. The sessions' order at each node is that of
  // the links.
  void Join(int a, int b);

  // The router originates `prefixes` prefixes, the first address of each on
  // its lo.
  void Originate(int router);

  // A host on a subnet of its own: the router's next prefix, of which the
  // router has the first address on the link and the host the second, with
  // the router as gateway. Then Originate() for the same router adds
  // `prefixes` - 1 more.
  int AddHost(absl::string_view name, int router);

  int node_count() const { return static_cast<int>(nodes_.size()); }

  // The network in words; the mistakes are in the Arguments' Diagnostics.
  proto::Topology Finish(absl::string_view name);

 private:
  struct Node {
    proto::Node words;
    int as = -1;  // -1: a host
    int subnets = 0;
  };

  int AddNode(absl::string_view name, absl::string_view role);
  std::string NextInterface(int node);
  // The next prefix of the plan, added to the router's networks.
  int TakePrefix(int router);
  void AddLinkWords(int a, const std::string& a_interface, int b,
                    const std::string& b_interface);

  Arguments& arguments_;
  std::vector<int> families_;
  int prefixes_;
  std::vector<std::string> images_;  // of routers, in turn
  bool compare_routerid_;
  std::vector<Node> nodes_;
  std::vector<proto::Link> links_;
  int routers_ = 0;
  int router_links_ = 0;
  int prefixes_used_ = 0;
  int ases_ = 0;
  bool full_ = false;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_KINDS_NETWORK_H_
