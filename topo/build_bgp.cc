// BGP: what each node originates and whom it speaks with.
#include <set>

#include "absl/strings/str_cat.h"
#include "topo/address_plan.h"
#include "topo/build_parts.h"

namespace quiesce::build {
namespace {

constexpr uint32_t kDefaultMultipath = 64;
constexpr uint32_t kMaxMultipath = 64;  // of Debian's FRR
constexpr uint32_t kMaxHops = 255;
constexpr size_t kMaxPassword = 80;  // TCP_MD5SIG_MAXKEYLEN

class BgpBuilder {
 public:
  BgpBuilder(Work* work, int index)
      : work_(*work),
        errors_(work->errors),
        words_(work->words.node(index).bgp()),
        node_(work->parts.nodes[index]),
        place_(NodePlace(*work, index).Inside("bgp", -1, "bgp")) {}

  void Run() {
    bgp_.asn = words_.asn();
    if (bgp_.asn == 0) {
      errors_.Add(place_, "has no AS number; write asn: 65001");
    }
    bgp_.compare_routerid = words_.has_compare_routerid()
                                ? words_.compare_routerid()
                                : work_.words.options().compare_routerid();
    bgp_.multipath =
        words_.multipath() == 0 ? kDefaultMultipath : words_.multipath();
    if (bgp_.multipath > kMaxMultipath) {
      errors_.Add(place_.At("multipath"),
                  absl::StrCat("multipath is at most ", kMaxMultipath));
    }
    RouterId();
    for (int i = 0; i < words_.network_size(); ++i) Network(i);
    for (int i = 0; i < words_.neighbor_size(); ++i) Neighbor(i);
    node_.bgp = std::move(bgp_);
  }

 private:
  void RouterId() {
    bgp_.router_id = AddressPlan::RouterId(node_.index);
    for (const IpPrefix& own : node_.interfaces[0].addresses) {
      if (!own.address.v4()) continue;
      bgp_.router_id = own.address;
      break;
    }
    if (words_.router_id().empty()) return;
    const auto id = IpAddress::Parse(words_.router_id());
    if (!id.ok() || !id->v4() || id->is_any()) {
      errors_.Add(place_.At("router_id"),
                  absl::StrCat("'", words_.router_id(),
                               "' is not a router id such as 192.168.0.1"));
      return;
    }
    bgp_.router_id = *id;
  }

  void Network(int i) {
    const std::string& text = words_.network(i);
    const Place place = place_.At("network", i);
    const auto prefix = IpPrefix::Parse(text);
    if (!prefix.ok() || text.find('/') == std::string::npos) {
      errors_.Add(place, absl::StrCat("network '", text,
                                      "' is not a prefix such as 10.0.0.0/24"));
      return;
    }
    if (prefix->Network() != *prefix) {
      errors_.Add(place,
                  absl::StrCat("network ", text, " has host bits set; write ",
                               prefix->Network().ToString()));
      return;
    }
    for (const IpPrefix& other : bgp_.networks) {
      if (other != *prefix) continue;
      errors_.Add(place, absl::StrCat("network ", text, " is listed twice"));
      return;
    }
    bgp_.networks.push_back(*prefix);
  }

  void Neighbor(int i) {
    const proto::Neighbor& words = words_.neighbor(i);
    const Place place = place_.Inside(
        "neighbor", i,
        absl::StrCat("neighbor ", !words.address().empty() ? words.address()
                                  : words.peer().empty()   ? "?"
                                                           : words.peer()));
    const int mistakes = errors_.size();
    TopologyNeighbor neighbor;
    if (!words.peer().empty()) {
      const auto peer = work_.parts.node_by_name.find(words.peer());
      if (peer == work_.parts.node_by_name.end()) {
        errors_.Add(place.At("peer"),
                    absl::StrCat("there is no node '", words.peer(), "'"));
      } else {
        neighbor.peer = peer->second;
      }
    }
    Options(words, place, &neighbor);
    if (!words.address().empty()) {
      const auto address = IpAddress::Parse(words.address());
      if (!address.ok()) {
        errors_.Add(place.At("address"),
                    absl::StrCat("'", words.address(), "' is no address"));
        return;
      }
      neighbor.address = *address;
      Owner(words, place, &neighbor);
    } else if (words.peer().empty()) {
      errors_.Add(place, "needs an address or a peer");
    }
    if (neighbor.remote_as == 0 && neighbor.peer >= 0) {
      neighbor.remote_as = work_.words.node(neighbor.peer).bgp().asn();
    }
    if (neighbor.remote_as == 0 && errors_.size() == mistakes) {
      errors_.Add(place, "has no remote_as, and no peer with an AS gives it");
    }
    if (errors_.size() != mistakes) return;
    if (neighbor.address.valid()) {
      Keep(place, neighbor);
    } else {
      ForEachFamily(place, neighbor);
    }
  }

