// FRR's language, a file for each daemon. Interface addresses are on the links
// already and are not repeated.
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

void AppendNeighbor(const Topology& topology, const TopologyNeighbor& neighbor,
                    std::string* out) {
  const std::string line =
      absl::StrCat(" neighbor ", neighbor.address.ToString(), " ");
  absl::StrAppend(out, line, "remote-as ", neighbor.remote_as, "\n");
  absl::StrAppend(out, line, "description ", PeerName(topology, neighbor),
                  "\n");
  if (neighbor.update_source.valid()) {
    absl::StrAppend(out, line, "update-source ",
                    neighbor.update_source.ToString(), "\n");
  }
  if (neighbor.ebgp_multihop > 1) {
    absl::StrAppend(out, line, "ebgp-multihop ", neighbor.ebgp_multihop, "\n");
  }
  if (neighbor.ttl_security_hops > 0) {
    absl::StrAppend(out, line, "ttl-security hops ", neighbor.ttl_security_hops,
                    "\n");
  }
  if (!neighbor.password.empty()) {
    absl::StrAppend(out, line, "password ", neighbor.password, "\n");
  }
  if (neighbor.passive) absl::StrAppend(out, line, "passive\n");
  if (neighbor.hold_time > 0) {
    const uint32_t keepalive =
        neighbor.keepalive > 0 ? neighbor.keepalive : neighbor.hold_time / 3;
    absl::StrAppend(out, line, "timers ", keepalive, " ", neighbor.hold_time,
                    "\n");
  }
  if (neighbor.connect_retry > 0) {
    absl::StrAppend(out, line, "timers connect ", neighbor.connect_retry, "\n");
  }
}

// Nothing for a family that the node does not use.
void AppendFamily(const TopologyBgp& bgp, int family, std::string* out) {
  std::string body;
  bool ibgp = false;
  for (const IpPrefix& network : bgp.networks) {
    if (network.address.family() != family) continue;
    absl::StrAppend(&body, "  network ", network.ToString(), "\n");
  }
  for (const TopologyNeighbor& neighbor : bgp.neighbors) {
    if (neighbor.address.family() != family) continue;
    const std::string line =
        absl::StrCat("  neighbor ", neighbor.address.ToString(), " ");
    absl::StrAppend(&body, line, "activate\n");
    ibgp |= neighbor.remote_as == bgp.asn;
    if (neighbor.next_hop_self) absl::StrAppend(&body, line, "next-hop-self\n");
    if (neighbor.route_reflector_client) {
      absl::StrAppend(&body, line, "route-reflector-client\n");
    }
  }
  if (body.empty()) return;
  absl::StrAppend(out, " !\n address-family ",
                  family == AF_INET ? "ipv4" : "ipv6", " unicast\n", body,
                  "  maximum-paths ", bgp.multipath, "\n");
  if (ibgp) {
    absl::StrAppend(out, "  maximum-paths ibgp ", bgp.multipath, "\n");
  }
  absl::StrAppend(out, " exit-address-family\n");
}

std::string Bgpd(const Topology& topology, const TopologyNode& node) {
  std::string out;
  if (!node.bgp) return out;
  const TopologyBgp& bgp = *node.bgp;
  absl::StrAppend(&out, "router bgp ", bgp.asn, "\n bgp router-id ",
                  bgp.router_id.ToString(),
                  "\n no bgp ebgp-requires-policy\n"
                  " no bgp network import-check\n"
                  " no bgp default ipv4-unicast\n"
                  " bgp bestpath as-path multipath-relax\n");
  if (bgp.compare_routerid) {
    absl::StrAppend(&out, " bgp bestpath compare-routerid\n");
  }
  for (const TopologyNeighbor& neighbor : bgp.neighbors) {
    AppendNeighbor(topology, neighbor, &out);
  }
  AppendFamily(bgp, AF_INET, &out);
  AppendFamily(bgp, AF_INET6, &out);
  absl::StrAppend(&out, "exit\n");
  return out;
}

std::string Staticd(const TopologyNode& node) {
  std::string out;
  for (const TopologyRoute& route : node.routes) {
    absl::StrAppend(&out, route.prefix.address.v4() ? "ip" : "ipv6", " route ",
                    route.prefix.ToString(), " ");
    switch (route.kind) {
      case TopologyRoute::Kind::kVia:
        absl::StrAppend(&out, route.via.ToString(), "\n");
        break;
      case TopologyRoute::Kind::kInterface:
        absl::StrAppend(&out, route.interface, "\n");
        break;
      case TopologyRoute::Kind::kBlackhole:
        absl::StrAppend(&out, "blackhole\n");
        break;
    }
  }
  for (const IpAddress& gateway : node.default_gateways) {
    absl::StrAppend(&out,
                    gateway.v4() ? "ip route 0.0.0.0/0 " : "ipv6 route ::/0 ",
                    gateway.ToString(), "\n");
  }
  return out;
}

}  // namespace

Texts Frr(const Topology& topology, const TopologyNode& node, Diagnostics*) {
  const std::string head = absl::StrCat("! ", node.name, "\n!\n");
  return {{"zebra", head},
          {"bgpd", head + Bgpd(topology, node)},
          {"staticd", head + Staticd(node)},
          // `write` in vtysh goes to the daemons' own files.
          {"vtysh", "no service integrated-vtysh-config\n"}};
}

}  // namespace quiesce::render
