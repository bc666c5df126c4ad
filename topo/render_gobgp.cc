// GoBGP's TOML. It has no words for originated prefixes, so they are given to
// the running daemon by a script of its own command line; nor for static
// routes, which are put into the kernel for it.
#include "absl/strings/str_cat.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

void AppendNeighbor(const Topology& topology, const TopologyNode& node,
                    const TopologyNeighbor& neighbor, std::string* out) {
  const bool passive = neighbor.passive || WaitsFor(topology, node, neighbor);
  absl::StrAppend(out, "\n[[neighbors]]\n  [neighbors.config]\n",
                  "    neighbor-address = \"", neighbor.address.ToString(),
                  "\"\n    peer-as = ", neighbor.remote_as,
                  "\n    description = \"", PeerName(topology, neighbor),
                  "\"\n");
  if (!neighbor.password.empty()) {
    absl::StrAppend(out, "    auth-password = \"", neighbor.password, "\"\n");
  }
  if (passive || neighbor.update_source.valid()) {
    absl::StrAppend(out, "  [neighbors.transport.config]\n");
    if (passive) absl::StrAppend(out, "    passive-mode = true\n");
    if (neighbor.update_source.valid()) {
      absl::StrAppend(out, "    local-address = \"",
                      neighbor.update_source.ToString(), "\"\n");
    }
  }
  if (neighbor.ebgp_multihop > 1) {
    absl::StrAppend(out, "  [neighbors.ebgp-multihop.config]\n",
                    "    enabled = true\n    multihop-ttl = ",
                    neighbor.ebgp_multihop, "\n");
  }
  if (neighbor.ttl_security_hops > 0) {
    absl::StrAppend(out, "  [neighbors.ttl-security.config]\n",
                    "    enabled = true\n    ttl-min = ",
                    256 - neighbor.ttl_security_hops, "\n");
  }
  if (neighbor.route_reflector_client) {
    absl::StrAppend(out, "  [neighbors.route-reflector.config]\n",
                    "    route-reflector-client = true\n");
  }
  if (neighbor.hold_time > 0 || neighbor.keepalive > 0 ||
      neighbor.connect_retry > 0) {
    absl::StrAppend(out, "  [neighbors.timers.config]\n");
    if (neighbor.connect_retry > 0) {
      absl::StrAppend(out, "    connect-retry = ", neighbor.connect_retry,
                      "\n");
    }
    if (neighbor.hold_time > 0) {
      absl::StrAppend(out, "    hold-time = ", neighbor.hold_time, "\n");
    }
    if (neighbor.keepalive > 0) {
      absl::StrAppend(out, "    keepalive-interval = ", neighbor.keepalive,
                      "\n");
    }
  }
  absl::StrAppend(out, "  [[neighbors.afi-safis]]\n",
                  "    [neighbors.afi-safis.config]\n",
                  "      afi-safi-name = \"",
                  neighbor.address.v4() ? "ipv4" : "ipv6", "-unicast\"\n");
}

// A script for when the daemon has been started.
std::string Originate(const TopologyNode& node) {
  std::string script = absl::StrCat(
      "# ", node.name,
      "\nset -e\nuntil gobgp global >/dev/null 2>&1; do sleep 0.1; done\n");
  for (const IpPrefix& network : node.bgp->networks) {
    absl::StrAppend(&script, "gobgp global rib add -a ",
                    network.address.v4() ? "ipv4 " : "ipv6 ",
                    network.ToString(), " origin igp\n");
  }
  return script;
}

}  // namespace

Texts Gobgp(const Topology& topology, const TopologyNode& node,
            Diagnostics* errors) {
  std::string out = absl::StrCat("# ", node.name, "\n");
  if (!node.bgp) return {{"gobgpd", out}};
  absl::StrAppend(&out, "[global.config]\n  as = ", node.bgp->asn,
                  "\n  router-id = \"", node.bgp->router_id.ToString(), "\"\n");
  if (node.bgp->multipath > 1) {
    absl::StrAppend(&out, "[global.use-multiple-paths.config]\n",
                    "  enabled = true\n");
  }
  if (node.bgp->compare_routerid) {
    absl::StrAppend(&out, "[global.route-selection-options.config]\n",
                    "  external-compare-router-id = true\n");
  }
  for (const TopologyNeighbor& neighbor : node.bgp->neighbors) {
    if (neighbor.next_hop_self) {
      errors->AddLine(0, absl::StrCat("node ", node.name,
                                      ": next_hop_self is not rendered for "
                                      "gobgpd; use another image"));
    }
    AppendNeighbor(topology, node, neighbor, &out);
  }
  Texts texts = {{"gobgpd", out}};
  if (!node.bgp->networks.empty()) texts["originate"] = Originate(node);
  return texts;
}

}  // namespace quiesce::render
