#include "topo/frr_commands.h"

#include "absl/strings/str_split.h"

namespace quiesce::frr {
namespace {

constexpr absl::string_view kNames[] = {
    "zebra", "ripd",    "ripngd", "ospfd",  "ospf6d", "bgpd",  "isisd",
    "pimd",  "ldpd",    "nhrpd",  "eigrpd", "babeld", "pbrd",  "staticd",
    "bfdd",  "fabricd", "vrrpd",  "pathd",  "pim6d",  "sharpd"};

enum : Daemons {
  kZebra = 1 << 0,
  kRip = 1 << 1,
  kRipng = 1 << 2,
  kOspf = 1 << 3,
  kOspf6 = 1 << 4,
  kBgp = 1 << 5,
  kIsis = 1 << 6,
  kPim = 1 << 7,
  kLdp = 1 << 8,
  kNhrp = 1 << 9,
  kEigrp = 1 << 10,
  kBabel = 1 << 11,
  kPbr = 1 << 12,
  kStatic = 1 << 13,
  kBfd = 1 << 14,
  kFabric = 1 << 15,
  kVrrp = 1 << 16,
  kPath = 1 << 17,
  kPim6 = 1 << 18,
  kSharp = 1 << 19,
  kAll = (1 << 20) - 1,
};

// Who shares what, in FRR 8.4.4.
constexpr Daemons kLists = kZebra | kRip | kRipng | kOspf | kOspf6 | kBgp |
                           kIsis | kPim | kLdp | kNhrp | kEigrp | kBabel |
                           kPbr | kBfd | kFabric | kVrrp | kPim6;
constexpr Daemons kMaps = kZebra | kRip | kRipng | kOspf | kOspf6 | kBgp |
                          kIsis | kPim | kEigrp | kFabric;
constexpr Daemons kVrfs = kZebra | kRip | kRipng | kOspf | kOspf6 | kIsis |
                          kPim | kNhrp | kEigrp | kBabel | kPbr | kStatic |
                          kFabric | kVrrp | kPim6;
constexpr Daemons kInterfaces = (kVrfs & ~kStatic) | kBgp;
constexpr Daemons kKeys = kRip | kOspf6 | kEigrp;
constexpr Daemons kAgentx = kZebra | kRip | kOspf | kOspf6 | kBgp | kIsis;
constexpr Daemons kPrefixDebug =
    kZebra | kRip | kOspf | kBgp | kIsis | kPim | kEigrp | kBabel | kFabric;

constexpr bool kMayBeInside = false;

constexpr Command kTop[] = {
    {"access-list", kLists},
    {"agentx", kAgentx},
    {"allow-external-route-update", kZebra},
    {"allow-reserved-ranges", kAll},
    {"banner", 0},
    {"bfd", kBfd, Context::kOwned, kMayBeInside},
    {"bgp", kBgp, Context::kTop, kMayBeInside},
    {"bgp as-path", kBgp},
    {"bgp community", kBgp},
    {"bgp community-list", kBgp},
    {"bgp extcommunity-list", kBgp},
    {"bgp large-community-list", kBgp},
    {"debug all", kBgp},
    {"debug babel", kBabel},
    {"debug bfd", kBfd},
    {"debug bgp", kBgp},
    {"debug eigrp", kEigrp},
    {"debug igmp", kPim},
    {"debug isis", kIsis},
    {"debug memstats-at-exit", kAll},
    {"debug mld", kPim6},
    {"debug mpls ldp", kLdp},
    {"debug mroute", kPim},
    {"debug mroute6", kPim6},
    {"debug msdp", kPim},
    {"debug mtrace", kPim},
    {"debug nhrp", kNhrp},
    {"debug northbound", kAll},
    {"debug openfabric", kFabric},
    {"debug ospf", kOspf},
    {"debug ospf6", kOspf6},
    {"debug pathd", kPath},
    {"debug pbr", kPbr},
    {"debug pim", kPim},
    {"debug pimv6", kPim6},
    {"debug prefix-list", kPrefixDebug},
    {"debug resolver", kBgp | kNhrp},
    {"debug rfapi-dev", kBgp},
    {"debug rip", kRip},
    {"debug ripng", kRipng},
    {"debug route-map", kMaps},
    {"debug rpki", kBgp},
    {"debug spf-delay-ietf", kIsis},
    {"debug ssmpingd", kPim},
    {"debug static", kStatic},
    {"debug vrf", kVrfs},
    {"debug vrrp", kVrrp},
    {"debug zebra", kZebra},
    {"domainname", 0},
    {"dump bgp", kBgp},
    {"enable password", kAll},
    {"evpn mh", kZebra},
    {"fpm", kZebra},
    {"frr", kAll},
    {"hostname", 0},
    {"interface", kInterfaces, Context::kInterface},
    {"ip forwarding", kZebra},
    {"ip igmp", kPim},
    {"ip import-table", kZebra},
    {"ip mroute", kStatic},
    {"ip msdp", kPim},
    {"ip multicast", kZebra},
    {"ip nht", kZebra},
    {"ip pim", kPim},
    {"ip prefix-list", kLists},
    {"ip protocol", kZebra},
    {"ip route", kStatic},
    {"ip router-id", kZebra},
    {"ip ssmpingd", kPim},
    {"ip table", kZebra},
    {"ipv6 access-list", kLists},
    {"ipv6 forwarding", kZebra},
    {"ipv6 mld", kPim6},
    {"ipv6 nht", kZebra},
    {"ipv6 pim", kPim6},
    {"ipv6 prefix-list", kLists},
    {"ipv6 protocol", kZebra},
    {"ipv6 route", kStatic},
    {"ipv6 router-id", kZebra},
    {"ipv6 ssmpingd", kPim6},
    {"key chain", kKeys, Context::kOwned},
    {"l2vpn", kLdp, Context::kOwned},
    {"line vty", kAll, Context::kOwned},
    {"log", kAll},
    {"mac access-list", kLists},
    {"mpls", kZebra, Context::kTop, kMayBeInside},
    {"mpls ldp", kLdp, Context::kOwned},
    {"nexthop-group", kPbr | kSharp, Context::kOwned},
    {"nhrp", kNhrp},
    {"password", kAll, Context::kTop, kMayBeInside},
    {"pbr", kZebra},
    {"pbr table", kPbr},
    {"pbr-map", kPbr, Context::kOwned},
    {"pseudowire", kZebra, Context::kOwned},
    {"route-map", kMaps, Context::kRouteMap},
    {"router babel", kBabel, Context::kOwned},
    {"router bgp", kBgp, Context::kOwned},
    {"router eigrp", kEigrp, Context::kOwned},
    {"router isis", kIsis, Context::kOwned},
    {"router openfabric", kFabric, Context::kOwned},
    {"router ospf", kOspf, Context::kOwned},
    {"router ospf6", kOspf6, Context::kOwned},
    {"router rip", kRip, Context::kOwned},
    {"router ripng", kRipng, Context::kOwned},
    {"router-id", kZebra, Context::kTop, kMayBeInside},
    {"rpki", kBgp, Context::kOwned},
    {"segment-routing", kZebra | kPath, Context::kSegmentRouting, kMayBeInside},
    {"service", kAll},
    {"service integrated-vtysh-config", 0},
    {"username", 0},
    {"vni", kZebra, Context::kTop, kMayBeInside},
    {"vrf", kVrfs, Context::kVrf},
    {"vrrp", kVrrp},
    {"zebra", kZebra},
};

constexpr Command kInterface[] = {
    {"babel", kBabel},
    {"bandwidth", kZebra},
    {"delay", kEigrp},
    {"description", kInterfaces},
    {"evpn mh", kZebra},
    {"ip address", kZebra},
    {"ip authentication", kEigrp},
    {"ip hello-interval", kEigrp},
    {"ip hold-time", kEigrp},
    {"ip igmp", kPim},
    {"ip irdp", kZebra},
    {"ip mroute", kPim},
    {"ip multicast", kPim},
    {"ip nhrp", kNhrp},
    {"ip ospf", kOspf},
    {"ip pim", kPim},
    {"ip rip", kRip},
    {"ip router isis", kIsis},
    {"ip router openfabric", kFabric},
    {"ip summary-address", kEigrp},
    {"ipv6 address", kZebra},
    {"ipv6 mld", kPim6},
    {"ipv6 mroute", kPim6},
    {"ipv6 multicast", kPim6},
    {"ipv6 nd", kZebra},
    {"ipv6 nhrp", kNhrp},
    {"ipv6 ospf6", kOspf6},
    {"ipv6 pim", kPim6},
    {"ipv6 ripng", kRipng},
    {"ipv6 router isis", kIsis},
    {"ipv6 router openfabric", kFabric},
    {"isis", kIsis},
    {"link-detect", kZebra},
    {"link-params", kZebra, Context::kOwned},
    {"mpls", kZebra},
    {"mpls bgp", kBgp},
    {"multicast", kZebra},
    {"openfabric", kFabric},
    {"ospf", kOspf},
    {"pbr-policy", kPbr},
    {"ptm-enable", kZebra},
    {"shutdown", kZebra},
    {"tunnel", kNhrp},
    {"vrrp", kVrrp},
};

constexpr Command kVrf[] = {
    {"ip igmp", kPim},          {"ip mroute", kStatic},
    {"ip msdp", kPim},          {"ip nht", kZebra},
    {"ip pim", kPim},           {"ip protocol", kZebra},
    {"ip route", kStatic},      {"ip router-id", kZebra},
    {"ip ssmpingd", kPim},      {"ipv6 mld", kPim6},
    {"ipv6 nht", kZebra},       {"ipv6 pim", kPim6},
    {"ipv6 protocol", kZebra},  {"ipv6 route", kStatic},
    {"ipv6 router-id", kZebra}, {"netns", kZebra},
    {"router-id", kZebra},      {"vni", kZebra},
};

// In a route-map, what not all daemons with route-maps know.
constexpr Command kRouteMap[] = {
    {"call", kMaps},
    {"continue", kMaps},
    {"description", kMaps},
    {"match", kMaps},
    {"match alias", kBgp},
    {"match as-path", kBgp},
    {"match community", kBgp},
    {"match evpn", kBgp},
    {"match extcommunity", kBgp},
    {"match ip address prefix-len", kZebra},
    {"match ip next-hop address", kBgp},
    {"match ip next-hop prefix-len", kZebra},
    {"match ip route-source", kBgp},
    {"match ipv6 address prefix-len", kZebra},
    {"match ipv6 next-hop", kBgp},
    {"match ipv6 next-hop type", kMaps},
    {"match large-community", kBgp},
    {"match local-preference", kBgp},
    {"match mac", kBgp},
    {"match origin", kBgp},
    {"match peer", kBgp},
    {"match probability", kBgp},
    {"match rpki", kBgp},
    {"match rpki-extcommunity", kBgp},
    {"match source-instance", kZebra},
    {"match source-protocol", kZebra},
    {"match source-vrf", kBgp},
    {"on-match", kMaps},
    {"set", kMaps},
    {"set aggregator", kBgp},
    {"set as-path", kBgp},
    {"set atomic-aggregate", kBgp},
    {"set comm-list", kBgp},
    {"set community", kBgp},
    {"set distance", kBgp},
    {"set evpn", kBgp},
    {"set extcommunity", kBgp},
    {"set forwarding-address", kOspf6},
    {"set ip next-hop peer-address", kBgp},
    {"set ip next-hop unchanged", kBgp},
    {"set ipv4", kBgp},
    {"set ipv6 next-hop global", kBgp},
    {"set ipv6 next-hop peer-address", kBgp},
    {"set ipv6 next-hop prefer-global", kBgp},
    {"set ipv6 vpn", kBgp},
    {"set l3vpn", kBgp},
    {"set label-index", kBgp},
    {"set large-comm-list", kBgp},
    {"set large-community", kBgp},
    {"set local-preference", kBgp},
    {"set metric-type", kOspf | kOspf6},
    {"set origin", kBgp},
    {"set originator-id", kBgp},
    {"set src", kZebra},
    {"set table", kBgp},
    {"set weight", kBgp},
};

constexpr Command kSegmentRouting[] = {
    {"srv6", kZebra, Context::kOwned},
    {"traffic-eng", kPath, Context::kOwned},
};

absl::Span<const Command> Commands(Context context) {
  switch (context) {
    case Context::kTop:
      return kTop;
    case Context::kInterface:
      return kInterface;
    case Context::kVrf:
      return kVrf;
    case Context::kRouteMap:
      return kRouteMap;
    case Context::kSegmentRouting:
      return kSegmentRouting;
    case Context::kOwned:
      break;
  }
  return {};
}

// How many words of the command the line has; 0 if it differs in one.
size_t Match(const Command& command,
             absl::Span<const absl::string_view> words) {
  size_t count = 0;
  for (absl::string_view word : absl::StrSplit(command.words, ' ')) {
    if (count == words.size() || words[count] != word) return 0;
    ++count;
  }
  return count;
}

}  // namespace

Daemons DaemonBit(absl::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return Daemons{1} << i;
  }
  return 0;
}

std::vector<std::string> DaemonNames(Daemons daemons) {
  std::vector<std::string> result;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (daemons >> i & 1) result.emplace_back(kNames[i]);
  }
  return result;
}

const Command* FindCommand(Context context,
                           absl::Span<const absl::string_view> words) {
  const Command* best = nullptr;
  size_t longest = 0;
  for (const Command& command : Commands(context)) {
    const size_t length = Match(command, words);
    if (length <= longest) continue;
    longest = length;
    best = &command;
  }
  return best;
}

}  // namespace quiesce::frr
