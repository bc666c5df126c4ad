#include "supervisor/report/fib.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

// A row is three pieces: one for the route, one for the next hop, one for the
// route again. A big table has tens of millions of rows but few next-hop sets
// a node, so the middle piece is made once per set.
struct RowFormat {
  std::string (*head)(absl::string_view node, absl::string_view vrf,
                      absl::string_view network);
  std::string (*hop)(absl::string_view next_hop, absl::string_view interface);
  std::string (*tail)(absl::string_view protocol, uint32_t metric);
};

constexpr RowFormat kCsv = {
    [](absl::string_view node, absl::string_view vrf,
       absl::string_view network) {
      return absl::StrCat(CsvField(node), ",", CsvField(vrf), ",", network,
                          ",");
    },
    [](absl::string_view next_hop, absl::string_view interface) {
      return absl::StrCat(next_hop, ",", CsvField(interface), ",");
    },
    [](absl::string_view protocol, uint32_t metric) {
      return absl::StrCat(protocol, ",", metric, "\n");
    }};

constexpr RowFormat kJsonl = {
    [](absl::string_view node, absl::string_view vrf,
       absl::string_view network) {
      return absl::StrCat("{\"Node\":", JsonString(node),
                          ",\"VRF\":", JsonString(vrf), ",\"Network\":\"",
                          network, "\",\"Next_Hop\":\"");
    },
    [](absl::string_view next_hop, absl::string_view interface) {
      return absl::StrCat(next_hop,
                          "\",\"Next_Hop_Interface\":", JsonString(interface),
                          ",\"Protocol\":\"");
    },
    [](absl::string_view protocol, uint32_t metric) {
      return absl::StrCat(protocol, "\",\"Metric\":", metric, "}\n");
    }};

constexpr size_t kFlush = 1 << 16;

size_t WriteRows(absl::Span<const NodeFib* const> nodes,
                 const RowFormat& format, std::string text,
                 const TextSink& sink) {
  std::vector<const NodeFib*> sorted(nodes.begin(), nodes.end());
  std::sort(
      sorted.begin(), sorted.end(),
      [](const NodeFib* a, const NodeFib* b) { return a->node() < b->node(); });
  size_t rows = 0;
  const std::vector<std::string> discard = {
      format.hop("discard", "null_interface")};
  for (const NodeFib* fib : sorted) {
    std::vector<std::vector<std::string>> sets(fib->set_count());
    for (size_t i = 0; i < sets.size(); ++i) {
      for (const NextHop& hop : fib->next_hops(i)) {
        sets[i].push_back(format.hop(
            hop.gateway.valid() ? hop.gateway.ToString() : "", hop.interface));
      }
    }
    for (const NodeFib::Route& route : fib->routes()) {
      if (!Exported(route.type)) continue;
      const std::string head = format.head(
          fib->node(), fib->vrf_name(route.vrf), route.network.ToString());
      const std::string tail =
          format.tail(ProtocolName(route.protocol, route.type), route.metric);
      for (const std::string& hop :
           IsDiscard(route.type) ? discard : sets[route.next_hops]) {
        text.append(head).append(hop).append(tail);
        ++rows;
      }
      if (text.size() > kFlush) {
        sink(text);
        text.clear();
      }
    }
  }
  if (!text.empty()) sink(text);
  return rows;
}

}  // namespace

bool Exported(RouteType type) {
  return type != RouteType::kLocal && type != RouteType::kBroadcast &&
         type != RouteType::kMulticast;
}

bool IsDiscard(RouteType type) {
  return type == RouteType::kBlackhole || type == RouteType::kUnreachable ||
         type == RouteType::kProhibit || type == RouteType::kThrow;
}

std::string ProtocolName(uint8_t protocol, RouteType type) {
  switch (protocol) {
    case RTPROT_KERNEL:
      return type == RouteType::kLocal || type == RouteType::kBroadcast
                 ? "local"
                 : "connected";
    case RTPROT_REDIRECT:
      return "redirect";
    case RTPROT_BOOT:
    case RTPROT_STATIC:
    case 196:  // FRR rt_netlink.h RTPROT_ZSTATIC
      return "static";
    case RTPROT_RA:
      return "ra";
    case RTPROT_ZEBRA:
      return "zebra";
    case RTPROT_BIRD:
      return "bird";
    case RTPROT_DHCP:
      return "dhcp";
    case RTPROT_MROUTED:
      return "mrouted";
    case RTPROT_KEEPALIVED:
      return "keepalived";
    case RTPROT_BABEL:
      return "babel";
    case RTPROT_OPENR:
      return "openr";
    case RTPROT_BGP:
      return "bgp";
    case RTPROT_ISIS:
      return "isis";
    case RTPROT_OSPF:
      return "ospf";
    case RTPROT_RIP:
      return "rip";
    case RTPROT_EIGRP:
      return "eigrp";
    case 190:
      return "ripng";
    case 197:
      return "openfabric";
    case 191:
      return "nhrp";
    case 193:
      return "ldp";
    case 194:
      return "sharp";
    case 195:
      return "pbr";
    default:
      return absl::StrCat(protocol);
  }
}

