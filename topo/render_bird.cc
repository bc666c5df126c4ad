// BIRD 2's language.
//
// Originated prefixes are static blackhole routes that the kernel protocol
// leaves out: the node owns an address in each, so the kernel has the better
// answer. They are announced by name (ORIGINATED4, ORIGINATED6) and not by
// protocol, because BIRD exports only the best route of a prefix, and where the
// direct protocol is on, that is the device route.
#include <sys/socket.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

class Config {
 public:
  Config(const Topology& topology, const TopologyNode& node)
      : topology_(topology), node_(node) {}

  std::string Run() {
    absl::StrAppend(&out_, "# ", node_.name, "\n");
    if (node_.bgp) {
      absl::StrAppend(&out_, "router id ", node_.bgp->router_id.ToString(),
                      ";\n");
    }
    absl::StrAppend(&out_, "log stderr all;\n\nprotocol device {\n}\n");
    if (NeedsDirect()) {
      absl::StrAppend(&out_,
                      "\nprotocol direct {\n  ipv4;\n  ipv6;\n"
                      "  interface \"-lo\", \"*\";\n}\n");
    }
    for (int family : {AF_INET, AF_INET6}) {
      if (!Uses(family)) continue;
      Kernel(family);
      Originated(family);
      Static(family);
    }
    if (node_.bgp) {
      int number = 1;
      for (const TopologyNeighbor& neighbor : node_.bgp->neighbors) {
        Session(neighbor, number++);
      }
    }
    return std::move(out_);
  }

 private:
  static const char* Digit(int family) { return family == AF_INET ? "4" : "6"; }

  // Next hops that are not on a link are looked up, and for that BIRD wants
  // the links' subnets in its own table.
  bool NeedsDirect() const {
    if (!node_.bgp) return false;
    return std::any_of(node_.bgp->neighbors.begin(), node_.bgp->neighbors.end(),
                       [&](const TopologyNeighbor& neighbor) {
                         return neighbor.remote_as == node_.bgp->asn ||
                                Multihop(neighbor) > 1;
                       });
  }

  static uint32_t Multihop(const TopologyNeighbor& neighbor) {
    return std::max(neighbor.ebgp_multihop, neighbor.ttl_security_hops);
  }

  bool HasNetworks(int family) const {
    return node_.bgp &&
           std::any_of(node_.bgp->networks.begin(), node_.bgp->networks.end(),
                       [&](const IpPrefix& network) {
                         return network.address.family() == family;
                       });
  }

  bool Uses(int family) const {
    if (HasNetworks(family)) return true;
    for (const TopologyRoute& route : node_.routes) {
      if (route.prefix.address.family() == family) return true;
    }
    for (const IpAddress& gateway : node_.default_gateways) {
      if (gateway.family() == family) return true;
    }
    if (!node_.bgp) return false;
    for (const TopologyNeighbor& neighbor : node_.bgp->neighbors) {
      if (neighbor.address.family() == family) return true;
    }
    return false;
  }

  void Kernel(int family) {
    const char* digit = Digit(family);
    absl::StrAppend(&out_, "\nprotocol kernel kernel", digit, " {\n");
    const uint32_t multipath = node_.bgp ? node_.bgp->multipath : 1;
    if (multipath > 1) {
      absl::StrAppend(&out_, "  merge paths on limit ", multipath, ";\n");
    }
    absl::StrAppend(&out_, "  ipv", digit,
                    " {\n    import none;\n    export where source != "
                    "RTS_DEVICE && proto != \"originated",
                    digit, "\";\n  };\n}\n");
  }

