// The values a node's network stack is made of: links, addresses, routes,
// rules, neighbours and nexthop objects. Numbers are the kernel's own
// (linux/if.h, linux/rtnetlink.h, linux/neighbour.h), so that rtnetlink only
// has to copy them.
#ifndef QUIESCE_NOTIFIER_NET_TYPES_H_
#define QUIESCE_NOTIFIER_NET_TYPES_H_

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"

namespace quiesce {

using MacAddress = std::array<uint8_t, 6>;

// A locally administered address that follows from the device's name: the same
// in every run, where the kernel would take a random one.
MacAddress MadeUpMac(absl::string_view name);

// What an operation answers: an errno (0 is success) and the sentence Linux
// puts in its extended acknowledgement, if it has one.
struct NetResult {
  int error = 0;
  std::string message;

  bool ok() const { return error == 0; }
  static NetResult Ok() { return {}; }
  static NetResult Error(int error, std::string message = "") {
    return {error, std::move(message)};
  }
  bool operator==(const NetResult&) const = default;
};

// One network device. `admin_flags` are the bits a user sets (IFF_UP ...);
// flags() adds what the kernel derives (net/core/dev.c:dev_get_flags).
struct Link {
  int ifindex = 0;
  std::string name;
  std::string kind;  // "dummy", "veth", "vrf", "bridge" ...; "" is a real NIC
  uint16_t type = ARPHRD_ETHER;
  uint32_t admin_flags = IFF_BROADCAST | IFF_MULTICAST;
  uint32_t mtu = 1500;
  uint32_t min_mtu = 68;
  uint32_t max_mtu = 65535;
  MacAddress mac{};
  MacAddress broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  int master = 0;        // ifindex of the VRF, bridge or bond it belongs to
  int lower = 0;         // IFLA_LINK; 0 when it has no other end of its own
  int lower_netns = -1;  // IFLA_LINK_NETNSID; -1: the same namespace
  bool carrier = true;
  // Given when it is first up, and kept (net/sched/sch_generic.c:dev_activate).
  bool has_qdisc = false;
  // A device that never reports link events (lo, dummy) stays IF_OPER_UNKNOWN.
  bool reports_carrier = true;
  uint8_t link_mode = 0;
  uint32_t tx_queue_len = 1000;
  uint32_t group = 0;
  uint32_t promiscuity = 0;
  uint32_t all_multi = 0;
  bool hears_more = false;  // promiscuous for those that ride on it
  std::string alias;
  std::vector<std::string> alternative_names;
  uint32_t carrier_up_count = 0;
  uint32_t carrier_down_count = 0;
  uint32_t vrf_table = 0;                       // kind "vrf" only
  uint32_t macvlan_mode = MACVLAN_MODE_BRIDGE;  // kind "macvlan" only
  // Somebody wants it not to carry anything: it has no carrier meanwhile.
  bool proto_down = false;
  uint32_t proto_down_reasons = 0;
  uint16_t vlan_id = 0;       // kind "vlan" only, on top of `lower`
  bool own_mac = false;       // set by somebody, so that a bridge keeps it
  uint8_t addr_gen_mode = 0;  // IN6_ADDR_GEN_MODE_EUI64
  bool ipv6_ready = false;    // IF_READY of inet6_dev
  bool ipv6_disabled = false;
  bool ipv6_configured = false;  // has an inet6_dev

