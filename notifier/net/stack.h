// One node's kernel network state: links, addresses, routes, rules, neighbours
// and nexthop objects, and the questions sockets ask of them.
//
// Pure: no I/O, no process, no clock. Owned by the node and touched by the
// node's shard only. Every change does what Linux does in consequence (local
// and connected routes appear with an address, routes die with their link) and
// tells the observers.
//
// Deliberate differences from Linux:
//  * No duplicate address detection: IPv6 addresses are never tentative, as
//    with net.ipv6.conf.IF.accept_dad=0. Link-local addresses appear in the
//    same instant as the carrier.
//  * Nothing expires: lifetimes are stored and shown as given.
//  * Neighbours are stored, never resolved; delivery needs no MAC address.
//  * Operational state follows at once; Linux defers it to a work queue.
#ifndef QUIESCE_NOTIFIER_NET_STACK_H_
#define QUIESCE_NOTIFIER_NET_STACK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "notifier/base/ip.h"
#include "notifier/net/multicast_routing.h"
#include "notifier/net/observer.h"
#include "notifier/net/route_table.h"
#include "notifier/net/types.h"

namespace quiesce {

// What NEWLINK on an existing link may change; absent: leave it.
struct LinkChange {
  uint32_t flags = 0;       // new values of the bits in `flags_mask`
  uint32_t flags_mask = 0;  // IFF_*
  std::optional<std::string> name;
  std::optional<uint32_t> mtu;
  std::optional<MacAddress> mac;
  std::optional<int> master;
  std::optional<uint32_t> group;
  std::optional<uint32_t> tx_queue_len;
  std::optional<std::string> alias;
  std::optional<uint8_t> link_mode;
  std::optional<uint8_t> operstate;
  std::optional<uint8_t> addr_gen_mode;
  std::optional<bool> carrier;
  std::optional<bool> proto_down;
  uint32_t proto_down_reasons = 0;  // new values of the bits in the mask
  uint32_t proto_down_reason_mask = 0;
};

// What DELROUTE names; absent or zero: any (fib_trie.c:fib_table_delete,
// route.c:ip6_route_del).
struct RouteMatch {
  IpPrefix destination;
  IpPrefix source;
  uint32_t table = RT_TABLE_MAIN;
  uint8_t tos = 0;
  uint8_t type = RTN_UNSPEC;
  uint8_t scope = RT_SCOPE_NOWHERE;
  uint8_t protocol = RTPROT_UNSPEC;
  uint32_t priority = 0;
  IpAddress preferred_source;
  uint32_t nexthop_id = 0;
  std::map<int, uint32_t> metrics;
  std::vector<Hop> hops;   // a hop without oif and gateway matches any
  bool multipath = false;  // the hops came from RTA_MULTIPATH
};

class Stack {
 public:
  // A new network namespace: `lo`, down, with index 1; the default rules;
  // empty tables.
  Stack();
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // --- Building a node -------------------------------------------------------
  // Return the ifindex, the next free one (2, 3, ... in order of creation).
  // The names must be new. The link is down and has a carrier.
  int AddEthernet(absl::string_view name, const MacAddress& mac, uint32_t mtu);
  int AddDummy(absl::string_view name, const MacAddress& mac);
  // `ip link add NAME type vrf table TABLE`, with that ifindex if it is not 0.
  NetResult AddVrf(absl::string_view name, uint32_t table, int* ifindex);
  // `ip link add NAME link LOWER type vlan id ID`: `vlan` says name, lower,
  // vlan_id and perhaps ifindex. ENODEV, EOPNOTSUPP, EEXIST.
  NetResult AddVlan(Link vlan, int* ifindex);
  NetResult AddBridge(Link bridge, int* ifindex);
  // A link as described; ifindex 0 takes the next free one. EEXIST, EINVAL.
  NetResult AddLink(Link link, int* ifindex);
  NetResult DeleteLink(int ifindex);
  // `ip address add PREFIX dev LINK`, with Linux's defaults for the rest.
  NetResult AddAddress(int ifindex, const IpPrefix& prefix);
  NetResult SetUp(int ifindex, bool up = true);
  // The cable: what the other end or a failure does.
  NetResult SetCarrier(int ifindex, bool carrier);

  // --- Changes, as rtnetlink asks for them -----------------------------------
  NetResult ChangeLink(int ifindex, const LinkChange& change);
  // `nlm_flags`: NLM_F_CREATE, _EXCL, _REPLACE, _APPEND as in the request.
  NetResult NewAddress(const Address& address, int nlm_flags);
  // Only ifindex, local and peer are looked at.
  NetResult DeleteAddress(const Address& address);
  NetResult NewRoute(Route route, int nlm_flags);
  NetResult DeleteRoute(const RouteMatch& match);
  NetResult NewRule(Rule rule, int nlm_flags);
  NetResult DeleteRule(const Rule& rule,
                       const std::function<bool(const Rule&)>& matches);
  NetResult NewNeighbour(Neighbour neighbour, int nlm_flags);
  NetResult DeleteNeighbour(int ifindex, const IpAddress& address);
  // `nexthop.id` 0 takes a free one.
  NetResult NewNexthop(NexthopObject nexthop, int nlm_flags,
                       uint32_t* id = nullptr);
  NetResult DeleteNexthop(uint32_t id);

