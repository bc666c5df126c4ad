// ExaBGP's language (exabgp.conf(5), version 4). It speaks BGP and has neither
// a table of its own to choose from nor a way to the kernel: it announces what
// it is given. Static routes are put into the kernel for it.
#include "absl/strings/str_cat.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

// It wants to be told its own end: the address on the link that it shares with
// the neighbor.
IpAddress LocalAddress(const TopologyNode& node,
                       const TopologyNeighbor& neighbor) {
  if (neighbor.update_source.valid()) return neighbor.update_source;
  for (const TopologyInterface& interface : node.interfaces) {
    for (const IpPrefix& address : interface.addresses) {
      if (address.Contains(neighbor.address)) return address.address;
    }
  }
  return IpAddress();
}

class Config {
 public:
  Config(const Topology& topology, const TopologyNode& node,
         Diagnostics* errors)
      : topology_(topology), node_(node), errors_(errors) {}

  std::string Run() {
    absl::StrAppend(&out_, "# ", node_.name, "\n");
    if (!node_.bgp) return std::move(out_);
    for (const TopologyNeighbor& neighbor : node_.bgp->neighbors) {
      Session(neighbor);
    }
    return std::move(out_);
  }

 private:
  void Session(const TopologyNeighbor& neighbor) {
    const IpAddress local = LocalAddress(node_, neighbor);
    if (!local.valid()) {
      Unsaid(neighbor,
             "no address of the node is on a link with it; give an "
             "update_source");
      return;
    }
    absl::StrAppend(&out_, "neighbor ", neighbor.address.ToString(), " {\n");
    Line(absl::StrCat("description \"", PeerName(topology_, neighbor), "\""));
    Line(absl::StrCat("router-id ", node_.bgp->router_id.ToString()));
    Line(absl::StrCat("local-address ", local.ToString()));
    Line(absl::StrCat("local-as ", node_.bgp->asn));
    Line(absl::StrCat("peer-as ", neighbor.remote_as));
    if (neighbor.hold_time > 0) {
      Line(absl::StrCat("hold-time ", neighbor.hold_time));
    }
    if (neighbor.ebgp_multihop > 1) {
      Line(absl::StrCat("outgoing-ttl ", neighbor.ebgp_multihop));
    }
    if (neighbor.ttl_security_hops > 0) {
      Line("outgoing-ttl 255");
      Line(absl::StrCat("incoming-ttl ", 256 - neighbor.ttl_security_hops));
    }
    if (!neighbor.password.empty()) {
      Line(absl::StrCat("md5-password \"", neighbor.password, "\""));
    }
    if (neighbor.passive) Unsaid(neighbor, "it does not listen (passive)");
    if (neighbor.route_reflector_client || neighbor.next_hop_self) {
      Unsaid(neighbor, "it passes no routes on");
    }
    if (neighbor.keepalive > 0 || neighbor.connect_retry > 0) {
      Unsaid(neighbor, "keepalive and connect_retry are not rendered");
    }
    const bool v4 = neighbor.address.v4();
    absl::StrAppend(&out_, "  family {\n    ", v4 ? "ipv4" : "ipv6",
                    " unicast;\n  }\n");
    Announced(v4);
    absl::StrAppend(&out_, "}\n");
  }

  void Announced(bool v4) {
    std::string routes;
    for (const IpPrefix& network : node_.bgp->networks) {
      if (network.address.v4() != v4) continue;
      absl::StrAppend(&routes, "    route ", network.ToString(),
                      " next-hop self;\n");
    }
    if (routes.empty()) return;
    absl::StrAppend(&out_, "  static {\n", routes, "  }\n");
  }

  void Line(absl::string_view text) {
    absl::StrAppend(&out_, "  ", text, ";\n");
  }

  void Unsaid(const TopologyNeighbor& neighbor, absl::string_view why) {
    errors_->AddLine(
        0, absl::StrCat("node ", node_.name, ": neighbor ",
                        neighbor.address.ToString(), " of ExaBGP: ", why));
  }

  const Topology& topology_;
  const TopologyNode& node_;
  Diagnostics* errors_;
  std::string out_;
};

}  // namespace

Texts Exabgp(const Topology& topology, const TopologyNode& node,
             Diagnostics* errors) {
  return {{"exabgp", Config(topology, node, errors).Run()}};
}

}  // namespace quiesce::render
