// OpenBGPD's language (bgpd.conf(5)). The portable version of it has no way to
// Linux's routes: it keeps a RIB and installs nothing. Static routes are put
// into the kernel for it.
#include "absl/strings/str_cat.h"
#include "topo/render_text.h"

namespace quiesce::render {
namespace {

class Config {
 public:
  Config(const Topology& topology, const TopologyNode& node,
         Diagnostics* errors)
      : topology_(topology), node_(node), errors_(errors) {}

  std::string Run() {
    absl::StrAppend(&out_, "# ", node_.name, "\n");
    const TopologyBgp& bgp = *node_.bgp;
    absl::StrAppend(&out_, "AS ", bgp.asn, "\nrouter-id ",
                    bgp.router_id.ToString(), "\nfib-update no\n");
    for (const IpPrefix& network : bgp.networks) {
      absl::StrAppend(&out_, "network ", network.ToString(), "\n");
    }
    for (const TopologyNeighbor& neighbor : bgp.neighbors) Session(neighbor);
    // Without these everything is denied (RFC 8212).
    absl::StrAppend(&out_, "allow from any\nallow to any\n");
    return std::move(out_);
  }

 private:
  void Session(const TopologyNeighbor& neighbor) {
    absl::StrAppend(&out_, "neighbor ", neighbor.address.ToString(), " {\n");
    Line(absl::StrCat("remote-as ", neighbor.remote_as));
    Line(absl::StrCat("descr \"", PeerName(topology_, neighbor), "\""));
    if (neighbor.update_source.valid()) {
      Line(absl::StrCat("local-address ", neighbor.update_source.ToString()));
    }
    if (neighbor.ebgp_multihop > 1) {
      Line(absl::StrCat("multihop ", neighbor.ebgp_multihop));
    }
    if (neighbor.ttl_security_hops > 1) {
      Unsaid("ttl_security_hops beyond 1");
    } else if (neighbor.ttl_security_hops == 1) {
      Line("ttl-security yes");
    }
    if (!neighbor.password.empty()) {
      Line(absl::StrCat("tcp md5sig password \"", neighbor.password, "\""));
    }
    if (neighbor.passive || WaitsFor(topology_, node_, neighbor)) {
      Line("passive");
    }
    if (neighbor.next_hop_self) Line("set nexthop self");
    if (neighbor.route_reflector_client) Line("route-reflector");
    if (neighbor.hold_time > 0) {
      Line(absl::StrCat("holdtime ", neighbor.hold_time));
    }
    if (neighbor.keepalive > 0) Unsaid("keepalive");
    if (neighbor.connect_retry > 0) Unsaid("connect_retry");
    absl::StrAppend(&out_, "}\n");
  }

  void Line(absl::string_view text) {
    absl::StrAppend(&out_, "  ", text, "\n");
  }

  void Unsaid(absl::string_view what) {
    errors_->AddLine(
        0, absl::StrCat("node ", node_.name, ": OpenBGPD has no word for a ",
                        "neighbor's ", what, "; use another image"));
  }

  const Topology& topology_;
  const TopologyNode& node_;
  Diagnostics* errors_;
  std::string out_;
};

}  // namespace

Texts Openbgpd(const Topology& topology, const TopologyNode& node,
               Diagnostics* errors) {
  if (!node.bgp) {
    errors->AddLine(
        0, absl::StrCat("node ", node.name,
                        ": OpenBGPD wants an AS: add bgp { asn: ... } or use "
                        "another image"));
    return {};
  }
  return {{"bgpd", Config(topology, node, errors).Run()}};
}

}  // namespace quiesce::render
