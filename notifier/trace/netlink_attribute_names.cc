#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include "notifier/trace/netlink_attributes.h"

// The type and its own name.
#define NAMED(type) type, #type

namespace quiesce {
namespace {

using enum NetlinkAs;

constexpr NetlinkAttributeName kMetricsNames[] = {
    {NAMED(RTAX_LOCK), kNumber},       {NAMED(RTAX_MTU), kNumber},
    {NAMED(RTAX_WINDOW), kNumber},     {NAMED(RTAX_RTT), kNumber},
    {NAMED(RTAX_RTTVAR), kNumber},     {NAMED(RTAX_SSTHRESH), kNumber},
    {NAMED(RTAX_CWND), kNumber},       {NAMED(RTAX_ADVMSS), kNumber},
    {NAMED(RTAX_REORDERING), kNumber}, {NAMED(RTAX_HOPLIMIT), kNumber},
    {NAMED(RTAX_INITCWND), kNumber},   {NAMED(RTAX_FEATURES), kNumber},
    {NAMED(RTAX_RTO_MIN), kNumber},    {NAMED(RTAX_INITRWND), kNumber},
    {NAMED(RTAX_QUICKACK), kNumber},   {NAMED(RTAX_CC_ALGO), kString},
};

constexpr NetlinkAttributeName kLinkInfoNames[] = {
    {NAMED(IFLA_INFO_KIND), kString},
    {NAMED(IFLA_INFO_DATA)},
    {NAMED(IFLA_INFO_SLAVE_KIND), kString},
    {NAMED(IFLA_INFO_SLAVE_DATA)},
};

constexpr NetlinkAttributeName kLinkNames[] = {
    {NAMED(IFLA_ADDRESS), kMac},
    {NAMED(IFLA_BROADCAST), kMac},
    {NAMED(IFLA_IFNAME), kString},
    {NAMED(IFLA_MTU), kNumber},
    {NAMED(IFLA_LINK), kNumber},
    {NAMED(IFLA_QDISC), kString},
    {NAMED(IFLA_STATS)},
    {NAMED(IFLA_MASTER), kNumber},
    {NAMED(IFLA_PROTINFO)},
    {NAMED(IFLA_TXQLEN), kNumber},
    {NAMED(IFLA_MAP)},
    {NAMED(IFLA_OPERSTATE), kNumber},
    {NAMED(IFLA_LINKMODE), kNumber},
    {NAMED(IFLA_LINKINFO), kNested,
     +[]() { return NetlinkAttributeNames(kLinkInfoNames); }},
    {NAMED(IFLA_NET_NS_PID), kNumber},
    {NAMED(IFLA_IFALIAS), kString},
    {NAMED(IFLA_NUM_VF), kNumber},
    {NAMED(IFLA_STATS64)},
    {NAMED(IFLA_AF_SPEC)},
    {NAMED(IFLA_GROUP), kNumber},
    {NAMED(IFLA_NET_NS_FD), kNumber},
    {NAMED(IFLA_EXT_MASK), kHex},
    {NAMED(IFLA_PROMISCUITY), kNumber},
    {NAMED(IFLA_NUM_TX_QUEUES), kNumber},
    {NAMED(IFLA_NUM_RX_QUEUES), kNumber},
    {NAMED(IFLA_CARRIER), kNumber},
    {NAMED(IFLA_PHYS_PORT_ID)},
    {NAMED(IFLA_CARRIER_CHANGES), kNumber},
    {NAMED(IFLA_LINK_NETNSID), kNumber},
    {NAMED(IFLA_PHYS_PORT_NAME), kString},
    {NAMED(IFLA_PROTO_DOWN), kNumber},
    {NAMED(IFLA_GSO_MAX_SEGS), kNumber},
    {NAMED(IFLA_GSO_MAX_SIZE), kNumber},
    {NAMED(IFLA_XDP)},
    {NAMED(IFLA_EVENT), kNumber},
    {NAMED(IFLA_NEW_NETNSID), kNumber},
    {NAMED(IFLA_CARRIER_UP_COUNT), kNumber},
    {NAMED(IFLA_CARRIER_DOWN_COUNT), kNumber},
    {NAMED(IFLA_NEW_IFINDEX), kNumber},
    {NAMED(IFLA_MIN_MTU), kNumber},
    {NAMED(IFLA_MAX_MTU), kNumber},
    {NAMED(IFLA_PROP_LIST)},
    {NAMED(IFLA_ALT_IFNAME), kString},
    {NAMED(IFLA_PERM_ADDRESS), kMac},
    {NAMED(IFLA_PARENT_DEV_NAME), kString},
    {NAMED(IFLA_PARENT_DEV_BUS_NAME), kString},
    {NAMED(IFLA_GRO_MAX_SIZE), kNumber},
    {NAMED(IFLA_TSO_MAX_SIZE), kNumber},
    {NAMED(IFLA_TSO_MAX_SEGS), kNumber},
    {NAMED(IFLA_ALLMULTI), kNumber},
};

constexpr NetlinkAttributeName kAddressNames[] = {
    {NAMED(IFA_ADDRESS), kAddress},    {NAMED(IFA_LOCAL), kAddress},
    {NAMED(IFA_LABEL), kString},       {NAMED(IFA_BROADCAST), kAddress},
    {NAMED(IFA_ANYCAST), kAddress},    {NAMED(IFA_CACHEINFO)},
    {NAMED(IFA_MULTICAST), kAddress},  {NAMED(IFA_FLAGS), kHex},
    {NAMED(IFA_RT_PRIORITY), kNumber}, {NAMED(IFA_TARGET_NETNSID), kNumber},
    {NAMED(IFA_PROTO), kNumber},
};

constexpr NetlinkAttributeName kRouteNames[] = {
    {NAMED(RTA_DST), kAddress},
    {NAMED(RTA_SRC), kAddress},
    {NAMED(RTA_IIF), kNumber},
    {NAMED(RTA_OIF), kNumber},
    {NAMED(RTA_GATEWAY), kAddress},
    {NAMED(RTA_PRIORITY), kNumber},
    {NAMED(RTA_PREFSRC), kAddress},
    {NAMED(RTA_METRICS), kNested,
     +[]() { return NetlinkAttributeNames(kMetricsNames); }},
    {NAMED(RTA_MULTIPATH), kMultipath},
    {NAMED(RTA_FLOW), kNumber},
    {NAMED(RTA_CACHEINFO)},
    {NAMED(RTA_TABLE), kNumber},
    {NAMED(RTA_MARK), kHex},
    {NAMED(RTA_MFC_STATS)},
    {NAMED(RTA_VIA), kVia},
    {NAMED(RTA_NEWDST)},
    {NAMED(RTA_PREF), kNumber},
    {NAMED(RTA_ENCAP_TYPE), kNumber},
    {NAMED(RTA_ENCAP)},
    {NAMED(RTA_EXPIRES), kNumber},
    {NAMED(RTA_UID), kNumber},
    {NAMED(RTA_TTL_PROPAGATE), kNumber},
    {NAMED(RTA_IP_PROTO), kNumber},
    {NAMED(RTA_SPORT)},
    {NAMED(RTA_DPORT)},
    {NAMED(RTA_NH_ID), kNumber},
};

constexpr NetlinkAttributeName kRuleNames[] = {
    {NAMED(FRA_DST), kAddress},
    {NAMED(FRA_SRC), kAddress},
    {NAMED(FRA_IIFNAME), kString},
    {NAMED(FRA_GOTO), kNumber},
    {NAMED(FRA_PRIORITY), kNumber},
    {NAMED(FRA_FWMARK), kHex},
    {NAMED(FRA_FLOW), kNumber},
    {NAMED(FRA_TUN_ID)},
    {NAMED(FRA_SUPPRESS_IFGROUP), kNumber},
    {NAMED(FRA_SUPPRESS_PREFIXLEN), kNumber},
    {NAMED(FRA_TABLE), kNumber},
    {NAMED(FRA_FWMASK), kHex},
    {NAMED(FRA_OIFNAME), kString},
    {NAMED(FRA_L3MDEV), kNumber},
    {NAMED(FRA_UID_RANGE)},
    {NAMED(FRA_PROTOCOL), kNumber},
    {NAMED(FRA_IP_PROTO), kNumber},
    {NAMED(FRA_SPORT_RANGE)},
    {NAMED(FRA_DPORT_RANGE)},
};

constexpr NetlinkAttributeName kNeighbourNames[] = {
    {NAMED(NDA_DST), kAddress},   {NAMED(NDA_LLADDR), kMac},
    {NAMED(NDA_CACHEINFO)},       {NAMED(NDA_PROBES), kNumber},
    {NAMED(NDA_VLAN), kNumber},   {NAMED(NDA_PORT)},
    {NAMED(NDA_VNI), kNumber},    {NAMED(NDA_IFINDEX), kNumber},
    {NAMED(NDA_MASTER), kNumber}, {NAMED(NDA_PROTOCOL), kNumber},
    {NAMED(NDA_NH_ID), kNumber},  {NAMED(NDA_FLAGS_EXT), kHex},
};

constexpr NetlinkAttributeName kNexthopNames[] = {
    {NAMED(NHA_ID), kNumber},
    {NAMED(NHA_GROUP), kGroup},
    {NAMED(NHA_GROUP_TYPE), kNumber},
    {NAMED(NHA_BLACKHOLE)},
    {NAMED(NHA_OIF), kNumber},
    {NAMED(NHA_GATEWAY), kAddress},
    {NAMED(NHA_ENCAP_TYPE), kNumber},
    {NAMED(NHA_ENCAP)},
    {NAMED(NHA_GROUPS)},
    {NAMED(NHA_MASTER), kNumber},
    {NAMED(NHA_FDB)},
    {NAMED(NHA_RES_GROUP)},
};

constexpr NetlinkAttributeName kNetconfNames[] = {
    {NAMED(NETCONFA_IFINDEX), kSigned},
    {NAMED(NETCONFA_FORWARDING), kNumber},
    {NAMED(NETCONFA_RP_FILTER), kNumber},
    {NAMED(NETCONFA_MC_FORWARDING), kNumber},
    {NAMED(NETCONFA_PROXY_NEIGH), kNumber},
    {NAMED(NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN), kNumber},
    {NAMED(NETCONFA_INPUT), kNumber},
    {NAMED(NETCONFA_BC_FORWARDING), kNumber},
};

constexpr NetlinkAttributeName kExtendedAckNames[] = {
    {NAMED(NLMSGERR_ATTR_MSG), kString},
    {NAMED(NLMSGERR_ATTR_OFFS), kNumber},
    {NAMED(NLMSGERR_ATTR_COOKIE)},
};

}  // namespace

NetlinkAttributeNames LinkAttributes() { return kLinkNames; }
NetlinkAttributeNames AddressAttributes() { return kAddressNames; }
NetlinkAttributeNames RouteAttributes() { return kRouteNames; }
NetlinkAttributeNames RuleAttributes() { return kRuleNames; }
NetlinkAttributeNames NeighbourAttributes() { return kNeighbourNames; }
NetlinkAttributeNames NexthopAttributes() { return kNexthopNames; }
NetlinkAttributeNames NetconfAttributes() { return kNetconfNames; }
NetlinkAttributeNames ExtendedAckAttributes() { return kExtendedAckNames; }

}  // namespace quiesce
