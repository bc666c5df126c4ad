#include "notifier/trace/socket_names.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"

#define NAMED(x) \
  { static_cast<uint64_t>(x), #x }

namespace quiesce {
namespace {

constexpr Name kFamilies[] = {
    NAMED(AF_UNSPEC),
    NAMED(AF_UNIX),
    NAMED(AF_INET),
    NAMED(AF_INET6),
    NAMED(AF_NETLINK),
    NAMED(AF_PACKET),
    NAMED(AF_VSOCK),
    NAMED(AF_ALG),
    NAMED(AF_MPLS),
    NAMED(AF_CAN),
    NAMED(AF_KEY),
    NAMED(AF_BLUETOOTH),
    NAMED(AF_XDP),
    NAMED(AF_APPLETALK),
    NAMED(AF_IPX),
    NAMED(AF_X25),
    NAMED(AF_AX25),
    NAMED(AF_BRIDGE),
    {128, "RTNL_FAMILY_IPMR"},
    {129, "RTNL_FAMILY_IP6MR"},
    NAMED(AF_LLC),
    NAMED(AF_TIPC),
    NAMED(AF_RDS),
};

constexpr Name kTypes[] = {
    NAMED(SOCK_STREAM),    NAMED(SOCK_DGRAM), NAMED(SOCK_RAW),
    NAMED(SOCK_SEQPACKET), NAMED(SOCK_RDM),   NAMED(SOCK_DCCP),
    NAMED(SOCK_PACKET),
};

constexpr Name kTypeFlags[] = {NAMED(SOCK_CLOEXEC), NAMED(SOCK_NONBLOCK)};

constexpr Name kIpProtocols[] = {
    NAMED(IPPROTO_IP),     NAMED(IPPROTO_ICMP),    NAMED(IPPROTO_IGMP),
    NAMED(IPPROTO_TCP),    NAMED(IPPROTO_UDP),     NAMED(IPPROTO_IPV6),
    NAMED(IPPROTO_RSVP),   NAMED(IPPROTO_GRE),     NAMED(IPPROTO_ESP),
    NAMED(IPPROTO_AH),     NAMED(IPPROTO_ICMPV6),  {89, "IPPROTO_OSPF"},
    {88, "IPPROTO_EIGRP"}, NAMED(IPPROTO_PIM),     {112, "IPPROTO_VRRP"},
    NAMED(IPPROTO_SCTP),   NAMED(IPPROTO_UDPLITE), NAMED(IPPROTO_RAW),
    NAMED(IPPROTO_MPTCP),
};

constexpr Name kNetlinkProtocols[] = {
    NAMED(NETLINK_ROUTE),      NAMED(NETLINK_GENERIC),
    NAMED(NETLINK_NETFILTER),  NAMED(NETLINK_SOCK_DIAG),
    NAMED(NETLINK_XFRM),       NAMED(NETLINK_AUDIT),
    NAMED(NETLINK_SELINUX),    NAMED(NETLINK_CONNECTOR),
    NAMED(NETLINK_FIB_LOOKUP), NAMED(NETLINK_KOBJECT_UEVENT),
    NAMED(NETLINK_CRYPTO),     NAMED(NETLINK_RDMA),
};

constexpr Name kEtherTypes[] = {
    NAMED(ETH_P_ALL),  NAMED(ETH_P_IP),      NAMED(ETH_P_ARP),
    NAMED(ETH_P_IPV6), NAMED(ETH_P_8021Q),   NAMED(ETH_P_802_2),
    NAMED(ETH_P_LLDP), NAMED(ETH_P_MPLS_UC), NAMED(ETH_P_LOOP),
};

constexpr Name kMessageFlags[] = {
    NAMED(MSG_OOB),      NAMED(MSG_PEEK),         NAMED(MSG_DONTROUTE),
    NAMED(MSG_CTRUNC),   NAMED(MSG_PROXY),        NAMED(MSG_TRUNC),
    NAMED(MSG_DONTWAIT), NAMED(MSG_EOR),          NAMED(MSG_WAITALL),
    NAMED(MSG_FIN),      NAMED(MSG_SYN),          NAMED(MSG_CONFIRM),
    NAMED(MSG_RST),      NAMED(MSG_ERRQUEUE),     NAMED(MSG_NOSIGNAL),
    NAMED(MSG_MORE),     NAMED(MSG_WAITFORONE),   NAMED(MSG_ZEROCOPY),
    NAMED(MSG_FASTOPEN), NAMED(MSG_CMSG_CLOEXEC),
};

constexpr Name kShutdown[] = {NAMED(SHUT_RD), NAMED(SHUT_WR), NAMED(SHUT_RDWR)};

}  // namespace

Names AddressFamilies() { return kFamilies; }
Names MessageFlags() { return kMessageFlags; }
Names EtherTypes() { return kEtherTypes; }
Names NetlinkProtocols() { return kNetlinkProtocols; }
Names IpProtocols() { return kIpProtocols; }

std::string FormatSocketType(int type) {
  constexpr int kMask = 0xf;
  const int base = type & kMask;
  const int flags = type & ~kMask;
  if (base == 0) return FormatFlags(kTypeFlags, static_cast<uint32_t>(flags));
  std::string text = FormatEnum(kTypes, base, "SOCK_???");
  if (flags != 0) {
    absl::StrAppend(&text, "|",
                    FormatFlags(kTypeFlags, static_cast<uint32_t>(flags)));
  }
  return text;
}

std::string FormatProtocol(int family, int protocol) {
  switch (family) {
    case AF_INET:
    case AF_INET6:
      return FormatEnum(kIpProtocols, static_cast<uint32_t>(protocol),
                        "IPPROTO_???");
    case AF_NETLINK:
      return FormatEnum(kNetlinkProtocols, static_cast<uint32_t>(protocol),
                        "NETLINK_???");
    case AF_PACKET:
      if (protocol != 0) {
        return absl::StrCat(
            "htons(",
            FormatEnum(kEtherTypes, ntohs(static_cast<uint16_t>(protocol)),
                       "ETH_P_???"),
            ")");
      }
  }
  return absl::StrCat(protocol);
}

std::string FormatShutdownHow(int how) {
  return FormatEnum(kShutdown, static_cast<uint32_t>(how), "SHUT_???");
}

}  // namespace quiesce
