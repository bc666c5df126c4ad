#include "notifier/netlink/message_types.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include "notifier/netlink/address.h"
#include "notifier/netlink/link.h"
#include "notifier/netlink/multicast_route.h"
#include "notifier/netlink/neighbour.h"
#include "notifier/netlink/netconf.h"
#include "notifier/netlink/nexthop.h"
#include "notifier/netlink/other.h"
#include "notifier/netlink/route.h"
#include "notifier/netlink/rule.h"

namespace quiesce {
namespace {

using enum NetlinkSupport;

constexpr NetlinkMessageType kTypes[] = {
    {RTM_NEWLINK, AF_UNSPEC, "RTM_NEWLINK", NewLink, nullptr, false, kPartial,
     "creates dummy, bridge, vlan, macvlan and vrf; changes flags, mtu, name, "
     "address, "
     "master, group, alias, carrier"},
    {RTM_DELLINK, AF_UNSPEC, "RTM_DELLINK", DeleteLink, nullptr},
    {RTM_GETLINK, AF_UNSPEC, "RTM_GETLINK", GetLink, DumpLinks, false, kPartial,
     "counters are zero; no virtual functions, no XDP, no other namespaces"},
    {RTM_GETLINK, AF_BRIDGE, "RTM_GETLINK", nullptr, DumpBridgeLinks, false,
     kStub, "bridges have no VLAN or port state"},
    {RTM_SETLINK, AF_UNSPEC, "RTM_SETLINK", SetLink, nullptr, false, kPartial,
     "as RTM_NEWLINK"},
    {RTM_NEWADDR, AF_INET, "RTM_NEWADDR", NewAddress, nullptr},
    {RTM_NEWADDR, AF_INET6, "RTM_NEWADDR", NewAddress, nullptr, false, kPartial,
     "no duplicate address detection: never tentative"},
    {RTM_DELADDR, AF_INET, "RTM_DELADDR", DeleteAddress, nullptr},
    {RTM_DELADDR, AF_INET6, "RTM_DELADDR", DeleteAddress, nullptr},
    {RTM_GETADDR, AF_UNSPEC, "RTM_GETADDR", nullptr, nullptr, true},
    {RTM_GETADDR, AF_INET, "RTM_GETADDR", nullptr, DumpAddresses4},
    {RTM_GETADDR, AF_INET6, "RTM_GETADDR", GetAddress, DumpAddresses6},
    {RTM_NEWROUTE, AF_INET, "RTM_NEWROUTE", NewRoute4, nullptr, false, kPartial,
     "encapsulations are stored as given, not checked"},
    {RTM_NEWROUTE, AF_INET6, "RTM_NEWROUTE", NewRoute6, nullptr, false,
     kPartial, "as IPv4; expiry is stored, nothing expires"},
    {RTM_DELROUTE, AF_INET, "RTM_DELROUTE", DeleteRoute4, nullptr},
    {RTM_DELROUTE, AF_INET6, "RTM_DELROUTE", DeleteRoute6, nullptr},
    {RTM_GETROUTE, AF_UNSPEC, "RTM_GETROUTE", nullptr, nullptr, true},
    {RTM_GETROUTE, AF_INET, "RTM_GETROUTE", GetRoute4, DumpRoutes4},
    {RTM_GETROUTE, AF_INET6, "RTM_GETROUTE", GetRoute6, DumpRoutes6},
    {RTM_GETROUTE, RTNL_FAMILY_IPMR, "RTM_GETROUTE", GetMulticastRoute4,
     DumpMulticastRoutes4, false, kPartial, "counters and ages are zero"},
    {RTM_GETROUTE, RTNL_FAMILY_IP6MR, "RTM_GETROUTE", GetMulticastRoute6,
     DumpMulticastRoutes6, false, kPartial, "counters and ages are zero"},
    {RTM_NEWNEIGH, AF_UNSPEC, "RTM_NEWNEIGH", NewNeighbour, nullptr, false,
     kPartial, "no proxy entries, no bridge forwarding database"},
    {RTM_DELNEIGH, AF_UNSPEC, "RTM_DELNEIGH", DeleteNeighbour, nullptr},
    {RTM_GETNEIGH, AF_UNSPEC, "RTM_GETNEIGH", GetNeighbour, DumpNeighbours,
     false, kPartial, "dumped by link and address; Linux's order is a hash's"},
    {RTM_GETNEIGH, AF_BRIDGE, "RTM_GETNEIGH", nullptr, DumpForwardingDatabase,
     false, kStub, "the forwarding database is empty"},
    {RTM_NEWRULE, AF_UNSPEC, "RTM_NEWRULE", NewRule, nullptr},
    {RTM_DELRULE, AF_UNSPEC, "RTM_DELRULE", DeleteRule, nullptr},
    {RTM_GETRULE, AF_UNSPEC, "RTM_GETRULE", nullptr, DumpRules, false, kPartial,
     "no rules of multicast routing"},
    {RTM_GETQDISC, AF_UNSPEC, "RTM_GETQDISC", nullptr, DumpNothing, false,
     kStub, "no queueing disciplines"},
    {RTM_GETTCLASS, AF_UNSPEC, "RTM_GETTCLASS", nullptr, DumpNothing, false,
     kStub, "no traffic classes"},
    {RTM_GETTFILTER, AF_UNSPEC, "RTM_GETTFILTER", nullptr, DumpNothing, false,
     kStub, "no traffic filters"},
    {RTM_GETMULTICAST, AF_INET6, "RTM_GETMULTICAST", nullptr, DumpNothing,
     false, kStub, "group memberships are the sockets'"},
    {RTM_GETANYCAST, AF_INET6, "RTM_GETANYCAST", nullptr, DumpNothing, false,
     kStub, "anycast addresses show as routes"},
    {RTM_GETNEIGHTBL, AF_UNSPEC, "RTM_GETNEIGHTBL", nullptr, DumpNothing, false,
     kStub, "no neighbour table parameters"},
    {RTM_GETADDRLABEL, AF_INET6, "RTM_GETADDRLABEL", nullptr, DumpNothing,
     false, kStub, "the default labels are used and not shown"},
    {RTM_GETNETCONF, AF_UNSPEC, "RTM_GETNETCONF", nullptr, nullptr, true},
    {RTM_GETNETCONF, AF_INET, "RTM_GETNETCONF", GetNetconf4, DumpNetconf4},
    {RTM_GETNETCONF, AF_INET6, "RTM_GETNETCONF", GetNetconf6, DumpNetconf6},
    {RTM_GETMDB, AF_BRIDGE, "RTM_GETMDB", nullptr, DumpNothing, false, kStub,
     "no multicast databases"},
    {RTM_GETNSID, AF_UNSPEC, "RTM_GETNSID", GetNamespaceId, DumpNothing, false,
     kStub, "no other namespace has an id"},
    {RTM_GETSTATS, AF_UNSPEC, "RTM_GETSTATS", nullptr, nullptr, false, kRefused,
     "no counters"},
    {RTM_NEWNEXTHOP, AF_UNSPEC, "RTM_NEWNEXTHOP", NewNexthop, nullptr, false,
     kPartial, "resilient groups have no buckets to show"},
    {RTM_DELNEXTHOP, AF_UNSPEC, "RTM_DELNEXTHOP", DeleteNexthop, nullptr},
    {RTM_GETNEXTHOP, AF_UNSPEC, "RTM_GETNEXTHOP", GetNexthop, DumpNexthops},
    {RTM_GETVLAN, AF_BRIDGE, "RTM_GETVLAN", nullptr, DumpNothing, false, kStub,
     "no VLANs"},
};

constexpr bool Before(const NetlinkMessageType& a,
                      const NetlinkMessageType& b) {
  return a.type != b.type ? a.type < b.type : a.family < b.family;
}

constexpr bool Sorted() {
  for (size_t i = 1; i < std::size(kTypes); ++i) {
    if (!Before(kTypes[i - 1], kTypes[i])) return false;
  }
  return true;
}

static_assert(Sorted(), "kTypes is searched by type, then family");

}  // namespace

absl::Span<const NetlinkMessageType> NetlinkMessageTypes() { return kTypes; }

const NetlinkMessageType* FindMessageType(uint16_t type, uint8_t family) {
  NetlinkMessageType key = {};
  key.type = type;
  key.family = family;
  const auto* it =
      std::lower_bound(std::begin(kTypes), std::end(kTypes), key, Before);
  if (it == std::end(kTypes) || it->type != type || it->family != family) {
    return nullptr;
  }
  return it;
}

absl::string_view NetlinkTypeName(uint16_t type) {
  switch (type) {
    case NLMSG_NOOP:
      return "NLMSG_NOOP";
    case NLMSG_ERROR:
      return "NLMSG_ERROR";
    case NLMSG_DONE:
      return "NLMSG_DONE";
    case NLMSG_OVERRUN:
      return "NLMSG_OVERRUN";
    // Sent, never received.
    case RTM_NEWNETCONF:
      return "RTM_NEWNETCONF";
    case RTM_DELNETCONF:
      return "RTM_DELNETCONF";
    case RTM_NEWNSID:
      return "RTM_NEWNSID";
  }
  for (const NetlinkMessageType& row : kTypes) {
    if (row.type == type) return row.name;
  }
  return "";
}

}  // namespace quiesce