  bool up() const { return admin_flags & IFF_UP; }
  bool loopback() const { return admin_flags & IFF_LOOPBACK; }
  // Rides on the link `lower`: what it sends goes out there.
  bool stacked() const { return kind == "macvlan"; }
  // Multicast routing's register device has none.
  bool has_address() const { return type != ARPHRD_PIMREG; }
  // A device that hands on to others what it sends.
  bool layer2() const {
    return kind == "vlan" || kind == "bridge" || stacked();
  }
  // An `IF_OPER_*` value, as rtnl_fill_ifinfo shows it.
  uint8_t operstate() const;
  // net/core/dev.c:netif_oper_up.
  bool oper_up() const;
  uint32_t flags() const;
};

inline constexpr uint32_t kForever = 0xffffffff;  // INFINITY_LIFE_TIME

// One address of a link (struct in_ifaddr, struct inet6_ifaddr).
struct Address {
  int ifindex = 0;
  IpPrefix local;  // the address itself and the prefix length
  IpAddress peer;  // IFA_ADDRESS when it differs from local, else not valid
  IpAddress broadcast;               // IPv4 only, may be not valid
  IpAddress anycast;                 // unused by dumps of unicast addresses
  std::string label;                 // IPv4 only
  uint32_t flags = IFA_F_PERMANENT;  // IFA_F_*
  uint8_t scope = RT_SCOPE_UNIVERSE;
  uint32_t route_priority = 0;  // IFA_RT_PRIORITY
  uint8_t protocol = 0;         // IFA_PROTO
  uint32_t valid_seconds = kForever;
  uint32_t preferred_seconds = kForever;

  // The address whose network the connected route names.
  IpAddress destination() const { return peer.valid() ? peer : local.address; }
  bool secondary() const { return flags & IFA_F_SECONDARY; }
};

// One way out of a route or of a nexthop object (struct fib_nh_common).
struct Hop {
  int oif = 0;
  IpAddress gateway;   // not valid: on link. May be IPv6 in an IPv4 route.
  int weight = 1;      // 1..256
  uint32_t flags = 0;  // RTNH_F_ONLINK, _DEAD, _LINKDOWN
  uint8_t scope = RT_SCOPE_UNIVERSE;  // nhc_scope of IPv4
  uint16_t encap_type = 0;            // LWTUNNEL_ENCAP_*; 0: none
  std::string encap;                  // RTA_ENCAP's payload, opaque
  uint32_t realm = 0;                 // RTA_FLOW

  bool usable() const { return !(flags & RTNH_F_DEAD); }
  bool operator==(const Hop&) const = default;
};

// One route of either family. An IPv6 multipath route is one value with several
// hops although the kernel keeps siblings; netlink shows what the kernel shows.
struct Route {
  IpPrefix destination;  // network; ::/0 and 0.0.0.0/0 for default
  IpPrefix source;       // IPv6 source-specific routing; length 0 normally
  uint32_t table = RT_TABLE_MAIN;
  uint8_t type = RTN_UNICAST;
  uint8_t scope = RT_SCOPE_UNIVERSE;
  uint8_t protocol = RTPROT_UNSPEC;
  uint8_t tos = 0;
  uint32_t priority = 0;
  IpAddress preferred_source;
  std::map<int, uint32_t> metrics;  // RTAX_* -> value
  std::string congestion_control;   // RTAX_CC_ALGO
  uint32_t flags = 0;               // RTM_F_*, RTNH_F_* of rtm_flags
  uint8_t preference = 0;           // RTA_PREF of IPv6
  uint32_t expires = 0;             // seconds; 0: never
  uint32_t nexthop_id = 0;          // 0: hops are its own
  bool rejects = false;             // IPv6 RTF_REJECT, whatever the type
  std::vector<Hop> hops;

