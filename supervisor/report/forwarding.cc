#include "supervisor/report/forwarding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace quiesce {
namespace {

int FamilyIndex(const IpAddress& address) { return address.v4() ? 0 : 1; }

bool Drops(RouteType type) {
  return type == RouteType::kBlackhole || type == RouteType::kUnreachable ||
         type == RouteType::kProhibit;
}

}  // namespace

absl::string_view DispositionName(Disposition disposition) {
  switch (disposition) {
    case kAccepted:
      return "ACCEPTED";
    case kDeliveredToSubnet:
      return "DELIVERED_TO_SUBNET";
    case kExitsNetwork:
      return "EXITS_NETWORK";
    case kNoRoute:
      return "NO_ROUTE";
    case kNullRouted:
      return "NULL_ROUTED";
    case kLoop:
      return "LOOP";
    case kNeighborUnreachable:
      return "NEIGHBOR_UNREACHABLE";
    case kInsufficientInfo:
      return "INSUFFICIENT_INFO";
    case kElsewhere:
      return "ELSEWHERE";
  }
  return "UNKNOWN";
}

absl::StatusOr<Forwarding> Forwarding::Create(
    absl::Span<const NodeFib* const> nodes,
    absl::Span<const NetworkLink> links) {
  Forwarding plane;
  plane.nodes_.resize(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    plane.nodes_[i].fib = nodes[i];
    if (!plane.index_.emplace(nodes[i]->node(), i).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("node ", nodes[i]->node(), " has two FIBs"));
    }
  }
  for (const NetworkLink& link : links) {
    int a = plane.Find(link.node_a), b = plane.Find(link.node_b);
    if (a < 0 || b < 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a link ends at node ", a < 0 ? link.node_a : link.node_b,
          ", which has no FIB"));
    }
    std::vector<Peer>& of_a = plane.nodes_[a].peers[link.interface_a];
    std::vector<Peer>& of_b = plane.nodes_[b].peers[link.interface_b];
    if (!link.works) continue;
    of_a.push_back({static_cast<uint32_t>(b), link.interface_b});
    of_b.push_back({static_cast<uint32_t>(a), link.interface_a});
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    plane.Index(&plane.nodes_[i], static_cast<int>(i));
  }
  for (Node& node : plane.nodes_) plane.ResolveSets(&node);
  return plane;
}

int Forwarding::Find(absl::string_view name) const {
  auto it = index_.find(name);
  return it == index_.end() ? -1 : it->second;
}

bool Forwarding::Owns(int node, const IpAddress& address) const {
  auto it = owners_.find(address);
  if (it == owners_.end()) return false;
  for (const Peer& owner : it->second) {
    if (owner.node == static_cast<uint32_t>(node)) return true;
  }
  return false;
}

void Forwarding::Index(Node* node, int number) {
  const uint32_t self = static_cast<uint32_t>(number);
  for (const NodeFib::Address& a : node->fib->addresses()) {
    owners_[a.address.address].push_back({self, a.interface});
  }
  auto routes = node->fib->routes();
  for (uint32_t i = 0; i < routes.size(); ++i) {
    const NodeFib::Route& route = routes[i];
    if (node->fib->vrf_name(route.vrf) != "default") continue;
    const IpPrefix& network = route.network;
    if (route.type == RouteType::kLocal) {
      if (network.length < network.address.bits()) {
        node->local.push_back(network);
      } else if (!Owns(number, network.address)) {
        owners_[network.address].push_back({self, ""});
      }
      continue;
    }
    if (route.type != RouteType::kUnicast && !Drops(route.type)) continue;
    // Sorted by metric within a network: the kernel uses the first
    // (net/ipv4/fib_semantics.c, fa_priority; net/ipv6/ip6_fib.c, fib6_metric).
    if (!node->table.empty() && routes[node->table.back()].network == network) {
      continue;
    }
    node->table.push_back(i);
    node->lengths[FamilyIndex(network.address)].push_back(network.length);
  }
  for (std::vector<int>& lengths : node->lengths) {
    std::sort(lengths.begin(), lengths.end(), std::greater<int>());
    lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  }
}