std::optional<RouteType> RouteTypeOf(uint8_t rtm_type) {
  switch (rtm_type) {
    case RTN_UNICAST:
      return RouteType::kUnicast;
    case RTN_LOCAL:
      return RouteType::kLocal;
    case RTN_BROADCAST:
    case RTN_ANYCAST:
      return RouteType::kBroadcast;
    case RTN_MULTICAST:
      return RouteType::kMulticast;
    case RTN_BLACKHOLE:
      return RouteType::kBlackhole;
    case RTN_UNREACHABLE:
      return RouteType::kUnreachable;
    case RTN_PROHIBIT:
      return RouteType::kProhibit;
    case RTN_THROW:
      return RouteType::kThrow;
    default:
      return std::nullopt;
  }
}

absl::string_view RouteTypeName(RouteType type) {
  switch (type) {
    case RouteType::kUnicast:
      return "unicast";
    case RouteType::kLocal:
      return "local";
    case RouteType::kBroadcast:
      return "broadcast";
    case RouteType::kMulticast:
      return "multicast";
    case RouteType::kBlackhole:
      return "blackhole";
    case RouteType::kUnreachable:
      return "unreachable";
    case RouteType::kProhibit:
      return "prohibit";
    case RouteType::kThrow:
      return "throw";
  }
  return "unknown";
}

void NodeFib::Add(const FibEntry& entry) {
  std::vector<NextHop> hops = entry.next_hops;
  std::sort(hops.begin(), hops.end());
  auto [set, fresh] = set_index_.try_emplace(hops, sets_.size());
  if (fresh) sets_.push_back(std::move(hops));
  auto vrf = std::find(vrfs_.begin(), vrfs_.end(), entry.vrf);
  if (vrf == vrfs_.end()) vrf = vrfs_.insert(vrfs_.end(), entry.vrf);
  routes_.push_back({entry.network.Network(), set->second, entry.metric,
                     static_cast<uint16_t>(vrf - vrfs_.begin()), entry.protocol,
                     entry.type});
}

void NodeFib::AddAddress(std::string interface, const IpPrefix& address) {
  addresses_.push_back({std::move(interface), address});
}

size_t NodeFib::exported_routes() const {
  return std::count_if(routes_.begin(), routes_.end(),
                       [](const Route& r) { return Exported(r.type); });
}

size_t NodeFib::exported_rows() const {
  size_t rows = 0;
  for (const Route& route : routes_) {
    if (!Exported(route.type)) continue;
    rows += IsDiscard(route.type) ? 1 : sets_[route.next_hops].size();
  }
  return rows;
}

void NodeFib::Finish() {
  set_index_.clear();
  auto key = [this](const Route& r) {
    return std::tuple<const std::string&, const IpPrefix&, uint32_t, uint8_t,
                      RouteType, const std::vector<NextHop>&>(
        vrfs_[r.vrf], r.network, r.metric, r.protocol, r.type,
        sets_[r.next_hops]);
  };
  // Changing this order changes every golden file.
  std::sort(routes_.begin(), routes_.end(),
            [&key](const Route& a, const Route& b) { return key(a) < key(b); });
  std::sort(addresses_.begin(), addresses_.end(),
            [](const Address& a, const Address& b) {
              return std::tie(a.interface, a.address) <
                     std::tie(b.interface, b.address);
            });
}

size_t WriteFibCsv(absl::Span<const NodeFib* const> nodes,
                   const TextSink& sink) {
  return WriteRows(
      nodes, kCsv,
      "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric\n", sink);
}

size_t WriteFibJsonl(absl::Span<const NodeFib* const> nodes,
                     const TextSink& sink) {
  return WriteRows(nodes, kJsonl, "", sink);
}

}  // namespace quiesce
