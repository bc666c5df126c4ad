// The forwarding plane of one moment as a graph: for one destination address,
// where every node would send the packet.
//
// Pure; single-threaded; the FIBs must outlive the Forwarding.
#ifndef QUIESCE_SUPERVISOR_REPORT_FORWARDING_H_
#define QUIESCE_SUPERVISOR_REPORT_FORWARDING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/base/ip.h"
#include "supervisor/report/fib.h"

namespace quiesce {

// What becomes of a packet, in Batfish's words (FlowDisposition), as bits of
// a set.
//
// ACCEPTED: a node owns the destination address. DELIVERED_TO_SUBNET: sent out
// to an on-link subnet with no emulated neighbour on it. EXITS_NETWORK: sent to
// a gateway, or out of the subnet, on an interface that no link joins to
// anything. NEIGHBOR_UNREACHABLE: on a joined interface where nobody answers
// for the next hop. NO_ROUTE, NULL_ROUTED (blackhole, unreachable, prohibit).
// LOOP: comes back to where it was. INSUFFICIENT_INFO: a next hop that names no
// interface.
enum Disposition : uint16_t {
  kAccepted = 1 << 0,
  kDeliveredToSubnet = 1 << 1,
  kExitsNetwork = 1 << 2,
  kNoRoute = 1 << 3,
  kNullRouted = 1 << 4,
  kLoop = 1 << 5,
  kNeighborUnreachable = 1 << 6,
  kInsufficientInfo = 1 << 7,
  // Not Batfish's: ended well, but at another node than the one asked for.
  kElsewhere = 1 << 8,
};
using DispositionSet = uint16_t;

inline constexpr int kDispositionBits = 9;

// The packet got to somebody who wanted it: nothing else makes a destination
// count as reached. (Batfish also calls EXITS_NETWORK a success.)
inline constexpr DispositionSet kDelivered = kAccepted | kDeliveredToSubnet;

// "ACCEPTED" ... of one bit.
absl::string_view DispositionName(Disposition disposition);

// One point-to-point link, or one pair of a shared segment.
struct NetworkLink {
  std::string node_a, interface_a;
  std::string node_b, interface_b;
  // False: it is cut, or one end is down, so nobody answers at the other.
  bool works = true;
};

// The forwarding plane of one moment: VRF "default" of all nodes.
class Forwarding {
 public:
  // Errors: InvalidArgument for a node given twice or a link to a node that is
  // not there.
  static absl::StatusOr<Forwarding> Create(
      absl::Span<const NodeFib* const> nodes,
      absl::Span<const NetworkLink> links);

  // Where every node would send a packet for one address.
  struct Step {
    DispositionSet own = 0;  // of the branches that end here
    uint32_t ends = 0;       // how many branches end here
    uint32_t first = 0;      // successors: [first, first + count) of edges
    uint32_t count = 0;
  };
  struct Graph {
    IpAddress destination;
    std::vector<Step> steps;  // by node index
    std::vector<uint32_t> edges;
  };
  void Fill(const IpAddress& destination, Graph* graph) const;

  int node_count() const { return static_cast<int>(nodes_.size()); }
  const std::string& name(int node) const { return nodes_[node].fib->node(); }
  // -1 if there is none.
  int Find(absl::string_view name) const;
  bool Owns(int node, const IpAddress& address) const;

 private:
  struct Peer {
    uint32_t node;
    std::string interface;
  };
  // A next-hop set, resolved as far as it can be without a destination.
  struct Resolved {
    DispositionSet fixed = 0;
    uint32_t fixed_ends = 0;
    std::vector<uint32_t> successors;
    std::vector<std::string> on_link;  // interfaces, by destination
  };
  struct Node {
    const NodeFib* fib = nullptr;
    // The best route of each network of VRF default, in order of networks.
    std::vector<uint32_t> table;
    // Type local and shorter than one address (127.0.0.0/8, AnyIP).
    std::vector<IpPrefix> local;
    // Lengths that occur, longest first, for IPv4 and IPv6.
    std::vector<int> lengths[2];
    std::vector<Resolved> sets;  // by NodeFib's set index
    absl::flat_hash_map<std::string, std::vector<Peer>> peers;
  };

  Forwarding() = default;
  void Index(Node* node, int number);
  void ResolveSets(Node* node);
  // The node on `peers` that answers for `address`, or -1.
  int Answers(const std::vector<Peer>& peers, const IpAddress& address) const;
  static const NodeFib::Route* Lookup(const Node& node, const IpAddress& to);
  void FillOnLink(const Node& node, const std::string& interface,
                  const IpAddress& to, Step* step, Graph* graph) const;

  std::vector<Node> nodes_;
  absl::flat_hash_map<std::string, int> index_;
  // Owner and interface of each address; one address may have several.
  absl::flat_hash_map<IpAddress, std::vector<Peer>> owners_;
};

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FORWARDING_H_