int Forwarding::Answers(const std::vector<Peer>& peers,
                        const IpAddress& address) const {
  auto it = owners_.find(address);
  if (it == owners_.end()) return -1;
  for (const Peer& peer : peers) {
    for (const Peer& owner : it->second) {
      // ARP answers for every address of the node (arp_ignore 0), neighbour
      // discovery only for the interface's own (net/ipv6/ndisc.c,
      // ndisc_recv_ns).
      if (owner.node == peer.node &&
          (address.v4() || owner.interface == peer.interface)) {
        return static_cast<int>(peer.node);
      }
    }
  }
  return -1;
}

void Forwarding::ResolveSets(Node* node) {
  node->sets.resize(node->fib->set_count());
  for (size_t i = 0; i < node->sets.size(); ++i) {
    Resolved& resolved = node->sets[i];
    for (const NextHop& hop : node->fib->next_hops(i)) {
      if (!hop.gateway.valid() && !hop.interface.empty()) {
        resolved.on_link.push_back(hop.interface);
        continue;
      }
      Disposition end = kInsufficientInfo;
      if (!hop.interface.empty()) {
        auto peers = node->peers.find(hop.interface);
        if (peers == node->peers.end()) {
          end = kExitsNetwork;
        } else {
          int next = Answers(peers->second, hop.gateway);
          if (next >= 0) {
            resolved.successors.push_back(next);
            continue;
          }
          end = kNeighborUnreachable;
        }
      }
      resolved.fixed |= end;
      ++resolved.fixed_ends;
    }
    if (node->fib->next_hops(i).empty()) {
      resolved.fixed |= kInsufficientInfo;
      ++resolved.fixed_ends;
    }
  }
}

const NodeFib::Route* Forwarding::Lookup(const Node& node,
                                         const IpAddress& to) {
  auto routes = node.fib->routes();
  for (int length : node.lengths[FamilyIndex(to)]) {
    const IpPrefix wanted{to.Masked(length), length};
    auto it = std::lower_bound(node.table.begin(), node.table.end(), wanted,
                               [&routes](uint32_t i, const IpPrefix& prefix) {
                                 return routes[i].network < prefix;
                               });
    if (it != node.table.end() && routes[*it].network == wanted) {
      return &routes[*it];
    }
  }
  return nullptr;
}

void Forwarding::FillOnLink(const Node& node, const std::string& interface,
                            const IpAddress& to, Step* step,
                            Graph* graph) const {
  auto peers = node.peers.find(interface);
  if (peers != node.peers.end()) {
    int next = Answers(peers->second, to);
    if (next >= 0) {
      graph->edges.push_back(static_cast<uint32_t>(next));
      return;
    }
    step->own |= kNeighborUnreachable;
  } else {
    bool subnet = false;
    for (const NodeFib::Address& a : node.fib->addresses()) {
      subnet |= a.interface == interface && a.address.Network().Contains(to);
    }
    step->own |= subnet ? kDeliveredToSubnet : kExitsNetwork;
  }
  ++step->ends;
}

void Forwarding::Fill(const IpAddress& destination, Graph* graph) const {
  graph->destination = destination;
  graph->steps.assign(nodes_.size(), {});
  graph->edges.clear();
  std::vector<bool> owns(nodes_.size());
  if (auto it = owners_.find(destination); it != owners_.end()) {
    for (const Peer& owner : it->second) owns[owner.node] = true;
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    Step& step = graph->steps[i];
    step.first = static_cast<uint32_t>(graph->edges.size());
    bool local = owns[i];
    for (const IpPrefix& prefix : node.local) {
      local = local || prefix.Contains(destination);
    }
    if (local) {
      step.own = kAccepted;
      step.ends = 1;
      continue;
    }
    const NodeFib::Route* route = Lookup(node, destination);
    if (route == nullptr || Drops(route->type)) {
      step.own = route == nullptr ? kNoRoute : kNullRouted;
      step.ends = 1;
      continue;
    }
    const Resolved& set = node.sets[route->next_hops];
    step.own = set.fixed;
    step.ends = set.fixed_ends;
    graph->edges.insert(graph->edges.end(), set.successors.begin(),
                        set.successors.end());
    for (const std::string& interface : set.on_link) {
      FillOnLink(node, interface, destination, &step, graph);
    }
    step.count = static_cast<uint32_t>(graph->edges.size()) - step.first;
  }
}

}  // namespace quiesce