  // --- Links -----------------------------------------------------------------
  const std::map<int, Link>& links() const { return links_; }  // by ifindex
  const Link* FindLink(int ifindex) const;
  const Link* FindLink(absl::string_view name) const;  // or alternative name

  // The VRF that the link is or belongs to; null: none
  // (l3mdev_master_dev_rcu).
  const Link* VrfOf(int ifindex) const;
  // Whether a socket bound to the link `bound` (0: to none) gets what came in
  // by `iif`. What comes in by a link of a VRF comes in by the VRF, too, and is
  // for unbound sockets only where `accept` (net.ipv4.tcp_l3mdev_accept and the
  // like) says so (inet_hashtables.h:inet_bound_dev_eq).
  bool BoundTo(int bound, int iif, bool accept) const;

  // The links that ride on one and are up.
  std::vector<int> Riders(int ifindex) const;
  // The link by which what one sends goes out.
  int Beneath(int ifindex) const;

  // --- Addresses -------------------------------------------------------------
  // In the kernel's order: IPv4 primaries before secondaries, IPv6 by scope.
  const std::vector<Address>& Addresses(int ifindex, int family) const;
  const Address* FindAddress(const IpAddress& address, int ifindex = 0) const;

  // --- Lookups ---------------------------------------------------------------
  // Output of a local socket (ip_route_output_key, ip6_route_output).
  RouteResult ResolveOutput(const Flow& flow) const;
  // Input from `iif` (ip_route_input_slow, ip6_route_input): RTN_LOCAL when it
  // is for us, otherwise where to forward. EHOSTUNREACH when the link or the
  // node does not forward.
  RouteResult ResolveInput(const Flow& flow, int iif) const;
  // Whether a packet to `address` is delivered here (local tables; 127/8).
  // `ifindex` matters for link-local IPv6 addresses and for links of a VRF; 0:
  // any link that is in none.
  bool IsLocal(const IpAddress& address, int ifindex = 0) const;
  // Whether `address` is a broadcast address here (RTN_BROADCAST), in any VRF.
  bool IsBroadcast(const IpAddress& address) const;
  // bind(2): 0, EADDRNOTAVAIL, or EINVAL for a link-local without scope
  // (inet_bind, __inet6_bind). Any, multicast and broadcast may be bound as
  // Linux allows them.
  int CanBind(const IpAddress& address, int scope_ifindex) const;
  // The source address an unbound socket takes for `destination` leaving by
  // `oif` (inet_select_addr, ipv6_dev_get_saddr). Not valid: none.
  IpAddress SelectSource(const IpAddress& destination, int oif,
                         uint8_t scope = RT_SCOPE_UNIVERSE) const;
  // Counts every change that a lookup could see: a path computed at a
  // generation holds as long as it stays.
  uint64_t fib_generation() const { return fib_generation_; }

  // --- Groups ----------------------------------------------------------------
  // A socket joins or leaves a group on a link (ip_mc_inc_group,
  // __ipv6_dev_mc_inc).
  void JoinGroup(int ifindex, const IpAddress& group);
  void LeaveGroup(int ifindex, const IpAddress& group);
  // Those that sockets have joined on a link.
  std::vector<IpAddress> Groups(int ifindex) const;
  // Whether a multicast or broadcast to `destination` that the link carries is
  // for this node, too (ip_check_mc_rcu, ipv6_chk_mcast_addr).
  bool Hears(int ifindex, const IpAddress& destination) const;

  // Somebody sees what a link carries, whomever it is for; 0: all links.
  void Tap(int ifindex);
  void Untap(int ifindex);
  bool Tapped(int ifindex) const;

  // Multicast routing, as a daemon's socket asks for it.
  MulticastRouting& multicast(int family) {
    return family == AF_INET ? multicast4_ : multicast6_;
  }

  // --- Iteration, in the order of Linux's dumps ------------------------------
  // Tables that exist, e.g. for `ip route show table all`.
  std::vector<const RouteTable*> Tables(int family) const;
  const RouteTable* FindTable(int family, uint32_t id) const;
  const std::vector<Rule>& rules(int family) const;
  std::vector<const Neighbour*> Neighbours(int family) const;
  const Neighbour* FindNeighbour(int ifindex, const IpAddress& address) const;
  const std::map<uint32_t, NexthopObject>& nexthops() const {
    return nexthops_;
  }
  const NexthopObject* FindNexthop(uint32_t id) const;
  // The ways out of a route: its own, or those of its nexthop object.
  std::vector<Hop> HopsOf(const Route& route) const;
  // A group's or a single object's ways out.
  std::vector<Hop> HopsOf(const NexthopObject& nexthop) const;