  void Originated(int family) {
    if (!HasNetworks(family)) return;
    const char* digit = Digit(family);
    std::vector<std::string> networks;
    for (const IpPrefix& network : node_.bgp->networks) {
      if (network.address.family() != family) continue;
      networks.push_back(network.ToString());
    }
    absl::StrAppend(&out_, "\ndefine ORIGINATED", digit, " = [ ",
                    absl::StrJoin(networks, ", "), " ];\n\nprotocol static ",
                    "originated", digit, " {\n  ipv", digit, ";\n");
    for (const std::string& network : networks) {
      absl::StrAppend(&out_, "  route ", network, " blackhole;\n");
    }
    absl::StrAppend(&out_, "}\n");
  }

  void Static(int family) {
    std::string body;
    for (const TopologyRoute& route : node_.routes) {
      if (route.prefix.address.family() != family) continue;
      absl::StrAppend(&body, "  route ", route.prefix.ToString());
      switch (route.kind) {
        case TopologyRoute::Kind::kVia:
          absl::StrAppend(&body, " via ", route.via.ToString(), ";\n");
          break;
        case TopologyRoute::Kind::kInterface:
          absl::StrAppend(&body, " via \"", route.interface, "\";\n");
          break;
        case TopologyRoute::Kind::kBlackhole:
          absl::StrAppend(&body, " blackhole;\n");
          break;
      }
    }
    for (const IpAddress& gateway : node_.default_gateways) {
      if (gateway.family() != family) continue;
      absl::StrAppend(&body, "  route ",
                      family == AF_INET ? "0.0.0.0" : "::", "/0 via ",
                      gateway.ToString(), ";\n");
    }
    if (body.empty()) return;
    absl::StrAppend(&out_, "\nprotocol static static", Digit(family),
                    " {\n  ipv", Digit(family), ";\n", body, "}\n");
  }

  void Session(const TopologyNeighbor& neighbor, int number) {
    const int family = neighbor.address.family();
    absl::StrAppend(&out_, "\nprotocol bgp bgp", number, " {\n  description \"",
                    PeerName(topology_, neighbor), "\";\n  local ");
    if (neighbor.update_source.valid()) {
      absl::StrAppend(&out_, neighbor.update_source.ToString(), " ");
    }
    absl::StrAppend(&out_, "as ", node_.bgp->asn, ";\n  neighbor ",
                    neighbor.address.ToString(), " as ", neighbor.remote_as,
                    ";\n");
    if (Multihop(neighbor) > 1) {
      absl::StrAppend(&out_, "  multihop ", Multihop(neighbor), ";\n");
    }
    if (neighbor.ttl_security_hops > 0) Line("ttl security on");
    if (!neighbor.password.empty()) {
      absl::StrAppend(&out_, "  password \"", neighbor.password, "\";\n");
    }
    if (neighbor.passive) Line("passive on");
    if (neighbor.route_reflector_client) Line("rr client");
    if (neighbor.hold_time > 0) {
      Line(absl::StrCat("hold time ", neighbor.hold_time));
    }
    if (neighbor.keepalive > 0) {
      Line(absl::StrCat("keepalive time ", neighbor.keepalive));
    }
    if (neighbor.connect_retry > 0) {
      Line(absl::StrCat("connect retry time ", neighbor.connect_retry));
    }
    absl::StrAppend(&out_, "  ipv", Digit(family), " {\n    import all;\n");
    if (neighbor.next_hop_self)
      absl::StrAppend(&out_, "    next hop self ebgp;\n");
    absl::StrAppend(&out_, "    export where source = RTS_BGP");
    if (HasNetworks(family)) {
      absl::StrAppend(&out_, " || net ~ ORIGINATED", Digit(family));
    }
    absl::StrAppend(&out_, ";\n  };\n}\n");
  }

  void Line(absl::string_view text) {
    absl::StrAppend(&out_, "  ", text, ";\n");
  }

  const Topology& topology_;
  const TopologyNode& node_;
  std::string out_;
};

}  // namespace

Texts Bird(const Topology& topology, const TopologyNode& node, Diagnostics*) {
  return {{"bird", Config(topology, node).Run()}};
}

}  // namespace quiesce::render
