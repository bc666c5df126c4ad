// The network of a run as an immutable value: nodes, interfaces, links, BGP
// sessions and hand-written files, everything resolved and checked.
//
// Made by BuildTopology (topo/build.h) from a proto::Topology, whether that was
// written by hand or by a generator; nothing else makes one, so a Topology that
// exists is consistent. Copies share the contents and may be read from any
// thread. Everything is numbered: a node is its index in nodes(), an interface
// its index in the node (0 is lo), a link its index in links().
#ifndef QUIESCE_TOPO_TOPOLOGY_H_
#define QUIESCE_TOPO_TOPOLOGY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "notifier/base/ip.h"
#include "proto/topology.pb.h"
#include "topo/mac.h"

namespace quiesce {

struct TopologyInterface {
  std::string name;
  int ifindex = 0;      // lo is 1, the others 2, 3 ... in the file's order
  HardwareAddress mac;  // zero for lo
  int mtu = 0;
  // With the length of the subnet. Those of lo come without 127.0.0.1/8 and
  // ::1/128, which every node has.
  std::vector<IpPrefix> addresses;
  int link = -1;             // -1: no cable
  std::string vrf = {};      // name of one of the node's; empty: none
  std::string macvlan = {};  // the interface that it rides on, if any
  int vlan = 0;              // a VLAN device of this id ...
  int over = 0;              // ... on top of that interface
};

struct TopologyVrf {
  std::string name;
  uint32_t table = 0;
  std::vector<IpPrefix> addresses;  // of the device itself
};

// One session as one end configures it. `address` is always known.
struct TopologyNeighbor {
  IpAddress address;
  uint32_t remote_as = 0;
  int peer = -1;            // node that owns `address`; -1: nobody does
  IpAddress update_source;  // not valid(): the kernel chooses
  uint32_t ebgp_multihop = 0;
  uint32_t ttl_security_hops = 0;
  std::string password;
  bool passive = false;
  bool next_hop_self = false;
  bool route_reflector_client = false;
  uint32_t hold_time = 0;  // seconds; 0: the daemon's default, as below
  uint32_t keepalive = 0;
  uint32_t connect_retry = 0;
};

struct TopologyBgp {
  uint32_t asn = 0;
  IpAddress router_id;  // IPv4
  std::vector<IpPrefix> networks;
  std::vector<TopologyNeighbor> neighbors;
  bool compare_routerid = false;
  uint32_t multipath = 64;
};

struct TopologyRoute {
  enum class Kind { kVia, kInterface, kBlackhole };
  IpPrefix prefix;
  Kind kind = Kind::kBlackhole;
  IpAddress via;          // kVia
  std::string interface;  // kInterface
};

// A daemon's configuration written by hand.
struct TopologyConfig {
  std::string daemon;
  std::string content;
};

struct TopologyFile {
  std::string path;
  std::string content;
  uint32_t mode = 0644;
  std::string owner = "root";
  std::string group = "root";
};

struct TopologyNode {
  int index = 0;
  std::string name;
  std::string role;
  std::string image;
  std::vector<TopologyInterface> interfaces;  // [0] is lo
  std::vector<TopologyVrf> vrfs;
  bool bridge = false;
  absl::optional<TopologyBgp> bgp;
  std::vector<IpAddress> default_gateways;  // at most one per family
  std::vector<TopologyRoute> routes;
  std::vector<TopologyConfig> configs;
  std::vector<TopologyFile> files;

  // nullptr if there is none of that name.
  const TopologyInterface* FindInterface(absl::string_view interface) const;
  const TopologyConfig* FindConfig(absl::string_view daemon) const;
  bool OwnsAddress(const IpAddress& address) const;
};

struct TopologyEnd {
  int node = -1;
  int interface = -1;
};

struct TopologyLink {
  int index = 0;
  TopologyEnd a;
  TopologyEnd b;
  std::vector<TopologyEnd> more;  // of a LAN
  absl::Duration latency;

  bool lan() const { return !more.empty(); }
  std::vector<TopologyEnd> Ends() const;
  // The ends that are not at `node`.
  std::vector<TopologyEnd> Others(int node) const;
};

class Topology {
 public:
  // What a Topology is made of; filled by BuildTopology.
  struct Parts {
    std::string name;
    std::vector<TopologyNode> nodes;
    std::vector<TopologyLink> links;
    std::vector<proto::Event> events;
    std::vector<proto::Question> questions;
    absl::flat_hash_map<std::string, int> node_by_name;
    absl::flat_hash_map<IpAddress, int> owner_by_address;
  };

  explicit Topology(Parts parts)
      : parts_(std::make_shared<const Parts>(std::move(parts))) {}

  const std::string& name() const { return parts_->name; }
  const std::vector<TopologyNode>& nodes() const { return parts_->nodes; }
  const TopologyNode& node(int index) const { return parts_->nodes[index]; }
  const std::vector<TopologyLink>& links() const { return parts_->links; }
  const std::vector<proto::Event>& events() const { return parts_->events; }
  const std::vector<proto::Question>& questions() const {
    return parts_->questions;
  }
  // Of these, what is asked of a node, in order.
  std::vector<std::vector<std::string>> QuestionsFor(int node) const;

  // -1 if there is none.
  int FindNode(absl::string_view name) const;
  // The node with this address on one of its interfaces, loopback networks
  // and link-local addresses aside; -1 if there is none.
  int FindOwner(const IpAddress& address) const;
  // The far ends of an interface's link; more than one where it is a LAN.
  std::vector<TopologyEnd> Peers(int node, int interface) const;
  // Session ends that the nodes configure (two for each session that both
  // ends know).
  int SessionEnds() const;

  // The same network, with every default written out except those that a rule
  // gives back (planned hardware addresses, mtu 1500, mode 0644).
  proto::Topology ToProto() const;
  // ToProto() as the text that `file:` reads; equal for equal topologies.
  std::string DumpTextproto() const;

 private:
  std::shared_ptr<const Parts> parts_;
};

}  // namespace quiesce

#endif  // QUIESCE_TOPO_TOPOLOGY_H_