  // --- Settings --------------------------------------------------------------
  // ifindex NETCONFA_IFINDEX_ALL (-1) is conf/all, _DEFAULT (-2) conf/default.
  Netconf netconf(int family, int ifindex) const;
  NetResult SetNetconf(int family, int ifindex, const Netconf& netconf);
  // net.ipv4.ip_forward, net.ipv6.conf.all.forwarding.
  void SetForwarding(int family, bool on);
  bool nonlocal_bind(int family) const;
  void set_nonlocal_bind(int family, bool on);
  SocketSettings& socket_settings() { return socket_settings_; }
  const SocketSettings& socket_settings() const { return socket_settings_; }
  // net.ipv4.fib_multipath_hash_policy: 0 addresses, 1 addresses and ports.
  void set_multipath_hash_policy(int policy) { hash_policy_ = policy; }
  // What ECMP hashes are mixed with; the same seed chooses the same paths.
  void set_hash_seed(uint64_t seed) { hash_seed_ = seed; }

  // Not owned; must be removed before it dies. Called in order of addition.
  void AddObserver(StackObserver* observer);
  void RemoveObserver(StackObserver* observer);

 private:
  // The parts of the implementation, one file each.
  friend class Fib4;
  friend class Fib6;
  friend class Inet4;
  friend class Inet6;
  friend class MulticastRouting;
  friend class NexthopStore;
  friend class Resolver;

  struct Families {
    std::map<uint32_t, std::unique_ptr<RouteTable>> tables;
    std::vector<uint32_t> creation;  // ids, oldest first
    std::vector<Rule> rules;
    std::map<int, std::vector<Address>> addresses;  // by ifindex
    std::map<int, Netconf> netconf;                 // by ifindex, -1, -2
    bool nonlocal_bind = false;
    // Once a rule was added or deleted the IPv4 local and main tables are
    // searched one after the other (fib_trie.c:fib_unmerge).
    bool custom_rules = false;
  };

  Families& of(int family) { return family == AF_INET ? v4_ : v6_; }
  const Families& of(int family) const { return family == AF_INET ? v4_ : v6_; }
  Link* MutableLink(int ifindex);
  RouteTable* MutableTable(int family, uint32_t id);  // makes it
  // A VRF's own table, RT_TABLE_LOCAL outside of one.
  uint32_t LocalTable(int ifindex) const;
  bool IsLocalIn(uint32_t table, const IpAddress& address) const;
  // The rules that the first VRF brings along.
  void AddVrfRules();
  // uppers.cc: what is on top of a link after it went up or down, or its
  // carrier came or went.
  std::vector<int> VlansOn(int ifindex) const;
  void UppersFollow(int ifindex, bool came_up);
  void BridgeFollows(int ifindex);
  bool MayGoUp(const Link& link) const;
  // net/core/dev.c:dev_change_flags.
  void SetFlags(Link& link, uint32_t flags, uint32_t mask);
  void ChangeMaster(Link& link, int master);
  NetResult ChangeProtoDown(Link& link, const LinkChange& change);
  // The NETDEV_UP, NETDEV_DOWN and NETDEV_CHANGE notifier chains.
  void DeviceUp(Link& link);
  void DeviceDown(Link& link);
  void CarrierChanged(Link& link);
  // The links that ride on this one have a carrier as it has.
  void TransferCarrier(int ifindex);
  // It hears all while one is up.
  void CountAddresses(int ifindex);
  void FlushNeighbours(int ifindex, bool keep_permanent);
  void NotifyLink(NetEvent event, const Link& link, uint32_t changed);
  void NotifyAddress(NetEvent event, const Address& address);
  void NotifyRoute(NetEvent event, const Route& route, int nlm_flags);
  void NotifyRule(NetEvent event, const Rule& rule);
  void NotifyNeighbour(NetEvent event, const Neighbour& neighbour);
  void NotifyNetconf(NetEvent event, int family, int ifindex);
  void NotifyMulticastRoute(NetEvent event, const MulticastRoute& route);
  void NotifyNexthop(NetEvent event, const NexthopObject& nexthop,
                     int nlm_flags);
  void Changed() { ++fib_generation_; }

  std::map<int, Link> links_;
  int next_ifindex_ = 1;
  Families v4_;
  Families v6_;
  std::map<std::pair<int, IpAddress>, Neighbour> neighbours_;
  std::map<uint32_t, NexthopObject> nexthops_;
  uint32_t last_nexthop_id_ = 0;
  std::map<std::pair<int, IpAddress>, int> groups_;  // how many sockets
  MulticastRouting multicast4_{this, AF_INET};
  MulticastRouting multicast6_{this, AF_INET6};
  std::map<int, int> taps_;                          // by ifindex: how many
  bool had_vrf_ = false;
  SocketSettings socket_settings_;
  int hash_policy_ = 0;
  uint64_t hash_seed_ = 0;
  uint64_t fib_generation_ = 1;
  std::vector<StackObserver*> observers_;
};

}  // namespace quiesce

#endif  // QUIESCE_NOTIFIER_NET_STACK_H_
