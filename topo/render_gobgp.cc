// GoBGP's TOML. It has no words for originated prefixes or static routes.
#include "absl/strings/str_cat.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

void AppendNeighbor(const Topology& topology, const TopologyNeighbor& neighbor,
                    std::string* out) {
  absl::StrAppend(out, "\n[[neighbors]]\n  [neighbors.config]\n",
                  "    neighbor-address = \"", neighbor.address.ToString(),
                  "\"\n    peer-as = ", neighbor.remote_as,
                  "\n    description = \"", PeerName(topology, neighbor),
                  "\"\n");
  if (!neighbor.password.empty()) {
    absl::StrAppend(out, "    auth-password = \"", neighbor.password, "\"\n");
  }
  if (neighbor.passive || neighbor.update_source.valid()) {
    absl::StrAppend(out, "  [neighbors.transport.config]\n");
    if (neighbor.passive) absl::StrAppend(out, "    passive-mode = true\n");
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

}  // namespace

Texts Gobgp(const Topology& topology, const TopologyNode& node,
            Diagnostics* errors) {
  std::string out = absl::StrCat("# ", node.name, "\n");
  if (!node.routes.empty() || !node.default_gateways.empty()) {
    errors->AddLine(0, absl::StrCat("node ", node.name,
                                    ": gobgpd has no static routes; use "
                                    "another image"));
  }
  if (!node.bgp) return {{"gobgpd", out}};
  if (!node.bgp->networks.empty()) {
    errors->AddLine(
        0, absl::StrCat("node ", node.name,
                        ": gobgpd's configuration cannot originate prefixes; "
                        "leave out `network` (prefixes=0) or use another "
                        "image"));
  }
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
    AppendNeighbor(topology, neighbor, &out);
  }
  return {{"gobgpd", out}};
}

}  // namespace quiesce::render
