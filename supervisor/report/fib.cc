#include "supervisor/report/fib.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "supervisor/report/text.h"

namespace quiesce {
namespace {

bool Exported(RouteType type) {
  return type != RouteType::kLocal && type != RouteType::kBroadcast &&
         type != RouteType::kMulticast;
}

bool Drops(RouteType type) {
  return type == RouteType::kBlackhole || type == RouteType::kUnreachable ||
         type == RouteType::kProhibit || type == RouteType::kThrow;
}

struct Row {
  const std::string& node;
  const std::string& vrf;
  std::string network;
  std::string next_hop;
  absl::string_view interface;
  std::string protocol;
  uint32_t metric;
};

template <typename Emit>
size_t ForEachRow(absl::Span<const NodeFib* const> nodes, Emit emit) {
  std::vector<const NodeFib*> sorted(nodes.begin(), nodes.end());
  std::sort(
      sorted.begin(), sorted.end(),
      [](const NodeFib* a, const NodeFib* b) { return a->node() < b->node(); });
  size_t rows = 0;
  for (const NodeFib* fib : sorted) {
    for (const NodeFib::Route& route : fib->routes()) {
      if (!Exported(route.type)) continue;
      Row row{fib->node(),
              fib->vrf_name(route.vrf),
              route.network.ToString(),
              "",
              "",
              ProtocolName(route.protocol, route.type),
              route.metric};
      if (Drops(route.type)) {
        row.next_hop = "discard";
        row.interface = "null_interface";
        emit(row);
        ++rows;
        continue;
      }
      for (const NextHop& hop : fib->next_hops(route.next_hops)) {
        row.next_hop = hop.gateway.valid() ? hop.gateway.ToString() : "";
        row.interface = hop.interface;
        emit(row);
        ++rows;
      }
    }
  }
  return rows;
}

constexpr size_t kFlush = 1 << 16;

}  // namespace

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
    rows += Drops(route.type) ? 1 : sets_[route.next_hops].size();
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
  std::string text =
      "Node,VRF,Network,Next_Hop,Next_Hop_Interface,Protocol,Metric\n";
  size_t rows = ForEachRow(nodes, [&](const Row& row) {
    absl::StrAppend(&text, CsvField(row.node), ",", CsvField(row.vrf), ",",
                    row.network, ",", row.next_hop, ",",
                    CsvField(row.interface), ",");
    absl::StrAppend(&text, row.protocol, ",", row.metric, "\n");
    if (text.size() > kFlush) {
      sink(text);
      text.clear();
    }
  });
  if (!text.empty()) sink(text);
  return rows;
}

size_t WriteFibJsonl(absl::Span<const NodeFib* const> nodes,
                     const TextSink& sink) {
  std::string text;
  size_t rows = ForEachRow(nodes, [&](const Row& row) {
    absl::StrAppend(&text, "{\"Node\":", JsonString(row.node),
                    ",\"VRF\":", JsonString(row.vrf), ",\"Network\":\"",
                    row.network, "\",\"Next_Hop\":\"", row.next_hop);
    absl::StrAppend(
        &text, "\",\"Next_Hop_Interface\":", JsonString(row.interface),
        ",\"Protocol\":\"", row.protocol, "\",\"Metric\":", row.metric, "}\n");
    if (text.size() > kFlush) {
      sink(text);
      text.clear();
    }
  });
  if (!text.empty()) sink(text);
  return rows;
}

}  // namespace quiesce
