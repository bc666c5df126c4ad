#include "notifier/procfs/proc_net.h"

#include <linux/ipv6_route.h>
#include <linux/route.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace quiesce {
namespace {

// As "%pi6" prints it.
std::string Hex(const IpAddress& address) {
  std::string text;
  for (int i = 0; i < 16; ++i) {
    absl::StrAppendFormat(&text, "%02x", address.v6() ? address.bytes()[i] : 0);
  }
  return text;
}

// The address as the number it is on the wire, which is how route shows it.
uint32_t Raw(const IpAddress& address) {
  uint32_t raw = 0;
  if (address.v4()) std::memcpy(&raw, address.bytes(), sizeof(raw));
  return raw;
}

std::string LinkName(const Stack& stack, int ifindex) {
  const Link* link = stack.FindLink(ifindex);
  return link == nullptr ? "*" : link->name;
}

// net/core/net-procfs.c:dev_seq_printf_stats
std::string Dev(const Stack& stack) {
  std::string text =
      "Inter-|   Receive                                                |  "
      "Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes "
      "   packets errs drop fifo colls carrier compressed\n";
  for (const auto& [index, link] : stack.links()) {
    absl::StrAppendFormat(
        &text,
        "%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d %4d %5d %7d "
        "%10d\n",
        link.name, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
  return text;
}

// ifp->scope in ipv6_addr_type's words (net/ipv6/addrconf_core.c).
int Scope6(const IpAddress& address) {
  if (address.is_loopback()) return 0x10;
  if (address.is_link_local()) return 0x20;
  // fec0::/10
  if (address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0xc0) {
    return 0x40;
  }
  return 0;
}

// net/ipv6/addrconf.c:if6_seq_show. The kernel goes by its hash table; this
// goes by interface.
std::string IfInet6(const Stack& stack) {
  std::string text;
  for (const auto& [index, link] : stack.links()) {
    for (const Address& address : stack.Addresses(index, AF_INET6)) {
      absl::StrAppendFormat(&text, "%s %02x %02x %02x %02x %8s\n",
                            Hex(address.local.address), index,
                            address.local.length, Scope6(address.local.address),
                            address.flags & 0xff, link.name);
    }
  }
  return text;
}

// seq_pad(): to 127 columns.
std::string Padded(const std::string& line) {
  return absl::StrFormat("%-127s\n", line);
}

// net/ipv4/fib_trie.c:fib_route_seq_show: the main table, one hop a route.
std::string Route4(const Stack& stack) {
  std::string text = Padded(
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
      "Window\tIRTT");
  const RouteTable* table = stack.FindTable(AF_INET, RT_TABLE_MAIN);
  if (table == nullptr) return text;
  for (const Route* route : table->Sorted()) {
    if (route->type == RTN_BROADCAST || route->type == RTN_MULTICAST) continue;
    const std::vector<Hop> hops = stack.HopsOf(*route);
    const int length = route->destination.length;
    const IpAddress all = IpAddress::V4(0xffffffff);
    uint32_t flags = RTF_UP;
    if (route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT) {
      flags |= RTF_REJECT;
    }
    IpAddress gateway;
    if (!hops.empty()) gateway = hops[0].gateway;
    if (gateway.v4()) flags |= RTF_GATEWAY;
    if (length == 32) flags |= RTF_HOST;
    const auto mtu = route->metrics.find(RTAX_ADVMSS);
    const auto window = route->metrics.find(RTAX_WINDOW);
    const auto rtt = route->metrics.find(RTAX_RTT);
    const auto end = route->metrics.end();
    absl::StrAppend(
        &text,
        Padded(absl::StrFormat(
            "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
            hops.empty() || hops[0].oif == 0 ? "*"
                                             : LinkName(stack, hops[0].oif),
            Raw(route->destination.address), Raw(gateway), flags, 0, 0,
            route->priority, Raw(all.Masked(length)),
            mtu == end ? 0 : mtu->second + 40,
            window == end ? 0 : window->second,
            rtt == end ? 0 : rtt->second >> 3)));
  }
  return text;
}

void AppendRoute6(const Stack& stack, const Route& route, const Hop& hop,
                  std::string* text) {
  uint32_t flags = RTF_UP;
  if (route.type == RTN_UNREACHABLE || route.type == RTN_PROHIBIT ||
      route.type == RTN_BLACKHOLE || route.type == RTN_THROW) {
    flags = RTF_REJECT | RTF_NONEXTHOP;  // and not up: ip6_route_info_create
  }
  if (route.type == RTN_LOCAL) flags |= RTF_NONEXTHOP | RTF_LOCAL;
  if (route.type == RTN_ANYCAST) flags |= RTF_ANYCAST;
  if (hop.gateway.v6()) flags |= RTF_GATEWAY;
  const int oif = hop.oif == 0 ? 1 : hop.oif;  // rejecting routes: lo
  absl::StrAppendFormat(text, "%s %02x %s %02x %s %08x %08x %08x %08x %8s\n",
                        Hex(route.destination.address),
                        route.destination.length, Hex(route.source.address),
                        route.source.length, Hex(hop.gateway), route.priority,
                        1, 0, flags, LinkName(stack, oif));
}

// net/ipv6/route.c:rt6_info_route via ip6_fib.c:ipv6_route_native_seq_show: a
// line for each way out. The counts of references are not the kernel's.
std::string Route6(const Stack& stack) {
  std::string text;
  for (const RouteTable* table : stack.Tables(AF_INET6)) {
    for (const Route* route : table->Sorted()) {
      const std::vector<Hop> hops = stack.HopsOf(*route);
      if (hops.empty()) AppendRoute6(stack, *route, Hop(), &text);
      for (const Hop& hop : hops) AppendRoute6(stack, *route, hop, &text);
    }
  }
  return text;
}

// net/ipv4/arp.c:arp_format_neigh_entry
std::string Arp(const Stack& stack) {
  std::string text =
      "IP address       HW type     Flags       HW address            Mask     "
      "Device\n";
  for (const Neighbour* neighbour : stack.Neighbours(AF_INET)) {
    if (neighbour->state & NUD_NOARP) continue;
    int flags = 0;
    if (neighbour->state & NUD_PERMANENT) {
      flags = ATF_PERM | ATF_COM;
    } else if (neighbour->state &
               (NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)) {
      flags = ATF_COM;
    }
    const MacAddress mac = neighbour->mac.value_or(MacAddress{});
    const Link* link = stack.FindLink(neighbour->ifindex);
    absl::StrAppendFormat(
        &text,
        "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x     *        %s\n",
        neighbour->address.ToString(), link == nullptr ? 1 : link->type, flags,
        mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
        LinkName(stack, neighbour->ifindex));
  }
  return text;
}

// net/ipv4/proc.c:snmp_seq_show. zebra's "show ip forwarding" reads the first
// number; nothing is counted.
std::string Snmp(const Stack& stack) {
  const bool forwards = stack.netconf(AF_INET, -1).forwarding != 0;
  const auto zeros = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += " 0";
    return text + "\n";
  };
  const std::string udp =
      "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors "
      "InCsumErrors IgnoredMulti MemErrors\n";
  return absl::StrCat(
      "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors "
      "ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests "
      "OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails "
      "FragOKs FragFails FragCreates OutTransmits\n",
      "Ip: ", forwards ? 1 : 2, " 64", zeros(18),
      "Icmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds "
      "InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps "
      "InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors "
      "OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds "
      "OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps "
      "OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps\n",
      "Icmp:", zeros(29),
      "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens "
      "AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs "
      "OutRsts InCsumErrors\n",
      "Tcp: 1 200 120000 -1", zeros(11), "Udp: ", udp, "Udp:", zeros(9),
      "UdpLite: ", udp, "UdpLite:", zeros(9));
}

struct File {
  const char* name;
  std::string (*content)(const Stack&);
};

constexpr File kFiles[] = {
    {"arp", Arp},      {"dev", Dev},           {"if_inet6", IfInet6},
    {"route", Route4}, {"ipv6_route", Route6}, {"snmp", Snmp},
};

}  // namespace

std::optional<std::string> ProcNetFile(const Stack& stack,
                                       absl::string_view name) {
  for (const File& file : kFiles) {
    if (name == file.name) return file.content(stack);
  }
  return std::nullopt;
}

}  // namespace quiesce
