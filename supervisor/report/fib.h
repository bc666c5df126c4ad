// One node's forwarding table as a value, and its export as fib.jsonl and
// fib.csv: Batfish's column names, one row per next hop, sorted, the same bytes
// for the same table.
//
// Nothing here does I/O or knows where routes come from.
#ifndef QUIESCE_SUPERVISOR_REPORT_FIB_H_
#define QUIESCE_SUPERVISOR_REPORT_FIB_H_

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "notifier/base/ip.h"

namespace quiesce {

// Where a route sends a packet. An invalid gateway means that the destination
// is on the interface's own link.
struct NextHop {
  IpAddress gateway;
  std::string interface;
  int weight = 1;

  auto operator<=>(const NextHop&) const = default;
};

// rtm_type (rtnetlink.h, RTN_*), as far as a table can hold it.
enum class RouteType : uint8_t {
  kUnicast,
  kLocal,
  kBroadcast,
  kMulticast,
  kBlackhole,
  kUnreachable,
  kProhibit,
  kThrow,
};

struct FibEntry {
  std::string vrf = "default";
  IpPrefix network;
  std::vector<NextHop> next_hops;
  uint8_t protocol = 0;  // rtm_protocol, RTPROT_*
  uint32_t metric = 0;   // RTA_PRIORITY
  RouteType type = RouteType::kUnicast;
};

// The name of an rtm_protocol: what iproute2's rt_protos prints where Batfish
// has no word of its own.
//
//   kernel   "connected" for a route the kernel made for an interface address,
//            "local" for type local (and broadcast), as Batfish calls them
//   boot, static, ra, redirect      as iproute2 (boot: "static", what
//            `ip route add` without `proto` leaves)
//   zebra 11, bird 12, mrouted 17, babel 42, bgp 186, isis 187, ospf 188,
//   rip 189, eigrp 192, openr 99, keepalived 18, dhcp 16   as iproute2
//   FRR's own numbers above 190 (nhrp 191, ldp 193, sharp 194, pbr 195,
//   static 196, openfabric 197, ripng 190)                 as FRR
//   others   the number
std::string ProtocolName(uint8_t protocol, RouteType type);

// Nothing for a type that no table of ours shows (RTN_NAT ...). An anycast
// address is one of the kernel's own entries, like a broadcast address.
std::optional<RouteType> RouteTypeOf(uint8_t rtm_type);

// Whether a table that is written for people shows it: not the node's own
// addresses.
bool Exported(RouteType type);
// Whether packets end there.
bool IsDiscard(RouteType type);

// "unicast", "blackhole" ...: as iproute2.
absl::string_view RouteTypeName(RouteType type);

// A node's tables and the addresses of its interfaces. Next-hop sets are kept
// once each: a fat-tree's router has thousands of routes and a dozen sets.
class NodeFib {
 public:
  struct Route {
    IpPrefix network;
    uint32_t next_hops;  // index for next_hops()
    uint32_t metric;
    uint16_t vrf;  // index for vrf_name()
    uint8_t protocol;
    RouteType type;
  };
  struct Address {
    std::string interface;
    IpPrefix address;  // 10.0.0.1/24
  };

  // A rule that says which table is asked, in iproute2's words.
  struct Rule {
    int family;
    uint32_t priority;
    std::string text;

    bool operator==(const Rule&) const = default;
  };

  explicit NodeFib(std::string node) : node_(std::move(node)) {}

  void Add(const FibEntry& entry);
  void AddAddress(std::string interface, const IpPrefix& address);
  // In the order in which they are asked.
  void AddRule(Rule rule) { rules_.push_back(std::move(rule)); }
  // Sorts; to be called once after the last Add and before anything is read.
  void Finish();

  const std::string& node() const { return node_; }
  // Sorted by VRF's name, network, metric, protocol, type and next hops.
  absl::Span<const Route> routes() const { return routes_; }
  absl::Span<const NextHop> next_hops(uint32_t set) const { return sets_[set]; }
  size_t set_count() const { return sets_.size(); }
  const std::string& vrf_name(uint16_t vrf) const { return vrfs_[vrf]; }
  const std::vector<Address>& addresses() const { return addresses_; }
  const std::vector<Rule>& rules() const { return rules_; }
  // What WriteFibCsv writes of this node: routes, and rows.
  size_t exported_routes() const;
  size_t exported_rows() const;

 private:
  std::string node_;
  std::vector<std::string> vrfs_;
  std::vector<std::vector<NextHop>> sets_;
  std::map<std::vector<NextHop>, uint32_t> set_index_;
  std::vector<Route> routes_;
  std::vector<Address> addresses_;
  std::vector<Rule> rules_;
};

// Takes text a piece at a time; pieces end at line ends.
using TextSink = std::function<void(absl::string_view)>;

// Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric. A route to an
// interface's own link has an empty Next_Hop; one that drops has Next_Hop
// "discard" and interface "null_interface" (Batfish's words). Local and
// broadcast routes are the node's own addresses and not exported. `nodes` are
// written in the order of their names. Returns the number of rows.
size_t WriteFibCsv(absl::Span<const NodeFib* const> nodes,
                   const TextSink& sink);
// The same rows, one JSON object a line.
size_t WriteFibJsonl(absl::Span<const NodeFib* const> nodes,
                     const TextSink& sink);

}  // namespace quiesce

#endif  // QUIESCE_SUPERVISOR_REPORT_FIB_H_