  int family() const { return destination.address.family(); }
};

// A nexthop object (struct nexthop): a single way out, a blackhole, or a group.
struct NexthopMember {
  uint32_t id = 0;
  int weight = 1;  // 1..65536
  bool operator==(const NexthopMember&) const = default;
};

struct NexthopObject {
  uint32_t id = 0;
  int family = 0;  // AF_UNSPEC for groups
  uint8_t protocol = RTPROT_UNSPEC;
  uint8_t scope = RT_SCOPE_LINK;
  uint32_t flags = 0;  // RTNH_F_*
  bool blackhole = false;
  bool fdb = false;
  Hop hop;
  bool is_group = false;
  uint16_t group_type = 0;  // NEXTHOP_GRP_TYPE_*
  std::vector<NexthopMember> members;
  uint16_t resilient_buckets = 0;
};

// A policy rule (struct fib_rule).
struct Rule {
  int family = AF_INET;
  uint32_t priority = 0;
  IpPrefix source;       // not valid address: any
  IpPrefix destination;  // not valid address: any
  uint8_t tos = 0;
  uint8_t action = FR_ACT_TO_TBL;
  uint32_t flags = 0;  // FIB_RULE_INVERT ...
  uint32_t table = RT_TABLE_MAIN;
  uint32_t goto_target = 0;
  std::string iif;
  std::string oif;
  uint32_t mark = 0;
  uint32_t mark_mask = 0;
  uint32_t suppress_prefix_length = kForever;  // kForever: not set
  uint32_t suppress_group = kForever;
  uint8_t protocol = RTPROT_KERNEL;
  bool l3mdev = false;
  uint64_t tunnel_id = 0;
  uint8_t ip_protocol = 0;
  uint16_t source_port_low = 0, source_port_high = 0;
  uint16_t destination_port_low = 0, destination_port_high = 0;
  uint32_t uid_low = kForever, uid_high = kForever;  // both kForever: not set
  uint32_t realms = 0;
};

// A neighbour table entry.
struct Neighbour {
  int ifindex = 0;
  IpAddress address;
  uint16_t state = NUD_NONE;
  uint8_t flags = 0;  // NTF_*
  uint8_t type = RTN_UNICAST;
  std::optional<MacAddress> mac;
  uint8_t protocol = 0;
  uint32_t ext_flags = 0;
};

// What net.ipv4.conf.IF and net.ipv6.conf.IF hold, as far as it is observed.
struct Netconf {
  int forwarding = 0;
  int rp_filter = 0;
  int mc_forwarding = 0;
  int bc_forwarding = 0;
  int proxy_neigh = 0;
  int ignore_routes_with_linkdown = 0;
  bool operator==(const Netconf&) const = default;
};

// Settings of net.ipv4 that concern sockets.
struct SocketSettings {
  // Whether sockets that are bound to no device get what is for a VRF's.
  bool tcp_l3mdev_accept = false;
  bool udp_l3mdev_accept = false;
  bool raw_l3mdev_accept = true;
  // Who may have ICMP sockets: groups from .. to; none if that is empty.
  uint32_t ping_group_from = 1, ping_group_to = 0;
};

// Where multicasts from `source` to `group` go that come in by `parent`, by the
// numbers of multicast routing's own interfaces (struct mfc_cache, mfc6_cache).
struct MulticastRoute {
  uint32_t table = RT_TABLE_DEFAULT;
  IpAddress source;
  IpAddress group;
  int parent = 0;
  std::map<int, uint8_t> ttls;  // the way out, and what a packet must exceed

  bool operator==(const MulticastRoute&) const = default;
};

enum class NetEvent { kNew, kDelete };

// What the lookup is about (struct flowi). Zero or not valid: any.
struct Flow {
  IpAddress dst;
  IpAddress src;
  int oif = 0;
  int iif = 0;
  int vrf = 0;  // flowi_l3mdev; 0: that of oif or iif
  uint32_t mark = 0;
  uint8_t tos = 0;
  uint8_t protocol = 0;  // IPPROTO_*, hashed and matched by rules
  uint16_t sport = 0, dport = 0;
};

// Where a packet goes. `error` is an errno, as connect(2) would show it; the
// rest is set only when it is 0.
struct RouteResult {
  int error = 0;
  uint8_t type = RTN_UNSPEC;  // RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST ...
  uint32_t table = 0;
  int oif = 0;            // for RTN_LOCAL the loopback, as Linux says
  IpAddress gateway;      // not valid: the destination itself is the neighbour
  IpAddress source;       // what an unbound socket would use
  std::vector<Hop> hops;  // all that may be used; hops[hop] was taken
  int hop = 0;
  const Route* route = nullptr;  // valid until the stack changes; may be null
  bool ok() const { return error == 0; }
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_TYPES_H_
