#include "topo/topology.h"

#include <google/protobuf/text_format.h>

#include "notifier/base/ip.h"
#include "topo/mac.h"

namespace quiesce {
namespace {

constexpr int kDefaultMtu = 1500;

void FillInterface(const TopologyNode& node, const TopologyInterface& from,
                   proto::Interface* to) {
  to->set_name(from.name);
  for (const IpPrefix& address : from.addresses) {
    to->add_address(address.ToString());
  }
  to->set_vrf(from.vrf);
  if (from.vlan != 0) {
    to->set_vlan(from.vlan);
    to->set_over(node.interfaces[from.over].name);
  }
  if (from.ifindex == 1) return;
  if (from.mtu != kDefaultMtu) to->set_mtu(from.mtu);
  if (from.mac != HardwareAddress::Planned(node.index, from.ifindex)) {
    to->set_mac(from.mac.ToString());
  }
  to->set_macvlan(from.macvlan);
}

void FillNeighbor(const Topology& topology, const TopologyNeighbor& from,
                  proto::Neighbor* to) {
  to->set_address(from.address.ToString());
  to->set_remote_as(from.remote_as);
  if (from.peer >= 0) to->set_peer(topology.node(from.peer).name);
  if (from.update_source.valid()) {
    to->set_update_source(from.update_source.ToString());
  }
  to->set_ebgp_multihop(from.ebgp_multihop);
  to->set_ttl_security_hops(from.ttl_security_hops);
  to->set_password(from.password);
  to->set_passive(from.passive);
  to->set_next_hop_self(from.next_hop_self);
  to->set_route_reflector_client(from.route_reflector_client);
  to->set_hold_time(from.hold_time);
  to->set_keepalive(from.keepalive);
  to->set_connect_retry(from.connect_retry);
}

void FillBgp(const Topology& topology, const TopologyBgp& from,
             proto::Bgp* to) {
  to->set_asn(from.asn);
  to->set_router_id(from.router_id.ToString());
  for (const IpPrefix& network : from.networks) {
    to->add_network(network.ToString());
  }
  for (const TopologyNeighbor& neighbor : from.neighbors) {
    FillNeighbor(topology, neighbor, to->add_neighbor());
  }
  if (from.compare_routerid) to->set_compare_routerid(true);
  if (from.multipath != TopologyBgp().multipath) {
    to->set_multipath(from.multipath);
  }
}

void FillRoute(const TopologyRoute& from, proto::StaticRoute* to) {
  to->set_prefix(from.prefix.ToString());
  switch (from.kind) {
    case TopologyRoute::Kind::kVia:
      to->set_via(from.via.ToString());
      break;
    case TopologyRoute::Kind::kInterface:
      to->set_interface(from.interface);
      break;
    case TopologyRoute::Kind::kBlackhole:
      to->set_blackhole(true);
      break;
  }
}

void FillFile(const TopologyFile& from, proto::File* to) {
  const TopologyFile defaults;
  to->set_path(from.path);
  to->set_content(from.content);
  if (from.mode != defaults.mode) to->set_mode(from.mode);
  if (from.owner != defaults.owner) to->set_owner(from.owner);
  if (from.group != defaults.group) to->set_group(from.group);
}

void FillNode(const Topology& topology, const TopologyNode& from,
              proto::Node* to) {
  to->set_name(from.name);
  to->set_role(from.role);
  to->set_image(from.image);
  for (const TopologyInterface& interface : from.interfaces) {
    if (interface.ifindex == 1 && interface.addresses.empty()) continue;
    FillInterface(from, interface, to->add_interface());
  }
  to->set_bridge(from.bridge);
  for (const TopologyVrf& vrf : from.vrfs) {
    proto::Vrf* out = to->add_vrf();
    out->set_name(vrf.name);
    out->set_table(vrf.table);
    for (const IpPrefix& address : vrf.addresses) {
      out->add_address(address.ToString());
    }
  }
  if (from.bgp) FillBgp(topology, *from.bgp, to->mutable_bgp());
  for (const IpAddress& gateway : from.default_gateways) {
    to->add_default_gateway(gateway.ToString());
  }
  for (const TopologyRoute& route : from.routes) {
    FillRoute(route, to->add_route());
  }
  for (const TopologyConfig& config : from.configs) {
    proto::Config* out = to->add_config();
    out->set_daemon(config.daemon);
    out->set_content(config.content);
  }
  for (const TopologyFile& file : from.files) FillFile(file, to->add_file());
}

void FillEnd(const Topology& topology, const TopologyEnd& from,
             proto::LinkEnd* to) {
  const TopologyNode& node = topology.node(from.node);
  to->set_node(node.name);
  to->set_interface(node.interfaces[from.interface].name);
}

}  // namespace

const TopologyInterface* TopologyNode::FindInterface(
    absl::string_view interface) const {
  for (const TopologyInterface& candidate : interfaces) {
    if (candidate.name == interface) return &candidate;
  }
  return nullptr;
}

const TopologyConfig* TopologyNode::FindConfig(absl::string_view daemon) const {
  for (const TopologyConfig& candidate : configs) {
    if (candidate.daemon == daemon) return &candidate;
  }
  return nullptr;
}

bool TopologyNode::OwnsAddress(const IpAddress& address) const {
  for (const TopologyInterface& interface : interfaces) {
    for (const IpPrefix& own : interface.addresses) {
      if (own.address == address) return true;
    }
  }
  return false;
}

int Topology::FindNode(absl::string_view name) const {
  const auto found = parts_->node_by_name.find(name);
  return found == parts_->node_by_name.end() ? -1 : found->second;
}

int Topology::FindOwner(const IpAddress& address) const {
  const auto found = parts_->owner_by_address.find(address);
  return found == parts_->owner_by_address.end() ? -1 : found->second;
}

std::vector<TopologyEnd> TopologyLink::Ends() const {
  std::vector<TopologyEnd> ends = {a, b};
  ends.insert(ends.end(), more.begin(), more.end());
  return ends;
}

std::vector<TopologyEnd> TopologyLink::Others(int node) const {
  std::vector<TopologyEnd> ends = Ends();
  std::erase_if(ends, [node](const TopologyEnd& e) { return e.node == node; });
  return ends;
}

std::vector<TopologyEnd> Topology::Peers(int node, int interface) const {
  const int link = parts_->nodes[node].interfaces[interface].link;
  if (link < 0) return {};
  return parts_->links[link].Others(node);
}

int Topology::SessionEnds() const {
  int count = 0;
  for (const TopologyNode& node : nodes()) {
    if (node.bgp) count += static_cast<int>(node.bgp->neighbors.size());
  }
  return count;
}

std::vector<std::vector<std::string>> Topology::QuestionsFor(int node) const {
  std::vector<std::vector<std::string>> result;
  for (const proto::Question& question : questions()) {
    const auto& nodes = question.node();
    if (!nodes.empty() &&
        absl::c_find(nodes, parts_->nodes[node].name) == nodes.end()) {
      continue;
    }
    result.emplace_back(question.argv().begin(), question.argv().end());
  }
  return result;
}

proto::Topology Topology::ToProto() const {
  proto::Topology result;
  result.set_name(name());
  for (const TopologyNode& node : nodes()) {
    FillNode(*this, node, result.add_node());
  }
  for (const TopologyLink& link : links()) {
    proto::Link* to = result.add_link();
    FillEnd(*this, link.a, to->mutable_a());
    FillEnd(*this, link.b, to->mutable_b());
    for (const TopologyEnd& end : link.more) {
      FillEnd(*this, end, to->add_more());
    }
    to->set_latency_us(absl::ToInt64Microseconds(link.latency));
  }
  for (const proto::Event& event : events()) *result.add_event() = event;
  for (const proto::Question& question : questions()) {
    *result.add_question() = question;
  }
  return result;
}

std::string Topology::DumpTextproto() const {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.PrintToString(ToProto(), &text);
  return text;
}

}  // namespace quiesce