  void Options(const proto::Neighbor& words, const Place& place,
               TopologyNeighbor* to) {
    to->remote_as = words.remote_as();
    to->ebgp_multihop = words.ebgp_multihop();
    to->ttl_security_hops = words.ttl_security_hops();
    to->password = words.password();
    to->passive = words.passive();
    to->next_hop_self = words.next_hop_self();
    to->route_reflector_client = words.route_reflector_client();
    to->hold_time = words.hold_time();
    to->keepalive = words.keepalive();
    to->connect_retry = words.connect_retry();
    if (to->ebgp_multihop > kMaxHops) {
      errors_.Add(place.At("ebgp_multihop"), "at most 255 hops");
    }
    if (to->ttl_security_hops >= kMaxHops) {
      errors_.Add(place.At("ttl_security_hops"), "at most 254 hops");
    }
    if (to->ebgp_multihop > 1 && to->ttl_security_hops > 0) {
      errors_.Add(place.At("ttl_security_hops"),
                  "ttl_security_hops and ebgp_multihop exclude each other");
    }
    if (to->password.size() > kMaxPassword ||
        to->password.find_first_of(" \t\r\n\"") != std::string::npos) {
      errors_.Add(place.At("password"),
                  "a password has at most 80 characters and no spaces or "
                  "double quotes");
    }
    if (to->hold_time > 65535 || to->hold_time == 1 || to->hold_time == 2) {
      errors_.Add(place.At("hold_time"), "hold_time is 3 to 65535 (RFC 4271)");
    }
    if (to->keepalive > 65535 || (to->keepalive > 0 && to->hold_time == 0)) {
      errors_.Add(place.At("keepalive"),
                  "keepalive is at most 65535 and needs a hold_time");
    }
    if (to->connect_retry > 65535) {
      errors_.Add(place.At("connect_retry"), "connect_retry is at most 65535");
    }
    if (words.update_source().empty()) return;
    const auto source = IpAddress::Parse(words.update_source());
    if (!source.ok() || !node_.OwnsAddress(*source)) {
      errors_.Add(place.At("update_source"),
                  absl::StrCat("'", words.update_source(),
                               "' is no address of this node"));
      return;
    }
    to->update_source = *source;
  }

  // Whose address it is, and whether it can be the peer that was named.
  void Owner(const proto::Neighbor& words, const Place& place,
             TopologyNeighbor* neighbor) {
    const IpAddress& address = neighbor->address;
    const auto owner = work_.parts.owner_by_address.find(address);
    const int node =
        owner == work_.parts.owner_by_address.end() ? -1 : owner->second;
    if (node == node_.index) {
      errors_.Add(place.At("address"), "is an address of this node itself");
    } else if (neighbor->peer >= 0 && node >= 0 && node != neighbor->peer) {
      errors_.Add(place.At("address"),
                  absl::StrCat("belongs to ", work_.parts.nodes[node].name,
                               ", not to ", words.peer()));
    }
    if (neighbor->peer < 0) neighbor->peer = node;
    if (neighbor->update_source.valid() &&
        neighbor->update_source.family() != address.family()) {
      errors_.Add(place.At("update_source"),
                  "is of another family than the neighbour's address");
    }
    const uint32_t as = words.remote_as() != 0 || neighbor->peer < 0
                            ? words.remote_as()
                            : work_.words.node(neighbor->peer).bgp().asn();
    const bool ebgp = as != bgp_.asn;
    if (ebgp && words.ebgp_multihop() <= 1 && !OnSubnet(address) &&
        words.ttl_security_hops() <= 1) {
      errors_.Add(place.At("address"),
                  "is in no subnet of this node's links; correct it, or give "
                  "ebgp_multihop");
    }
  }

  bool OnSubnet(const IpAddress& address) const {
    if (address.is_link_local()) return true;
    for (const TopologyInterface& interface : node_.interfaces) {
      if (interface.ifindex == 1) continue;
      for (const IpPrefix& own : interface.addresses) {
        if (own.Contains(address)) return true;
      }
    }
    return false;
  }

  // A neighbour named by its node: the one link between the two says the rest.
  void ForEachFamily(const Place& place, const TopologyNeighbor& neighbor) {
    const TopologyInterface* mine = nullptr;
    const TopologyInterface* theirs = nullptr;
    for (const TopologyInterface& interface : node_.interfaces) {
      if (interface.link < 0) continue;
      for (const TopologyEnd& far :
           work_.parts.links[interface.link].Others(node_.index)) {
        if (far.node != neighbor.peer) continue;
        if (mine != nullptr) {
          errors_.Add(place, "several links lead there; give the address");
          return;
        }
        mine = &interface;
        theirs = &work_.parts.nodes[far.node].interfaces[far.interface];
      }
    }
    if (mine == nullptr) {
      errors_.Add(place, "no link leads there; give the address");
      return;
    }
    bool any = false;
    for (const IpPrefix& remote : theirs->addresses) {
      bool joined = false;
      for (const IpPrefix& own : mine->addresses) {
        joined |= own.Contains(remote.address);
      }
      if (!joined || remote.address.is_link_local()) continue;
      if (any && remote.address.family() == last_family_) continue;
      TopologyNeighbor session = neighbor;
      session.address = remote.address;
      last_family_ = remote.address.family();
      any = true;
      Keep(place, session);
    }
    if (!any) {
      errors_.Add(place,
                  "the ends of the link to it share no subnet; give both an "
                  "address, or give the neighbour's address here");
    }
  }

  void Keep(const Place& place, const TopologyNeighbor& neighbor) {
    if (!addresses_.insert(neighbor.address).second) {
      errors_.Add(place, absl::StrCat("neighbour ", neighbor.address.ToString(),
                                      " is configured twice"));
      return;
    }
    bgp_.neighbors.push_back(neighbor);
  }

  Work& work_;
  Diagnostics& errors_;
  const proto::Bgp& words_;
  TopologyNode& node_;
  Place place_;
  TopologyBgp bgp_;
  std::set<IpAddress> addresses_;
  int last_family_ = 0;
};

}  // namespace

void AddBgp(Work* work) {
  for (int i = 0; i < work->words.node_size(); ++i) {
    if (work->words.node(i).has_bgp()) BgpBuilder(work, i).Run();
  }
}

}  // namespace quiesce::build
